// msrpctl: one command to a running relay.
#include <cstdio>
#include <string>

#include "msrpctl/command_line.h"
#include "msrpctl/connection.h"
#include "msrpctl/pages.h"
#include "msrpctl/show.h"
#include "msrpctl/watch.h"

int main(int argc, char** argv) {
  int status = 2;
  const auto asked = msrpctl::parse_command_line(argc, argv, status);
  if (!asked) return status;
  const auto fail = [](const std::string& reason) {
    std::fprintf(stderr, "msrpctl: %s\n", reason.c_str());
    return 1;
  };
  auto connection = msrpctl::Connection::open(asked->socket);
  if (!connection) return fail(connection.error());
  if (asked->command == "links" || asked->command == "sessions" || asked->command == "errors") {
    const auto printed = msrpctl::print_pages(*connection, *asked);
    return printed ? 0 : fail(printed.error());
  }
  if (asked->command == "top") {
    const auto printed = msrpctl::watch_top(*connection, *asked);
    return printed ? 0 : fail(printed.error());
  }
  const auto result = connection->ask(asked->command, asked->arguments);
  if (!result) return fail(result.error());
  const std::string text = asked->json ? result->dump(2) + "\n" : msrpctl::show(asked->command, *result);
  if (std::fputs(text.c_str(), stdout) < 0) return 1;
  if (!asked->wait) return 0;
  const auto drained = msrpctl::watch_drain(*connection);
  return drained ? 0 : fail(drained.error());
}
