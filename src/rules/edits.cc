#include "rules/edits.h"

#include "base/check.h"
#include "rules/caseless.h"

namespace rules {
namespace {

constexpr std::size_t fixed_octets = 4;  // kind, octets of the name, octets of the value (high, low)

struct Edit {
  EditKind kind = EditKind::set;
  std::string_view name;
  std::string_view value;
};

// Takes the first one off.
Edit take(Edits& edits) {
  const auto octet = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(edits.octets[at])); };
  CHECK(edits.octets.size() >= fixed_octets);
  const std::size_t name_size = octet(1);
  const std::size_t value_size = (octet(2) << 8U) | octet(3);
  CHECK(edits.octets.size() >= fixed_octets + name_size + value_size);
  const Edit edit{static_cast<EditKind>(edits.octets[0]), edits.octets.substr(fixed_octets, name_size),
                  edits.octets.substr(fixed_octets + name_size, value_size)};
  edits.octets.remove_prefix(fixed_octets + name_size + value_size);
  return edit;
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t at = 0; at < a.size(); ++at) {
    if (fold(a[at]) != fold(b[at])) return false;
  }
  return true;
}

// Does one of them end all that stood there under this name before?
bool ends(Edits edits, std::string_view name) {
  while (!edits.empty()) {
    const Edit edit = take(edits);
    if (edit.kind != EditKind::add && same_name(edit.name, name)) return true;
  }
  return false;
}

void write_new(Edits edits, msrp::Writer& out) {
  while (!edits.empty()) {
    const Edit edit = take(edits);
    if (edit.kind == EditKind::remove || ends(edits, edit.name)) continue;
    out.put(edit.name);
    out.put(": ");
    out.put(edit.value);
    out.put("\r\n");
  }
}

}  // namespace

std::size_t edit_size(std::string_view name, std::size_t value_size) { return fixed_octets + name.size() + value_size; }

bool append_edit(EditKind kind, std::string_view name, std::string_view value, char* room, std::size_t capacity, std::size_t& used) {
  CHECK(name.size() <= 0xFF && value.size() <= 0xFFFF);
  if (capacity - used < edit_size(name, value.size())) return false;
  char* to = room + used;
  *to++ = static_cast<char>(kind);
  *to++ = static_cast<char>(name.size());
  *to++ = static_cast<char>(value.size() >> 8U);
  *to++ = static_cast<char>(value.size() & 0xFFU);
  to += name.copy(to, name.size());
  value.copy(to, value.size());
  used += edit_size(name, value.size());
  return true;
}

std::vector<std::string> describe(Edits edits) {
  std::vector<std::string> lines;
  while (!edits.empty()) {
    const Edit edit = take(edits);
    std::string line = edit.kind == EditKind::set ? "set " : edit.kind == EditKind::add ? "add " : "remove ";
    line.append(edit.name);
    if (edit.kind != EditKind::remove) line.append(": ").append(edit.value);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::size_t apply_edits(Edits edits, std::string_view headers, std::size_t before, msrp::Writer& out) {
  std::size_t now_before = 0;
  bool written = false;
  std::size_t at = 0;
  while (at < headers.size()) {
    if (at == before) now_before = out.size();
    const std::string_view line = headers.substr(at, headers.find("\r\n", at) + 2 - at);
    const std::string_view name = line.substr(0, line.find(':'));
    constexpr std::string_view content = "content-";
    if (!written && at >= before && name.size() > content.size() && equals_folded(name.substr(0, content.size()), content)) {
      write_new(edits, out);
      written = true;
    }
    if (!ends(edits, name)) out.put(line);
    at += line.size();
  }
  if (before >= headers.size()) now_before = out.size();
  if (!written) write_new(edits, out);
  return now_before;
}

}  // namespace rules
