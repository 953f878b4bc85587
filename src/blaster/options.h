#pragma once
// What is asked for, as typed or as a scenario file says it; resolve() makes a Scenario of it.
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

// Where what is told goes; standard output and error besides.
struct TellingOptions {
  bool json = false;
  bool quiet = false;
  std::string hdr, html;  // files; empty: none
};

struct Options {
  PartyOptions party, peer;  // empty fields of `peer` are those of `party`
  transport::ClientFiles tls_files;
  bool no_sender_auth = false;
  bool direct = false;
  std::string listen;
  std::optional<std::uint32_t> pairs;   // default_pairs
  std::optional<std::uint32_t> window;  // default_window, or default_open_window
  std::uint32_t cores = 1;
  std::vector<Kind> kinds;  // empty: text of 64 octets
  std::uint64_t chunk = 0;
  bool known_range = false;
  std::optional<Filling> body;
  std::string file;
  std::optional<double> rate;  // messages a second in all; none: closed loop
  base::Duration ramp{};
  std::optional<base::Duration> duration;
  std::optional<std::uint64_t> messages;
  base::Duration timeout = std::chrono::seconds(30);
  ReportMix reports;
  double slow_readers = 0;  // share of the pairs
  std::uint64_t read_rate = 16 * 1024;
  std::uint32_t idle_sessions = 0;
  double session_churn = 0, link_churn = 0, auth_rate = 0;  // a second
  bool find_max = false;
  base::Duration p99 = std::chrono::milliseconds(5);
  base::Duration step = std::chrono::seconds(3);
  std::vector<int> pids;
  std::vector<std::string> sources;
  TellingOptions telling;
};
constexpr std::uint32_t default_pairs = 10, default_window = 16, default_open_window = 256;

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

// What no single option shows: those that need or exclude each other. Empty: nothing is wrong.
std::string contradiction(const Options& options);

struct Resolved {
  Scenario scenario;
  std::unique_ptr<MappedFile> file;
  std::unique_ptr<Schedule> schedule;
};
// Names to addresses, limits checked. Errors are usage errors (exit 2), one line each.
base::Result<Resolved, std::string> resolve(const Options& options);

}  // namespace blaster
