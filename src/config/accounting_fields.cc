// [accounting].
#include "config/fields.h"

namespace config {

void read_accounting_folder(const Input& input, Target target) {
  const std::string* const folder = text_of(input.value, input.key, "a folder, or \"off\"", input.report);
  if (folder == nullptr) return;
  if (folder->empty()) return input.report.error(input.value.place, input.key, "a folder is wanted, or \"off\"");
  target.config.accounting.folder = *folder == "off" ? "" : *folder;
}
std::string print_accounting_folder(Target target) {
  const std::string& folder = target.config.accounting.folder;
  return in_quotes(folder.empty() ? "off" : folder);
}

void read_accounting_format(const Input& input, Target target) {
  const std::string* const word = text_of(input.value, input.key, "\"json\" or \"csv\"", input.report);
  if (word == nullptr) return;
  if (*word == "json") {
    target.config.accounting.format = AccountingFormat::json;
  } else if (*word == "csv") {
    target.config.accounting.format = AccountingFormat::csv;
  } else {
    input.report.error(input.value.place, input.key, "unknown choice `" + *word + "`: \"json\" or \"csv\"",
                       nearest_name(*word, {"json", "csv"}));
  }
}
std::string print_accounting_format(Target target) {
  return in_quotes(target.config.accounting.format == AccountingFormat::json ? "json" : "csv");
}

}  // namespace config
