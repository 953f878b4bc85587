// [tls], and the files of a TLS listener.
#include <algorithm>

#include "base/check.h"
#include "config/fields.h"
#include "config/host_name.h"

namespace config {
namespace {

std::vector<std::string> read_files(const Input& input, bool some_may_be_none = false) {
  std::vector<std::string> files;
  const auto take = [&](const Value& value) {
    if (const auto* const none = std::get_if<std::string>(&value.is); none != nullptr && none->empty() && some_may_be_none) {
      files.emplace_back();
    } else if (const std::string* const file = text_of(value, input.key, "a file, or a list of files,", input.report)) {
      files.push_back(*file);
    }
  };
  if (const auto* const list = std::get_if<Array>(&input.value.is)) {
    for (const Value& item : *list) take(item);
  } else {
    take(input.value);
  }
  return files;
}

void read_file_name(const Input& input, std::string& name) {
  const std::string* const file = text_of(input.value, input.key, "a file", input.report);
  if (file == nullptr) return;
  if (file->empty()) return input.report.error(input.value.place, input.key, "a file is wanted");
  name = *file;
}

std::string print_files(const std::vector<std::string>& files) {
  return files.size() == 1 ? in_quotes(files.front()) : print_list(files, [](const std::string& file) { return in_quotes(file); });
}

}  // namespace

void read_certificate(const Input& input, Target target) {
  CHECK(target.listen != nullptr);
  target.listen->certificates = read_files(input);
}
std::string print_certificate(Target target) { return print_files(target.listen->certificates); }

void read_private_key(const Input& input, Target target) {
  CHECK(target.listen != nullptr);
  target.listen->private_keys = read_files(input);
}
std::string print_private_key(Target target) { return print_files(target.listen->private_keys); }

void read_ocsp_response(const Input& input, Target target) {
  CHECK(target.listen != nullptr);
  target.listen->statuses = read_files(input, true);
}
std::string print_ocsp_response(Target target) { return target.listen->statuses.empty() ? "" : print_files(target.listen->statuses); }

void read_ca_file(const Input& input, Target target) { read_file_name(input, target.config.ca_file); }
std::string print_ca_file(Target target) { return in_quotes(target.config.ca_file); }

void read_crl_file(const Input& input, Target target) { read_file_name(input, target.config.crl_file); }
std::string print_crl_file(Target target) { return target.config.crl_file.empty() ? "" : in_quotes(target.config.crl_file); }

void read_kernel_tls(const Input& input, Target target) {
  const std::string* const word = text_of(input.value, input.key, "\"auto\", \"off\" or \"required\"", input.report);
  if (word == nullptr) return;
  if (*word == "auto") {
    target.config.kernel_tls = KernelTls::automatic;
  } else if (*word == "off") {
    target.config.kernel_tls = KernelTls::off;
  } else if (*word == "required") {
    target.config.kernel_tls = KernelTls::required;
  } else {
    input.report.error(input.value.place, input.key, "unknown choice `" + *word + "`: \"auto\", \"off\" or \"required\"",
                       nearest_name(*word, {"auto", "off", "required"}));
  }
}
std::string print_kernel_tls(Target target) {
  switch (target.config.kernel_tls) {
    case KernelTls::automatic: return in_quotes("auto");
    case KernelTls::off: return in_quotes("off");
    case KernelTls::required: return in_quotes("required");
  }
  return {};
}

void read_relay_names(const Input& input, Target target) {
  const Array* const list = list_of(input.value, input.key, "a list of names, such as [\"*.example.net\"],", input.report);
  if (list == nullptr) return;
  std::vector<std::string> names;
  for (const Value& item : *list) {
    const std::string* const text = text_of(item, input.key, "a name", input.report);
    if (text == nullptr) continue;
    const std::string_view host = std::string_view(*text).substr(text->starts_with("*.") ? 2 : 0);
    if (const std::string fault = full_name_fault(host); !fault.empty()) {
      input.report.error(item.place, input.key, fault);
      continue;
    }
    std::string name = *text;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      input.report.error(item.place, input.key, "`" + *text + "` is named twice");
      continue;
    }
    names.push_back(std::move(name));
  }
  target.config.relay_names = std::move(names);
}
std::string print_relay_names(Target target) {
  return print_list(target.config.relay_names, [](const std::string& name) { return in_quotes(name); });
}

}  // namespace config
