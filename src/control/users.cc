#include "control/users.h"

#include <cstring>

#include "control/read_file.h"
#include "control/tls_files.h"

namespace control {
namespace {

constexpr std::size_t faults_told_max = 20;

}  // namespace

std::string users_file(const config::Config& config) { return beside(config, config.users_file); }

std::string to_string(const std::string& file, const UsersFault& fault) {
  return file + (fault.line != 0 ? ":" + std::to_string(fault.line) : "") + ": " + fault.reason;
}

UsersRead read_users(const std::string& file) {
  UsersRead read;
  auto content = read_file(file, 256UL * 1024 * 1024);
  if (!content) {
    read.faults.push_back({0, content.error()});
    return read;
  }
  std::vector<auth::UserFault> faults;
  read.table = auth::UserTable::parse(*content, faults);
  // The text holds password equivalents: it does not stay in freed memory.
  explicit_bzero(content->data(), content->size());
  for (const auth::UserFault& fault : faults) {
    if (read.faults.size() == faults_told_max) {
      read.faults.push_back({0, std::to_string(faults.size() - faults_told_max) + " more faulty lines"});
      break;
    }
    read.faults.push_back({fault.line, fault.reason});
  }
  if (!read.faults.empty()) read.table = nullptr;
  if (read.table == nullptr && read.faults.empty()) read.faults.push_back({0, "not usable"});
  return read;
}

}  // namespace control
