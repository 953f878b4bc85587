#include "msrpctl/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace msrpctl {

std::optional<Asked> parse_command_line(int argc, char** argv, int& status) {
  Asked asked;
  CLI::App app("msrpctl");
  app.set_help_flag();
  bool help = false, version = false;
  app.add_flag("--help,-h", help);
  app.add_flag("--version", version);
  app.add_option("--socket", asked.socket);
  app.add_flag("--json", asked.json);
  app.require_subcommand(0, 1);
  app.fallthrough();
  for (const char* name : {"info", "limits", "rules", "certs"}) app.add_subcommand(name)->set_help_flag();
  const auto wrong = [&](const std::string& why) {
    std::fprintf(stderr, "msrpctl: %s\nmsrpctl --help shows what there is\n", why.c_str());
    status = 2;
    return std::nullopt;
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return wrong(error.what());
  }
  if (help || version) {
    status = std::fputs(help ? help_text : "msrpctl " MSRP_RELAY_VERSION "\n", stdout) < 0 ? 1 : 0;
    return std::nullopt;
  }
  if (app.get_subcommands().empty()) return wrong("which command?");
  asked.command = app.get_subcommands().front()->get_name();
  return asked;
}

}  // namespace msrpctl
