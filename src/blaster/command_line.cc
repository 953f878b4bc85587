#include <CLI/CLI.hpp>
#include <cstdio>

#include "blaster/options.h"
#include "blaster/units.h"

namespace blaster {
namespace {

constexpr const char* help_text =
    R"(msrp-blaster: plays both ends of MSRP sessions through a relay (RFC 4975, RFC 4976), checks every octet, measures.

usage: msrp-blaster --relay HOST[:PORT] --user NAME --password PW [what to send] [how long] [what to tell]
       msrp-blaster conform --help       does a relay do what RFC 4976 says: the conformance suite

the relay   --relay HOST[:PORT]      both parties authenticate here (default port 2855)
            --user NAME --password PW [--realm R]   the password may also come in $MSRP_PASSWORD
            --relay-uri URI          how AUTH names the relay, where its name is not HOST (msrp://relay.example.org:2855;tcp)
TLS         --tls, or a --relay-uri msrps://...   --ca-file FILE: whom to trust (the system's)  --insecure: anybody
            --certificate FILE --private-key FILE: what to show a relay that asks
the peer    --peer-relay HOST[:PORT] [--peer-user ... --peer-password ... --peer-realm ... --peer-relay-uri ... --peer-tls]
                                     the receiving party is at another relay: a chain of two
            --no-sender-auth         the sending party has no relay: it sends straight to its peer's
            --direct --listen HOST:PORT   no MSRP relay but a TCP forwarder at --relay, which dials the receivers here
what        --pairs N (10)  --window W (16): messages under way per pair  --size B (64): octets of body, also 16KiB, 1MiB
            --chunk B: most octets per SEND (default: whole messages)  --file F: send this file instead, compare SHA-256
            --success-report  --failure-report yes|no|partial
how long    --duration S (10s; also 5m, 1h) or --messages N: in all  --timeout S (30s): no progress for so long ends the run
            --cores N (1): threads, pairs divided over them
            --source ADDRESS[,...]: local addresses to connect from in turn (from 7,000 pairs on one address runs short of ports)
telling     --json: one object on stdout  --quiet: no live line  --pid PID: CPU of the relay per frame (may be repeated)

examples    msrp-blaster --relay 127.0.0.1:2855 --user demo --password demo
            msrp-blaster --relay relay.example.org --user a --password x --pairs 1000 --window 1 --duration 1m
            msrp-blaster --relay 127.0.0.1 --user a --password x --file big.iso --chunk 1MiB
            msrp-blaster --relay 192.0.2.1 --peer-relay 192.0.2.2:5060 --user a --password x --messages 100000 --json

exit status 0 all that was sent arrived right and was answered, 1 it did not, 2 wrong usage
)";

// Checks the text here, where CLI11 names the option; the value is parsed again when all is read.
template <class Parse>
CLI::Validator units(Parse parse, const char* what) {
  return CLI::Validator([parse, what](std::string& text) { return parse(text) ? std::string() : "\"" + text + "\" is no " + what; }, "");
}

void add_party(CLI::App& app, const std::string& prefix, PartyOptions& party) {
  app.add_option("--" + prefix + "relay", party.relay);
  app.add_option("--" + prefix + "relay-uri", party.relay_uri);
  app.add_option("--" + prefix + "user", party.user);
  app.add_option("--" + prefix + "password", party.password)->envname(prefix.empty() ? "MSRP_PASSWORD" : "MSRP_PEER_PASSWORD");
  app.add_option("--" + prefix + "realm", party.realm);
  app.add_flag("--" + prefix + "tls", party.tls);
}

// What CLI11 cannot say: options that need or exclude each other.
std::string contradiction(const Options& options) {
  if (options.party.relay.empty()) return "--relay HOST[:PORT] is missing";
  if (options.direct && options.listen.empty()) return "--direct needs --listen HOST:PORT, where the forwarder dials the receivers";
  if (!options.direct && !options.listen.empty()) return "--listen goes with --direct only";
  if (options.direct && options.cores != 1)
    return "--direct works with --cores 1 only: the forwarder's links cannot be told apart before they carry a frame";
  if (options.direct && !options.peer.relay.empty()) return "--direct and --peer-relay exclude each other";
  if (!options.direct && options.party.user.empty()) return "--user NAME is missing (a forwarder without AUTH: --direct)";
  if (!options.direct && options.party.password.empty()) return "--password PW is missing (or $MSRP_PASSWORD)";
  if (!options.direct && !options.sender_auth && !options.peer.relay.empty())
    return "--no-sender-auth sends straight to the receiver's relay: name that one as --relay";
  if (options.sources.size() > 256) return "--source takes up to 256 addresses";
  if (options.duration && options.messages) return "--duration and --messages exclude each other";
  if (!options.file.empty() && (options.duration || options.messages))
    return "--file sends the file once per pair: leave out --duration and --messages";
  return {};
}

}  // namespace

std::optional<Options> parse_command_line(int argc, char** argv, int& exit_code) {
  Options options;
  CLI::App app;
  app.set_help_flag();
  bool help = false, version = false, no_sender_auth = false;
  std::string size = "64", chunk, duration, timeout = "30s";
  std::uint64_t messages = 0;
  app.add_flag("--help,-h", help);
  app.add_flag("--version", version);
  add_party(app, "", options.party);
  add_party(app, "peer-", options.peer);
  app.add_option("--ca-file", options.tls_files.ca_file);
  app.add_option("--certificate", options.tls_files.certificate);
  app.add_option("--private-key", options.tls_files.private_key);
  app.add_flag("--insecure", options.tls_files.insecure);
  app.add_flag("--no-sender-auth", no_sender_auth);
  app.add_flag("--direct", options.direct);
  app.add_option("--listen", options.listen);
  app.add_option("--source", options.sources)->delimiter(',');
  CLI::Option* const pairs_option = app.add_option("--pairs", options.pairs)->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--window", options.window)->check(CLI::Range(1U, 65536U));
  app.add_option("--cores", options.cores)->check(CLI::Range(1U, 1024U));
  app.add_option("--size", size)->check(units(parse_size, "size (64, 16KiB, 1MiB)"));
  app.add_option("--chunk", chunk)->check(units(parse_size, "size (2048, 16KiB, 1MiB)"));
  app.add_option("--file", options.file)->check(CLI::ExistingFile);
  app.add_option("--duration", duration)->check(units(parse_duration, "time (10, 500ms, 10s, 5m, 1h)"));
  CLI::Option* const messages_option = app.add_option("--messages", messages)->check(CLI::Range(std::uint64_t{1}, UINT64_MAX - 1));
  app.add_option("--timeout", timeout)->check(units(parse_duration, "time (500ms, 30s, 1m)"));
  app.add_flag("--success-report", options.success_report);
  app.add_option("--failure-report", options.failure_report)->check(CLI::IsMember({"yes", "no", "partial"}));
  app.add_option("--pid", options.pids);
  app.add_flag("--json", options.json);
  app.add_flag("--quiet", options.quiet);

  exit_code = 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "msrp-blaster: %s\nmsrp-blaster --help shows how it is used\n", error.what());
    return std::nullopt;
  }
  if (help || argc == 1) {
    std::fputs(help_text, help ? stdout : stderr);
    exit_code = help ? 0 : 2;
    return std::nullopt;
  }
  if (version) {
    std::puts("msrp-blaster " MSRP_RELAY_VERSION);
    exit_code = 0;
    return std::nullopt;
  }
  options.sender_auth = !no_sender_auth;
  if (!options.file.empty() && pairs_option->count() == 0) options.pairs = 1;
  options.size = *parse_size(size);
  if (!chunk.empty()) options.chunk = *parse_size(chunk);
  if (!duration.empty()) options.duration = *parse_duration(duration);
  options.timeout = *parse_duration(timeout);
  if (messages_option->count() > 0) options.messages = messages;
  const std::string wrong = contradiction(options);
  if (!wrong.empty()) {
    std::fprintf(stderr, "msrp-blaster: %s\nmsrp-blaster --help shows how it is used\n", wrong.c_str());
    return std::nullopt;
  }
  return options;
}

}  // namespace blaster
