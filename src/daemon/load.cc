#include "daemon/load.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command/role.h"
#include "control/read_file.h"
#include "control/users.h"

namespace wiring {
namespace {

constexpr std::size_t configuration_bytes_max = 16UL * 1024 * 1024;

config::Fault fault_of(const std::string& file, const std::string& reason) {
  config::Fault fault;
  fault.file = file;
  fault.reason = reason;
  return fault;
}

}  // namespace

bool Load::good() const {
  const bool any = std::any_of(faults.begin(), faults.end(), [](const config::Fault& fault) { return !fault.warning; });
  return !any && users != nullptr && rules != nullptr && tls.files != nullptr;
}

Load load(const std::string& file, const config::Host& host) {
  Load load;
  load.host = host;
  const auto text = control::read_file(file, configuration_bytes_max);
  if (!text) {
    load.faults.push_back(fault_of(file, text.error()));
    return load;
  }
  load.configuration = config::load(*text, file, host);
  load.faults = load.configuration.faults;
  load.rules = rules::compile(load.config().rules, file, load.faults, load.config().limits.body_prefix);
  load.tls = control::read_tls_files(load.config(), std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  load.faults.insert(load.faults.end(), load.tls.faults.begin(), load.tls.faults.end());
  if (const auto policy = command::read_policy(load.config().control); !policy) {
    config::Fault told = fault_of(file, policy.error().reason);
    const config::Origin* const origin = load.configuration.origin(policy.error().key);
    if (origin != nullptr) told.place = origin->place;
    told.key = policy.error().key;
    load.faults.push_back(std::move(told));
  }
  if (load.config().users_file.empty()) return load;  // a fault of the configuration, told already
  const std::string users_file = control::users_file(load.config());
  control::UsersRead users = control::read_users(users_file);
  load.users = std::move(users.table);
  for (const control::UsersFault& fault : users.faults) {
    config::Fault told = fault_of(users_file, fault.reason);
    told.place.line = static_cast<std::uint32_t>(fault.line);
    load.faults.push_back(std::move(told));
  }
  return load;
}

void print_faults(const std::vector<config::Fault>& faults) {
  for (const config::Fault& fault : faults) std::fprintf(stderr, "%s\n", config::to_string(fault).c_str());
}

void print_faults_as_json(const std::vector<config::Fault>& faults) {
  nlohmann::json list = nlohmann::json::array();
  for (const config::Fault& fault : faults) {
    list.push_back({{"file", fault.file},
                    {"line", fault.place.line},
                    {"column", fault.place.column},
                    {"key", fault.key},
                    {"reason", fault.reason},
                    {"nearest", fault.nearest},
                    {"warning", fault.warning}});
  }
  // Names in a faulty file may be any octets: what is no UTF-8 is replaced, not thrown at the operator.
  std::printf("%s\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace wiring
