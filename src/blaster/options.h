#pragma once
// The command line, as typed; resolve() makes a Scenario of it.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "blaster/scenario.h"
#include "transport/client_files.h"

namespace blaster {

struct PartyOptions {
  std::string relay;      // HOST[:PORT]
  std::string relay_uri;  // empty: made of `relay`
  std::string user, password, realm;
  bool tls = false;
};

struct Options {
  PartyOptions party, peer;  // empty fields of `peer` are those of `party`
  transport::ClientFiles tls_files;
  bool sender_auth = true;
  bool direct = false;
  std::string listen;
  std::uint32_t pairs = 10;
  std::uint32_t window = 16;
  std::uint32_t cores = 1;
  std::uint64_t size = 64;
  std::uint64_t chunk = 0;
  std::string file;
  std::optional<base::Duration> duration;
  std::optional<std::uint64_t> messages;
  base::Duration timeout = std::chrono::seconds(30);
  bool success_report = false;
  std::string failure_report = "yes";
  std::vector<int> pids;
  std::vector<std::string> sources;
  bool json = false;
  bool quiet = false;
};

// A file that is mapped as long as this lives.
class MappedFile {
 public:
  // nullptr with errno set.
  static std::unique_ptr<MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view octets() const { return octets_; }

 private:
  MappedFile() = default;
  std::string_view octets_;
};

// Prints help, version or what is wrong by itself. nullopt: leave with `exit_code`.
std::optional<Options> parse_command_line(int argc, char** argv, int& exit_code);

struct Resolved {
  Scenario scenario;
  std::unique_ptr<MappedFile> file;
};
// Names to addresses, limits checked. Errors are usage errors (exit 2), one line each.
base::Result<Resolved, std::string> resolve(const Options& options);

}  // namespace blaster
