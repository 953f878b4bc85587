#include "blaster/scenario_file.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "blaster/help.h"
#include "blaster/option_table.h"

using namespace blaster;

namespace {

std::vector<std::string> read(const char* toml, Options& options) { return read_scenario(toml, "s.toml", options); }
std::string first_fault(const char* toml) {
  Options options;
  const auto wrong = read(toml, options);
  return wrong.empty() ? "" : wrong.front();
}

}  // namespace

TEST_CASE("scenario file: every kind of value arrives", "[blaster]") {
  Options options;
  CHECK(read("pairs = 200\nmix = \"chat,file\"\nrate = \"20k/s\"\ntls = true\nsource = [\"127.0.0.2\", \"127.0.0.3\"]\npid = 7\n"
             "slow_readers = \"10%\"\nramp = \"2s\"\npassword = \"pw\"\nhtml = \"r.html\"\n",
             options)
            .empty());
  CHECK(options.pairs == 200U);
  CHECK(options.kinds.size() == 2);
  CHECK(options.rate == 20'000);
  CHECK(options.party.tls);
  CHECK(options.sources == std::vector<std::string>{"127.0.0.2", "127.0.0.3"});
  CHECK(options.pids == std::vector<int>{7});
  CHECK(options.slow_readers == 0.1);
  CHECK(options.ramp == std::chrono::seconds(2));
  CHECK(options.telling.html == "r.html");
}

TEST_CASE("scenario file: what is wrong is told with its place, all of it at once", "[blaster]") {
  CHECK(first_fault("pairs = 1\npais = 2\n") == "s.toml:2:1: `pais` is no key of a scenario: did you mean `pairs`?");
  CHECK(first_fault("pairs = 0") == "s.toml:1:9: `pairs`: \"0\" is no number from 1 to 1000000");
  CHECK(first_fault("rate = true") == "s.toml:1:8: `rate`: a value is wanted, not true or false");
  CHECK(first_fault("tls = 1") == "s.toml:1:7: `tls`: true or false is wanted");
  CHECK(first_fault("size = [1]") == "s.toml:1:8: `size`: one value is wanted, not a list");
  CHECK(first_fault("pairs = ").starts_with("s.toml:1:"));
  Options options;
  CHECK(read("a_b_c = 1\nwindow = \"x\"\nzzz = 2\n", options).size() == 3);
}

TEST_CASE("options: names are unique and --help names each", "[blaster]") {
  std::set<std::string> names;
  const std::string help = help_text;
  for (const OptionEntry& entry : option_table()) {
    const std::string name(entry.name);
    CHECK(names.insert(name).second);
    // The peer's options are told as a group.
    if (name.starts_with("peer-") && name != "peer-relay") continue;
    INFO(name);
    CHECK(help.find("--" + name) != std::string::npos);
  }
  CHECK(nearest_option("widow", false) == "window");
  CHECK(nearest_option("idle_session", true) == "idle_sessions");
}
