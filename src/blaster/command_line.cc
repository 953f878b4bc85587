#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "blaster/help.h"
#include "blaster/option_table.h"
#include "blaster/options.h"
#include "blaster/scenario_file.h"

namespace blaster {
namespace {

// What the command line says, before anything is made of it.
struct Given {
  struct One {
    const OptionEntry* entry;
    CLI::Option* option;
    std::vector<std::string> values;
  };
  std::deque<One> options;  // CLI11 keeps the addresses of `values`
  std::string scenario;
  bool help = false, version = false;

  bool has(std::string_view name) const {
    for (const One& one : options)
      if (one.entry->name == name) return one.option->count() > 0;
    return false;
  }
};

void describe_options(CLI::App& app, Given& given) {
  app.set_help_flag();
  app.allow_extras();
  app.add_flag("--help,-h", given.help);
  app.add_flag("--version", given.version);
  app.add_option("--scenario", given.scenario);
  for (const OptionEntry& entry : option_table()) {
    Given::One& one = given.options.emplace_back(Given::One{&entry, nullptr, {}});
    const std::string name = "--" + std::string(entry.name);
    if (entry.takes == OptionEntry::Takes::nothing) {
      one.option = app.add_flag(name);
      continue;
    }
    one.option = app.add_option(name, one.values)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    if (entry.takes == OptionEntry::Takes::list)
      one.option->expected(1, 4096)->delimiter(',')->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
}

std::string read_scenario_file(const std::string& path, Options& options) {
  const auto file = MappedFile::open(path);
  if (file == nullptr) return path + ": " + std::strerror(errno);
  std::string all;
  for (const std::string& wrong : read_scenario(file->octets(), path, options)) all += (all.empty() ? "" : "\nmsrp-blaster: ") + wrong;
  return all;
}

std::string take(const Given& given, Options& options) {
  if (!given.scenario.empty())
    if (std::string wrong = read_scenario_file(given.scenario, options); !wrong.empty()) return wrong;
  // What is typed takes the place of what the file says.
  if (given.has("size") || given.has("mix")) options.kinds.clear();
  if (given.has("pid")) options.pids.clear();
  if (given.has("source")) options.sources.clear();
  if (given.has("duration") || given.has("messages")) {
    options.duration.reset();
    options.messages.reset();
  }
  for (const Given::One& one : given.options) {
    if (one.option->count() == 0) continue;
    const std::vector<std::string> values = one.entry->takes == OptionEntry::Takes::nothing ? std::vector<std::string>{"true"} : one.values;
    for (const std::string& value : values)
      if (const std::string wrong = one.entry->set(options, value); !wrong.empty())
        return "--" + std::string(one.entry->name) + ": " + wrong;
  }
  const auto from_environment = [](std::string& place, const char* name) {
    if (const char* const value = std::getenv(name); place.empty() && value != nullptr) place = value;
  };
  from_environment(options.party.password, "MSRP_PASSWORD");
  from_environment(options.peer.password, "MSRP_PEER_PASSWORD");
  return contradiction(options);
}

std::string unknown(const std::string& word) {
  if (!word.starts_with("--")) return "\"" + word + "\" is no option (every option begins with --)";
  const std::string name = word.substr(2, word.find('=') - 2);
  const std::string nearest = nearest_option(name, false);
  return "--" + name + " is no option" + (nearest.empty() ? "" : ": did you mean --" + nearest + "?");
}

}  // namespace

std::string contradiction(const Options& options) {
  if (options.party.relay.empty()) return "--relay HOST[:PORT] is missing";
  if (options.direct && options.listen.empty()) return "--direct needs --listen HOST:PORT, where the forwarder dials the receivers";
  if (!options.direct && !options.listen.empty()) return "--listen goes with --direct only";
  if (options.direct && options.cores != 1)
    return "--direct works with --cores 1 only: the forwarder's links cannot be told apart before they carry a frame";
  if (options.direct && !options.peer.relay.empty()) return "--direct and --peer-relay exclude each other";
  if (!options.direct && options.party.user.empty()) return "--user NAME is missing (a forwarder without AUTH: --direct)";
  if (!options.direct && options.party.password.empty()) return "--password PW is missing (or $MSRP_PASSWORD)";
  if (options.direct && (options.slow_readers > 0 || options.idle_sessions > 0 || options.session_churn > 0 || options.auth_rate > 0))
    return "--direct has no sessions of its own: leave out --slow-readers, --idle-sessions, --session-churn and --auth-rate";
  if (!options.direct && options.no_sender_auth && !options.peer.relay.empty())
    return "--no-sender-auth sends straight to the receiver's relay: name that one as --relay";
  if (options.sources.size() > 256) return "--source takes up to 256 addresses";
  if (options.duration && options.messages) return "--duration and --messages exclude each other";
  if (!options.file.empty() && (options.duration || options.messages))
    return "--file sends the file once per pair: leave out --duration and --messages";
  if (!options.file.empty() && (!options.kinds.empty() || options.body || options.rate))
    return "--file sends the file: leave out --size, --mix, --body and --rate";
  if (options.slow_readers > 0 && options.read_rate < 100) return "--read-rate is at least 100 octets a second";
  if (options.auth_rate > 0 && options.idle_sessions == 0) return "--auth-rate renews idle sessions: say how many with --idle-sessions N";
  if (options.find_max && (options.rate || options.messages || options.duration || !options.file.empty()))
    return "--find-max chooses the rate and how long: leave out --rate, --messages, --duration and --file (--step says how long each try "
           "is)";
  return {};
}

std::optional<Options> parse_command_line(int argc, char** argv, int& exit_code) {
  CLI::App app;
  Given given;
  describe_options(app, given);
  exit_code = 2;
  const auto leave = [](const std::string& reason) {
    std::fprintf(stderr, "msrp-blaster: %s\nmsrp-blaster --help shows how it is used\n", reason.c_str());
    return std::nullopt;
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return leave(error.what());
  }
  if (given.help || argc == 1) {
    std::fputs(help_text, given.help ? stdout : stderr);
    exit_code = given.help ? 0 : 2;
    return std::nullopt;
  }
  if (given.version) {
    std::puts("msrp-blaster " MSRP_RELAY_VERSION);
    exit_code = 0;
    return std::nullopt;
  }
  if (const auto extras = app.remaining(); !extras.empty()) return leave(unknown(extras.front()));
  Options options;
  if (const std::string wrong = take(given, options); !wrong.empty()) return leave(wrong);
  return options;
}

}  // namespace blaster
