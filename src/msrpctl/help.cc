#include "msrpctl/command_line.h"

namespace msrpctl {

const char* const help_text = R"(msrpctl asks and commands a running msrp-relay over its control socket.
The whole story: man msrpctl

usage  msrpctl [--socket PATH] [--json] COMMAND

ask    info              state, traffic, cores, listeners, the last warnings
       top               what flows now, again and again
                         [--period SECONDS (2)] [--count N]
       links             connections   [--address A] [--link ID]
       sessions          URIs given out   [--user U] [--address A] [--link ID]
                         both: the first 100, [--rows N] or [--all] of them
       limits            every limit: its value, what is used, how often reached
       rules             every rule and how often it held
       certs             certificates and the days they have left
       errors            the last heads that could not be read, without secrets
       bans              addresses that are banned, and for how long
change kick ID           ends a session (s0.17.3), or closes a link (l0.17.3)
       ban ADDRESS       closes its links, refuses new ones   [--for 10m]
       unban ADDRESS
       drain             not ready, no AUTH; links are closed evenly until the
                         deadline   [--deadline 30m] [--wait]: shows progress
       undrain           as before, for the links that are left
       reload            users, certificates, rules, as SIGHUP; names faults
       log LEVEL [AREA]  error, warning, info or debug; until the next start

try    msrpctl sessions --user alice
       msrpctl --json links --all | jq '.rows[] | select(.paused)'

--socket PATH   default: /run/msrp-relay/control.sock ([control] socket)
--json          the answer as JSON, for programs
--version       --help
Who may: root, the relay's own user and its group; others by group, [control]
operators (ask and change) and observers (ask). Every change is in the log.
Exit status: 0 good, 1 the relay refused or is not there, 2 wrong usage.
)";

}  // namespace msrpctl
