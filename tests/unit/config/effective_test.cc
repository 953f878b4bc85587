// --print-effective: loads again as the same, and tells where each value comes from.
#include <catch2/catch_test_macros.hpp>

#include "config/keys.h"
#include "loading.h"

namespace {

const std::string everything =
    "[relay]\nname = \"a.example\"\nrealm = \"b c\"\ncores = [1, 0]\n"
    "[[listen]]\nuri = \"msrp://127.0.0.1:0\"\nname = \"quote \\\" and \\\\ backslash\"\nadvertise = \"c.example\"\nrealm = \"d\"\n"
    "plaintext_auth = true\nprotocols = [\"sip\", \"msrp\"]\n"
    "[[listen]]\nuri = \"msrp://[::1]\"\nadvertise = \"e.example:7\"\n"
    "[[listen]]\nuri = \"msrps://[::1]:7777\"\ncertificate = \"a.pem\"\nprivate_key = \"a.key\"\n"
    "[[listen]]\nuri = \"msrps://[::1]:7778\"\ncertificate = [\"a.pem\", \"b.pem\"]\nprivate_key = [\"a.key\", \"b.key\"]\n"
    "ocsp_response = [\"\", \"b.ocsp\"]\n"
    "[tls]\nca_file = \"ca.pem\"\ncrl_file = \"crl.pem\"\nrelays = [\"*.example.net\"]\n"
    "[users]\nfile = \"u\\\"v\"\nalgorithms = [\"SHA-256\", \"MD5\"]\n"
    "[session]\nexpires = \"31s\"\nexpires_min = \"31s\"\nexpires_max = \"90s\"\n"
    "[relays]\naddresses = [\"192.0.2.1\", \"::1\"]\n"
    "[destinations]\nallow = [\"10.0.0.0/8\"]\n"
    "[dns]\nhosts = { \"x.example\" = \"::1\", y = [\"192.0.2.2\", \"192.0.2.3\"] }\n"
    "[timers]\nidle = \"2h\"\nshutdown = \"1500ms\"\n"
    "[limits]\nlinks = 7\nlink_output = \"2MiB\"\nheader_bytes = \"1000B\"\n";

std::string effective(const config::Loaded& loaded) { return config::print_effective(loaded.config, loaded); }

// Without the comments that tell the origin.
std::string values(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    out += line.substr(0, line.rfind("  # ")) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("what is printed loads again as the same") {
  for (const std::string& text : {everything, loading::good}) {
    const config::Loaded first = loading::load(text);
    for (const config::Fault& fault : first.faults) INFO(config::to_string(fault));
    REQUIRE(first.good());
    const std::string printed = effective(first);
    const config::Loaded again = config::load(printed, "printed.toml", loading::host());
    for (const config::Fault& fault : again.faults) CHECK(fault.warning);
    REQUIRE(again.good());
    CHECK(values(effective(again)) == values(printed));
    CHECK(again.config.listens.size() == first.config.listens.size());
    CHECK(again.config.cores == first.config.cores);
    CHECK(again.config.algorithms == first.config.algorithms);
    CHECK(again.config.dns_hosts == first.config.dns_hosts);
    CHECK(again.config.destinations_allowed == first.config.destinations_allowed);
    CHECK(again.config.users_file == first.config.users_file);
  }
}

TEST_CASE("each value tells its origin") {
  const std::string printed = effective(loading::load(loading::good));
  const auto has = [&](const std::string& line) { return printed.find("\n" + line + "\n") != std::string::npos; };
  CHECK(printed.starts_with("[relay]\nname = \"relay.example.net\"  # default\n"));
  CHECK(has("uri = \"msrp://127.0.0.1:2855\"  # relay.toml:5"));
  CHECK(has("plaintext_auth = true  # relay.toml:7"));
  CHECK(has("advertise = \"relay.example.net:2855\"  # default"));
  CHECK(has("file = \"users\"  # relay.toml:2"));
  CHECK(has("# algorithms: MD5 always, SHA-256 when every user of the realm has the fourth field  # default"));
  CHECK(has("transaction = \"30s\"  # default"));
  CHECK(has("header_bytes = \"8KiB\"  # default"));
  CHECK(has("links = \"auto\"  # default"));
}

TEST_CASE("every key of this build is printed") {
  const std::string printed = effective(loading::load(everything));
  for (const config::Key& key : config::all_keys()) {
    INFO(key.section << "." << key.name);
    CHECK((printed.find("\n" + std::string(key.name) + " = ") != std::string::npos));
  }
}

TEST_CASE("a file's name cannot end the comment") {
  const config::Loaded loaded = config::load(loading::good, "a\nb", loading::host());
  REQUIRE(loaded.good());
  CHECK(effective(loaded).find("# a?b:5\n") != std::string::npos);
}
