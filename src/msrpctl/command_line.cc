#include "msrpctl/command_line.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <list>
#include <utility>

namespace msrpctl {
namespace {

// What the relay takes as it was typed.
struct Argument {
  const char* command;
  const char* option;  // "--user", or the name of what stands behind the command
  bool required = false;
};
constexpr std::array arguments{
    Argument{"links", "--address"}, Argument{"links", "--link"},      Argument{"sessions", "--user"},  Argument{"sessions", "--address"},
    Argument{"sessions", "--link"}, Argument{"kick", "id", true},     Argument{"drain", "--deadline"}, Argument{"log", "level", true},
    Argument{"log", "area"},        Argument{"ban", "address", true}, Argument{"ban", "--for"},        Argument{"unban", "address", true},
};
constexpr std::array commands{"info", "limits", "rules",   "certs",  "links", "sessions", "errors", "bans",
                              "kick", "drain",  "undrain", "reload", "log",   "ban",      "unban",  "top"};

void no_help(CLI::App& app) { app.set_help_flag(); }

class CommandLine {
 public:
  CommandLine() {
    no_help(app_);
    app_.add_flag("--help,-h", help_);
    app_.add_flag("--version", version_);
    app_.add_option("--socket", asked_.socket);
    app_.add_flag("--json", asked_.json);
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    for (const char* name : commands) no_help(*app_.add_subcommand(name));
    for (const Argument& argument : arguments) {
      auto& [of, value] = values_.emplace_back(&argument, std::string());
      app_.get_subcommand(argument.command)->add_option(argument.option, value)->required(argument.required);
    }
    for (const char* name : {"links", "sessions"}) {
      app_.get_subcommand(name)->add_option("--rows", asked_.rows)->check(CLI::Range(1UL, 100'000'000UL));
      app_.get_subcommand(name)->add_flag("--all", all_);
    }
    app_.get_subcommand("drain")->add_flag("--wait", asked_.wait);
    app_.get_subcommand("top")->add_option("--count", asked_.count);
    app_.get_subcommand("top")->add_option("--period", asked_.period_s)->check(CLI::Range(0.1, 3600.0));
  }

  std::optional<Asked> parse(int argc, char** argv, int& status) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return wrong(error.what(), status);
    }
    if (help_ || version_) {
      status = std::fputs(help_ ? help_text : "msrpctl " MSRP_RELAY_VERSION "\n", stdout) < 0 ? 1 : 0;
      return std::nullopt;
    }
    if (app_.get_subcommands().empty()) return wrong("which command?", status);
    asked_.command = app_.get_subcommands().front()->get_name();
    for (const auto& [argument, value] : values_) {
      const std::string name = argument->option;
      if (asked_.command == argument->command && !value.empty()) asked_.arguments[name.substr(name.starts_with("--") ? 2 : 0)] = value;
    }
    if (all_) asked_.rows = 0;
    return asked_;
  }

 private:
  static std::nullopt_t wrong(const std::string& why, int& status) {
    std::fprintf(stderr, "msrpctl: %s\nmsrpctl --help shows what there is\n", why.c_str());
    status = 2;
    return std::nullopt;
  }

  CLI::App app_{"msrpctl"};
  Asked asked_;
  bool help_ = false, version_ = false, all_ = false;
  std::list<std::pair<const Argument*, std::string>> values_;
};

}  // namespace

std::optional<Asked> parse_command_line(int argc, char** argv, int& status) { return CommandLine().parse(argc, argv, status); }

}  // namespace msrpctl
