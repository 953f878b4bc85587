// [relay], [users] and [limits] links.
#include "config/fields.h"

#include <algorithm>

#include "config/host_name.h"

namespace config {
namespace {

// More threads than any machine has use of; the daemon has the same bound.
constexpr std::int64_t cores_max = 1024;
constexpr std::int64_t links_max = 100'000'000;

bool is_realm_octet(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != ':'; }

void read_cpu_list(const Input& input, const Array& list, Config& config) {
  std::vector<int> cpus;
  for (const Value& item : list) {
    const auto* const cpu = std::get_if<std::int64_t>(&item.is);
    if (cpu == nullptr) return input.report.wrong_type(item, input.key, "a CPU number");
    if (*cpu < 0 || *cpu > 8191) return input.report.error(item.place, input.key, std::to_string(*cpu) + " is no CPU number: 0 to 8191");
    if (std::find(cpus.begin(), cpus.end(), static_cast<int>(*cpu)) != cpus.end()) {
      return input.report.error(item.place, input.key, "CPU " + std::to_string(*cpu) + " is named twice");
    }
    cpus.push_back(static_cast<int>(*cpu));
  }
  if (cpus.empty() || cpus.size() > cores_max) {
    return input.report.error(input.value.place, input.key, "a list of 1 to " + std::to_string(cores_max) + " CPUs is wanted");
  }
  config.cores = std::move(cpus);
}

}  // namespace

void read_name(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "a full host name, such as \"relay.example.org\",", input.report);
  if (text == nullptr) return;
  if (std::string fault = full_name_fault(*text); !fault.empty()) return input.report.error(input.value.place, input.key, std::move(fault));
  target.config.name = *text;
}
std::string print_name(Target target) { return in_quotes(target.config.name); }

bool read_realm_into(const Input& input, std::string& realm) {
  const std::string* const text = text_of(input.value, input.key, "a realm, such as \"example.org\",", input.report);
  if (text == nullptr) return false;
  if (text->size() > realm_octets_max) {
    input.report.error(input.value.place, input.key, "a realm has at most " + std::to_string(realm_octets_max) + " octets");
    return false;
  }
  if (!std::all_of(text->begin(), text->end(), is_realm_octet)) {
    input.report.error(input.value.place, input.key, "a realm has printable ASCII characters only, no colon, quotation mark or backslash");
    return false;
  }
  realm = *text;
  return true;
}

void read_realm(const Input& input, Target target) { read_realm_into(input, target.config.realm); }
std::string print_realm(Target target) { return in_quotes(target.config.realm); }

void read_cores(const Input& input, Target target) {
  if (const auto* const list = std::get_if<Array>(&input.value.is)) return read_cpu_list(input, *list, target.config);
  if (const auto* const number = std::get_if<std::int64_t>(&input.value.is)) {
    if (*number < 1 || *number > cores_max) {
      return input.report.error(input.value.place, input.key,
                                std::to_string(*number) + " is out of range: 1 to " + std::to_string(cores_max) + ", or \"all\"");
    }
    target.config.cores = static_cast<std::size_t>(*number);
    return;
  }
  const auto* const text = std::get_if<std::string>(&input.value.is);
  if (text == nullptr) return input.report.wrong_type(input.value, input.key, "\"all\", a number or a list of CPUs");
  if (*text != "all") {
    return input.report.error(input.value.place, input.key, "\"all\", a number or a list of CPUs is wanted", nearest_name(*text, {"all"}));
  }
  target.config.cores = std::monostate();
}
std::string print_cores(Target target) {
  if (const auto* const number = std::get_if<std::size_t>(&target.config.cores)) return std::to_string(*number);
  if (const auto* const list = std::get_if<std::vector<int>>(&target.config.cores)) {
    return print_list(*list, [](int cpu) { return std::to_string(cpu); });
  }
  return "\"all\"";
}

void read_users_file(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "the name of a file", input.report);
  if (text != nullptr) target.config.users_file = *text;
}
std::string print_users_file(Target target) { return target.config.users_file.empty() ? "" : in_quotes(target.config.users_file); }

void read_algorithms(const Input& input, Target target) {
  const Array* const list = list_of(input.value, input.key, "a list such as [\"SHA-256\", \"MD5\"]", input.report);
  if (list == nullptr) return;
  std::vector<Algorithm> algorithms;
  for (const Value& item : *list) {
    const std::string* const name = text_of(item, input.key, "\"SHA-256\" or \"MD5\"", input.report);
    if (name == nullptr) return;
    if (*name != "SHA-256" && *name != "MD5") {
      return input.report.error(item.place, input.key, "unknown algorithm `" + *name + "`: \"SHA-256\" or \"MD5\"",
                                nearest_name(*name, {"SHA-256", "MD5"}));
    }
    const Algorithm algorithm = *name == "MD5" ? Algorithm::md5 : Algorithm::sha256;
    if (std::find(algorithms.begin(), algorithms.end(), algorithm) != algorithms.end()) {
      return input.report.error(item.place, input.key, "`" + *name + "` is named twice");
    }
    algorithms.push_back(algorithm);
  }
  if (algorithms.empty()) return input.report.error(input.value.place, input.key, "at least one algorithm is wanted");
  target.config.algorithms = std::move(algorithms);
}
std::string print_algorithms(Target target) {
  if (target.config.algorithms.empty()) return {};
  return print_list(target.config.algorithms,
                    [](Algorithm algorithm) { return in_quotes(algorithm == Algorithm::md5 ? "MD5" : "SHA-256"); });
}

void read_links(const Input& input, Target target) {
  if (const auto* const text = std::get_if<std::string>(&input.value.is); text != nullptr && *text == "auto") {
    target.config.limits.links = 0;
    return;
  }
  const auto* const number = std::get_if<std::int64_t>(&input.value.is);
  if (number == nullptr) return input.report.wrong_type(input.value, input.key, "\"auto\" or a whole number");
  if (*number < 1 || *number > links_max) {
    return input.report.error(input.value.place, input.key,
                              std::to_string(*number) + " is out of range: 1 to " + std::to_string(links_max) + ", or \"auto\"");
  }
  target.config.limits.links = static_cast<std::size_t>(*number);
}
std::string print_links(Target target) { return target.config.limits.links == 0 ? "\"auto\"" : std::to_string(target.config.limits.links); }

}  // namespace config
