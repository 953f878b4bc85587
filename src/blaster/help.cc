#include "blaster/help.h"

namespace blaster {

const char* const help_text =
    R"help(msrp-blaster plays both ends of MSRP sessions through a relay, checks every
octet that arrives, and measures.  The whole story: man msrp-blaster

usage  msrp-blaster --relay HOST[:PORT] --user NAME --password PW [OPTION...]
       msrp-blaster compare A.json B.json [--json]     two runs side by side
       msrp-blaster conform --help                     the conformance suite

try    msrp-blaster --relay 127.0.0.1 --user demo --password demo
           ten pairs as fast as they can for 10 s; a table at the end
       msrp-blaster ... --pairs 200 --mix chat,is-composing,file --rate 20k/s \
                    --duration 1m --pid "$(pidof msrp-relay)" --html report.html
           steady load as clients make it; a page to hand on
       msrp-blaster ... --pairs 100 --find-max --p99 5ms
           the highest rate at which 99 % arrive within 5 ms
       msrp-blaster ... --file big.iso --chunk 1MiB
           a file, its SHA-256 compared

where  --relay HOST[:PORT] (2855)  --relay-uri URI  --user  --password  --realm
       --peer-relay HOST[:PORT]    the receivers' relay: a chain of two
                                   (--peer-user and so on: as without "peer-")
       --tls  --ca-file F  --insecure  --certificate F  --private-key F
       --no-sender-auth  --direct --listen HOST:PORT  --source ADDRESS,...
what   --pairs N (10)  --window W (16; with --rate 256): under way per pair
       --size 64 | 64-16KiB   --mix chat=7,is-composing=2,file=1,1KiB=3
       --chunk SIZE  --known-range   --file F   --body text|end-lines
       --success-report   --failure-report yes|no|partial
       --report-mix success=10%,no=5%,partial=5%
how    --rate N/s: open loop, latency from when a message was due; without it
       every pair sends as its window lets it     --ramp TIME: start gently
       --duration TIME (10s)  --messages N: in all  --timeout TIME (30s)
       --find-max --p99 TIME (5ms) --step TIME (3s)     --cores N (1)
beside --idle-sessions N --session-churn N/s --link-churn N/s --auth-rate N/s
       --slow-readers SHARE --read-rate SIZE (16KiB)
tell   --json  --hdr FILE  --html FILE  --pid PID: the relay's CPU and memory
       --quiet
file   --scenario FILE: the same as TOML (pairs = 200, idle_sessions = 1000);
       what is typed takes the place of what it says

sizes 64, 16KiB, 1MB   times 500us, 5ms, 10s, 5m   rates 100/s, 50k/s
exit status 0 all arrived right and was answered, 1 it did not, 2 wrong usage
)help";

}  // namespace blaster
