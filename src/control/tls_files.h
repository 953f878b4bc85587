#pragma once
// Certificates, keys and who may vouch for peers, read from the files that the configuration names. All or nothing.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "transport/core_tls.h"

namespace control {

// A relative path stands beside the configuration file; "credential:NAME" is what systemd's LoadCredential= has put there for this service
// (a path that cannot exist without it).
std::string beside(const config::Config& config, const std::string& path);

struct TlsRead {
  enum class Kind : std::uint8_t { certificate, revocation_list, status };
  struct Expiry {
    std::string file;
    std::chrono::sys_seconds not_after;
    Kind kind = Kind::certificate;
  };
  std::shared_ptr<const transport::TlsFiles> files;  // nullptr: a fault that is not a warning
  std::vector<config::Fault> faults;
  std::vector<Expiry> expiries;  // of each certificate, list and status
};

// A pair is refused when it cannot be read, does not belong together, is not yet or no longer valid, or when others than the owner and the
// group may read the key. Blocks on the disk: control thread or start-up only.
TlsRead read_tls_files(const config::Config& config, std::chrono::sys_seconds now);

// Another value: a file has been written or replaced.
std::uint64_t tls_files_stamp(const config::Config& config);

// Whole days that are left.
std::int64_t days_left(std::chrono::sys_seconds not_after, std::chrono::sys_seconds now);

}  // namespace control
