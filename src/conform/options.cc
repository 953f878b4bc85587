#include "conform/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace conform {
namespace {

constexpr const char* help_text =
    R"(msrp-blaster conform: does a relay do what RFC 4976 says? A black-box test for any MSRP relay.

usage: msrp-blaster conform --relay HOST:PORT --user U --password P --realm R [options]

the relay   --relay HOST:PORT        where to connect
            --relay-uri URI          how AUTH names it, where its name is not HOST (msrp://relay.example.org:2855;tcp)
            --tls, or a --relay-uri msrps://...   --ca-file FILE: whom to trust (the system's)  --insecure: anybody
            --certificate FILE --private-key FILE: what to show a relay that asks
            --user U --password P --realm R    an account; the password may also come in $MSRP_PASSWORD
            --second-user U2 --second-password P2    the other party's account (default: the same)
            --timer SECONDS (30)     what the relay's transaction and probation timers are set to
            --local ADDRESS          where peers listen that the relay connects to (default: this end of the connection to it)
which       --only PATTERN           R-016, R-016.2, 'R-1*', AUTH (a section), or words of a title; may be repeated
            --list                   the cases, without running them
how         --jobs N (16)  --patience SECONDS (5): how long something that must come may take
            --strict                 policy cases count for the exit status
telling     --quiet: failures and the summary only  --json: one object on stdout

A line a case: pass, FAIL with what was expected and what was seen, skip with the reason, or note: a policy case that fails, where the
RFCs leave the choice. The relay must be willing to connect to --local, and AUTH over TCP must be allowed.

examples    msrp-blaster conform --relay 127.0.0.1:2855 --user demo --password demo --realm example.org
            msrp-blaster conform --relay 192.0.2.1:2855 --user a --password x --realm r --only AUTH --only 'R-10*'

exit status 0 all pass, 1 a case failed, 2 wrong usage, or no relay there
)";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool same(char a, char b) { return lower(a) == lower(b); }

bool glob(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return std::ranges::equal(text, pattern, same);
  if (text.size() < star || !std::ranges::equal(text.substr(0, star), pattern.substr(0, star), same)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at) {
    if (glob(text.substr(at), rest)) return true;
  }
  return false;
}

Milliseconds milliseconds(double seconds) { return Milliseconds(std::llround(seconds * 1000)); }

std::nullopt_t usage(const std::string& wrong) {
  std::fprintf(stderr, "msrp-blaster conform: %s\nmsrp-blaster conform --help shows how it is used\n", wrong.c_str());
  return std::nullopt;
}

// Of an MSRP URI, without brackets.
std::string host_of(std::string_view uri) {
  uri.remove_prefix(std::min(uri.size(), uri.find("://") + 3));
  uri = uri.substr(0, uri.find_first_of("/;"));
  uri.remove_prefix(uri.find('@') + 1);
  if (uri.starts_with('[')) return std::string(uri.substr(1, uri.find(']') - 1));
  return std::string(uri.substr(0, uri.rfind(':')));
}

struct Texts {
  std::string relay, local;
  bool tls = false;
  transport::ClientFiles tls_files;
  double timer = 30, patience = 5;
};

void add_options(CLI::App& app, Options& options, Texts& texts) {
  Target& target = options.target;
  app.add_option("--relay", texts.relay);
  app.add_option("--relay-uri", target.uri);
  app.add_flag("--tls", texts.tls);
  app.add_option("--ca-file", texts.tls_files.ca_file);
  app.add_option("--certificate", texts.tls_files.certificate);
  app.add_option("--private-key", texts.tls_files.private_key);
  app.add_flag("--insecure", texts.tls_files.insecure);
  app.add_option("--user", target.first.user);
  app.add_option("--password", target.first.password)->envname("MSRP_PASSWORD");
  app.add_option("--realm", target.realm);
  app.add_option("--second-user", target.second.user);
  app.add_option("--second-password", target.second.password);
  app.add_option("--local", texts.local);
  app.add_option("--timer", texts.timer)->check(CLI::Range(0.1, 600.0));
  app.add_option("--patience", texts.patience)->check(CLI::Range(0.1, 600.0));
  app.add_option("--only", options.only);
  app.add_option("--jobs", options.jobs)->check(CLI::Range(1U, 256U));
  app.add_flag("--list", options.list);
  app.add_flag("--json", options.json);
  app.add_flag("--quiet", options.quiet);
  app.add_flag("--strict", options.strict);
}

// What the texts mean. Not empty: what is wrong.
std::string complete(Options& options, const Texts& texts) {
  Target& target = options.target;
  if (options.list) return {};
  if (texts.relay.empty()) return "--relay HOST:PORT is missing";
  if (target.first.user.empty()) return "--user NAME is missing";
  if (target.first.password.empty()) return "--password PW is missing (or $MSRP_PASSWORD)";
  if (target.second.user.empty() != target.second.password.empty()) return "--second-user and --second-password go together";
  if (target.second.user.empty()) target.second = target.first;
  std::string why;
  const auto address = resolve(texts.relay, why);
  if (!address) return "--relay " + why;
  target.address = *address;
  if (target.address.port() == 0) target.address = target.address.with_port(2855);
  if (target.uri.empty()) {
    const bool has_port = texts.relay.rfind(':') != std::string::npos && !texts.relay.ends_with(']');
    target.uri = (texts.tls ? "msrps://" : "msrp://") + texts.relay + (has_port ? "" : ":2855") + ";tcp";
  }
  if (texts.tls || target.uri.starts_with("msrps:")) {
    auto tls = transport::read_client_files(texts.tls_files);
    if (!tls) return tls.error();
    target.tls = *std::move(tls);
    target.tls_host = host_of(target.uri);
    target.tls_address = base::IpAddress::parse(target.tls_host);
    if (texts.tls_files.insecure) std::fputs("msrp-blaster conform: --insecure: whoever answers is believed to be the relay\n", stderr);
  }
  if (!texts.local.empty()) {
    const auto local = resolve(texts.local, why);
    if (!local) return "--local " + why;
    target.local = *local;
  }
  target.timer = milliseconds(texts.timer);
  target.patience = milliseconds(texts.patience);
  return {};
}

}  // namespace

bool matches(const Case& one, std::string_view pattern) {
  if (glob(one.id, pattern) || glob(one.section, pattern)) return true;
  if (std::ranges::any_of(one.requirements, [&](const std::string& requirement) { return glob(requirement, pattern); })) return true;
  return glob(one.title, "*" + std::string(pattern) + "*");
}

std::optional<Options> parse_command_line(int argc, char** argv, int& exit_code) {
  Options options;
  Texts texts;
  CLI::App app;
  app.set_help_flag();
  bool help = false;
  app.add_flag("--help,-h", help);
  add_options(app, options, texts);
  exit_code = 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage(error.what());
  }
  if (help || argc == 1) {
    std::fputs(help_text, help ? stdout : stderr);
    exit_code = help ? 0 : 2;
    return std::nullopt;
  }
  if (const std::string wrong = complete(options, texts); !wrong.empty()) return usage(wrong);
  return options;
}

}  // namespace conform
