// msrp-relay: the command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>

#include "control/host_name.h"
#include "control/log.h"
#include "control/open_files.h"
#include "control/unix_socket.h"

#include "daemon/explain.h"
#include "daemon/load.h"
#include "daemon/signals.h"
#include "daemon/version.h"
#include "daemon/wiring.h"

namespace {

constexpr const char* help_text = R"(msrp-relay: an MSRP relay (RFC 4975, RFC 4976). Clients get a URI by AUTH; what
others send to that URI goes to them. Runs in the foreground, logs to stderr.

  msrp-relay [--config FILE] [--check [--json] | --print-effective | --explain FILE]

  --config FILE      default: /etc/msrp-relay/msrp-relay.toml
  --check            every fault of configuration, rules and users, with its
                     file:line:column; --json: as JSON on stdout
  --print-effective  every value in force and its origin, as a file that loads
  --explain FILE     captured frames (- for stdin) through the rules: which were
                     tried, and why each held or not; --json. What a frame does
                     not say: --fact source=203.0.113.9 --fact user=alice ...
                     --sip: instead each frame as the SIP message of Kamailio
  --quickstart USER:PASSWORD   also print a msrp-blaster line to try
  --version          version, libraries, hardware crypto, this kernel's io_uring
                     and TLS

SIGTERM, SIGINT stop it when what it holds is sent ([timers] shutdown), a second
one at once. SIGHUP reads users and rules again, and names other changed keys as
"needs restart". SIGUSR1 writes its counters to the log.
Exit status: 0 good, 1 configuration or start failed, 2 wrong usage.

A configuration that works, and its user (htdigest asks for the password):
  [relay]
  name = "relay.example.org"
  [[listen]]
  uri = "msrp://127.0.0.1:2855"
  plaintext_auth = true               # AUTH without TLS: for trying only
  [users]
  file = "users.htdigest"             # htdigest -c FILE relay.example.org alice
)";

struct Options {
  std::string config = "/etc/msrp-relay/msrp-relay.toml";
  std::string quickstart;
  wiring::ExplainOptions explain;
  bool check = false, json = false, print_effective = false, version = false, help = false;
};

// Nothing: go on with the options. Else the exit status.
std::optional<int> read_command_line(int argc, char** argv, Options& options) {
  CLI::App app("msrp-relay");
  app.set_help_flag();
  app.add_option("--config", options.config);
  app.add_option("--quickstart", options.quickstart);
  auto* check = app.add_flag("--check", options.check);
  auto* explain = app.add_option("--explain", options.explain.file)->excludes(check);
  app.add_option("--fact", options.explain.facts)->needs(explain);
  app.add_flag("--sip", options.explain.sip)->needs(explain);
  app.add_flag("--json", options.json);
  app.add_flag("--print-effective", options.print_effective)->excludes(check)->excludes(explain);
  app.add_flag("--version", options.version);
  app.add_flag("--help,-h", options.help);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "msrp-relay: %s\nmsrp-relay --help shows what there is\n", error.what());
    return 2;
  }
  if (options.json && !options.check && options.explain.file.empty() && !options.help) {
    std::fprintf(stderr, "msrp-relay: --json goes with --check or --explain\n");
    return 2;
  }
  options.explain.json = options.json;
  return std::nullopt;
}

std::optional<wiring::Demo> demo_of(const Options& options, std::string_view program) {
  if (options.quickstart.empty()) return std::nullopt;
  const std::size_t colon = options.quickstart.find(':');
  wiring::Demo demo;
  demo.user = options.quickstart.substr(0, colon);
  if (colon != std::string::npos) demo.password = options.quickstart.substr(colon + 1);
  const std::size_t slash = program.rfind('/');
  if (slash != std::string_view::npos) demo.program_folder = program.substr(0, slash + 1);
  return demo;
}

int check(const wiring::Load& load, const Options& options) {
  if (options.json) {
    wiring::print_faults_as_json(load.faults);
  } else {
    wiring::print_faults(load.faults);
    if (load.good()) {
      std::printf("msrp-relay: %s is good (listeners: %zu, rules: %zu, users: %zu)\n", options.config.c_str(), load.config().listens.size(),
                  load.config().rules.size(), load.users->size());
    }
  }
  return load.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto status = read_command_line(argc, argv, options)) return *status;
  if (options.help) return std::fputs(help_text, stdout) < 0 ? 1 : 0;
  if (options.version) return std::fputs(wiring::version_text().c_str(), stdout) < 0 ? 1 : 0;
  if (!options.quickstart.empty() && options.quickstart.find(':') == std::string::npos) {
    std::fprintf(stderr, "msrp-relay: --quickstart wants USER:PASSWORD\n");
    return 2;
  }

  wiring::Signals::block();
  const config::Host host{
      .full_name = control::full_host_name(), .open_files = control::raise_open_files(), .runtime_directory = control::runtime_directory()};
  transport::prepare_tls();
  const wiring::Load load = wiring::load(options.config, host);
  if (options.check) return check(load, options);
  wiring::print_faults(load.faults);
  if (!load.good()) return 1;
  if (!options.explain.file.empty()) return wiring::explain(load, options.explain);
  if (options.print_effective) {
    std::printf("%s\n%s", config::print_effective(load.config(), load.configuration).c_str(), load.rules->print().c_str());
    return 0;
  }
  control::Log log;
  return wiring::run(load, demo_of(options, argv[0]), log);
}
