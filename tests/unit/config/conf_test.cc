// The files of conf/ and docs/ against the loader.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/keys.h"
#include "loading.h"

namespace {

const std::string root = SOURCE_ROOT "/";

std::string content(const std::string& file) {
  std::ifstream in(root + file);
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

config::Loaded load_file(const std::string& file) {
  config::Loaded loaded = config::load(content(file), file, loading::host());
  for (const config::Fault& fault : loaded.faults) CHECK((fault.warning || config::to_string(fault) == "no fault"));
  return loaded;
}

// Lines such as "#cores = 4" without their '#'.
std::string uncommented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool key = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    out += (key ? line.substr(1) : line) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("conf/quickstart.toml serves this machine alone") {
  const config::Loaded loaded = load_file("conf/quickstart.toml");
  CHECK(loaded.faults.empty());
  REQUIRE(loaded.config.listens.size() == 1);
  CHECK(loaded.config.listens[0].endpoint.to_string() == "127.0.0.1:2855");
  CHECK(loaded.config.listens[0].plaintext_auth);
  const std::string users = content("conf/" + loaded.config.users_file);
  CHECK(users.find("\nalice:" + loaded.config.realm + ":") != std::string::npos);
  CHECK(users.find("\nbob:" + loaded.config.realm + ":") != std::string::npos);
}

TEST_CASE("conf/msrp-relay.toml is good as it stands") {
  const config::Loaded loaded = load_file("conf/msrp-relay.toml");
  REQUIRE(loaded.good());
  CHECK(loaded.config.name == "relay.example.org");
}

TEST_CASE("conf/msrp-relay.toml shows every key, with the default where it is commented out") {
  const std::string text = content("conf/msrp-relay.toml");
  const config::Loaded as_it_stands = config::load(text, "f", loading::host());
  const config::Loaded all = config::load(uncommented(text), "f", loading::host());
  REQUIRE(all.good());
  for (const config::Key& key : config::all_keys()) {
    // The first listener speaks TLS, the second one does not.
    const std::size_t listen = key.name == "plaintext_auth" ? 1 : 0;
    const std::string table = key.section == "listen" ? "listen[" + std::to_string(listen) + "]" : std::string(key.section);
    const std::string dotted = table + "." + std::string(key.name);
    INFO(dotted);
    CHECK(all.origin(dotted) != nullptr);
    if (as_it_stands.origin(dotted) != nullptr || dotted == "users.algorithms" || dotted == "tls.crl_file" ||
        dotted == "listen[0].ocsp_response") {
      continue;
    }
    config::Config shown = all.config;
    config::Config standard = as_it_stands.config;
    CHECK(config::print_key(key, {shown, &shown.listens[listen]}) == config::print_key(key, {standard, &standard.listens[listen]}));
  }
}

TEST_CASE("docs/configuration.md tells every key") {
  const std::string file = "docs/configuration.md";
  const std::string mark = "<!-- keys: generated -->\n";
  const std::string text = content(file);
  const std::size_t at = text.find(mark);
  REQUIRE(at != std::string::npos);
  const std::string wanted = text.substr(0, at + mark.size()) + "\n" + config::describe_keys();
  if (std::getenv("UPDATE_DOCS") != nullptr) std::ofstream(root + file) << wanted;
  CHECK((text == wanted || std::getenv("UPDATE_DOCS") != nullptr));
}
