// msrpctl: one command to a running relay.
#include <cstdio>
#include <string>

#include "msrpctl/command_line.h"
#include "msrpctl/connection.h"
#include "msrpctl/show.h"

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
  const auto result = connection->ask(asked->command, asked->arguments);
  if (!result) return fail(result.error());
  const std::string text = asked->json ? result->dump(2) + "\n" : msrpctl::show(asked->command, *result);
  return std::fputs(text.c_str(), stdout) < 0 ? 1 : 0;
}
