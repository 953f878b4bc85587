#include "config/document.h"

#include <algorithm>

namespace config {

const Value* member_of(const Value& table, std::string_view key) {
  const auto* members = std::get_if<Table>(&table.is);
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(), [&](const Member& member) { return member.key == key; });
  return found == members->end() ? nullptr : &found->value;
}
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Letters to insert, remove, change, or swap with their neighbour, without case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string to_string(const Fault& fault) {
  std::string text = fault.file;
  if (fault.place.line != 0) text += ":" + std::to_string(fault.place.line);
  if (fault.place.line != 0 && fault.place.column != 0) text += ":" + std::to_string(fault.place.column);
  text += ": ";
  if (fault.warning) text += "warning: ";
  if (!fault.key.empty()) text += fault.key + ": ";
  text += fault.reason;
  if (!fault.nearest.empty()) text += "; did you mean `" + fault.nearest + "`?";
  return text;
}

std::string_view nearest_name(std::string_view misspelt, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest = 64;  // no name of ours is near it, and the distance costs the product of both lengths
  if (misspelt.size() > longest) return {};
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(3, std::max<std::size_t>(1, misspelt.size() / 3)) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest) continue;
    const std::size_t distance = edit_distance(misspelt, candidate);
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace config
