#include "config/validate.h"

#include <algorithm>

#include "config/keys.h"

namespace config {
namespace {

// Each pair of them is compared, and each is a socket per core.
constexpr std::size_t listens_max = 256;

class Reader {
 public:
  Reader(Loaded& loaded, Report& report) : loaded_(loaded), report_(report) {}

  void document(const Table& table) {
    for (const Member& member : table) {
      if (member.key == "listen") {
        listens(member);
      } else if (member.key == "rule") {
        rules(member);
      } else if (std::find(all_sections().begin(), all_sections().end(), member.key) != all_sections().end()) {
        section(member);
      } else {
        unknown_section(member);
      }
    }
  }

 private:
  // The tables of [[name]], or nullptr after having said what is wrong.
  const Array* tables(const Member& member) {
    const auto* const list = std::get_if<Array>(&member.value.is);
    const bool good =
        list != nullptr && std::all_of(list->begin(), list->end(), [](const Value& v) { return std::holds_alternative<Table>(v.is); });
    if (!good) report_.error(member.key_place, member.key, "a table of a list is wanted: write [[" + member.key + "]] above its keys");
    return good ? list : nullptr;
  }

  void listens(const Member& member) {
    const Array* const list = tables(member);
    if (list == nullptr) return;
    if (list->size() > listens_max) {
      return report_.error((*list)[listens_max].place, "listen", "more than " + std::to_string(listens_max) + " [[listen]] tables");
    }
    loaded_.config.listens.resize(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string prefix = "listen[" + std::to_string(i) + "]";
      loaded_.origins.push_back({prefix, (*list)[i].place});
      keys("listen", prefix, std::get<Table>((*list)[i].is), &loaded_.config.listens[i]);
    }
  }

  void rules(const Member& member) {
    if (const Array* const list = tables(member)) loaded_.config.rules = *list;
  }

  void section(const Member& member) {
    const auto* const table = std::get_if<Table>(&member.value.is);
    if (table == nullptr) {
      const bool repeated = std::holds_alternative<Array>(member.value.is);
      report_.error(member.key_place, member.key,
                    repeated ? "there is one [" + member.key + "], with single brackets"
                             : "a table is wanted: write [" + member.key + "] above its keys");
      return;
    }
    keys(member.key, member.key, *table, nullptr);
  }

  void keys(std::string_view section, const std::string& prefix, const Table& table, Listen* listen) {
    for (const Member& member : table) {
      const std::string dotted = prefix + "." + member.key;
      const auto key = std::find_if(all_keys().begin(), all_keys().end(),
                                    [&](const Key& one) { return one.section == section && one.name == member.key; });
      if (key == all_keys().end()) {
        unknown_key(section, dotted, member);
        continue;
      }
      loaded_.origins.push_back({dotted, member.key_place});
      read_key(*key, {member.value, dotted, report_}, {loaded_.config, listen});
    }
  }

  void unknown_key(std::string_view section, const std::string& dotted, const Member& member) {
    std::vector<std::string_view> names;
    for (const Key& key : all_keys()) {
      if (key.section == section) names.push_back(key.name);
    }
    const std::string_view nearest = nearest_name(member.key, names);
    report_.error(member.key_place, dotted, "unknown key" + (nearest.empty() ? home_of(member.key) : ""), nearest);
  }

  void unknown_section(const Member& member) {
    std::vector<std::string_view> names(all_sections().begin(), all_sections().end());
    names.push_back("rule");
    const std::string home = std::holds_alternative<Table>(member.value.is) ? std::string() : home_of(member.key);
    report_.error(member.key_place, member.key, (std::holds_alternative<Table>(member.value.is) ? "unknown table" : "unknown key") + home,
                  home.empty() ? nearest_name(member.key, names) : std::string_view());
  }

  // A right key in the wrong table.
  static std::string home_of(std::string_view name) {
    std::string homes;
    for (const Key& key : all_keys()) {
      if (key.name != name) continue;
      homes += (homes.empty() ? " here; it belongs into " : " or ") +
               (key.section == "listen" ? "[[listen]]" : "[" + std::string(key.section) + "]");
    }
    return homes;
  }

  Loaded& loaded_;
  Report& report_;
};

}  // namespace

bool Loaded::good() const {
  return std::all_of(faults.begin(), faults.end(), [](const Fault& fault) { return fault.warning; });
}

const Origin* Loaded::origin(std::string_view key) const {
  const auto found = std::find_if(origins.begin(), origins.end(), [&](const Origin& origin) { return origin.key == key; });
  return found == origins.end() ? nullptr : &*found;
}

void read_document(const Value& document, Loaded& loaded, Report& report) { Reader(loaded, report).document(std::get<Table>(document.is)); }

}  // namespace config
