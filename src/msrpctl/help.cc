#include "msrpctl/command_line.h"

namespace msrpctl {

const char* const help_text = R"(msrpctl asks and commands a running msrp-relay over its control socket.
The whole story: man msrpctl

usage  msrpctl [--socket PATH] [--json] COMMAND

ask    info              state, traffic, cores, listeners, the last warnings
       limits            every limit: its value, what is used, how often reached
       rules             every rule and how often it held
       certs             certificates and the days they have left

--socket PATH   default: /run/msrp-relay/control.sock ([control] socket)
--json          the answer as JSON, for programs

Who may: root and the relay's own user; others by group, [control] operators
(ask and change) and observers (ask).
Exit status: 0 good, 1 the relay refused or is not there, 2 wrong usage.
)";

}  // namespace msrpctl
