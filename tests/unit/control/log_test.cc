// Lines are compared as text: what is written is what an operator's tools parse.
#include "control/log.h"
#include "control/core_log.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using control::Log;
using control::LogLevel;
using control::LogLine;

namespace {

struct Kept {
  std::vector<std::string> lines;
  Log log{[this](LogLevel, const std::string& text) { lines.push_back(text); }};
};

}  // namespace

TEST_CASE("a line is a row of key=value pairs") {
  const LogLine line = LogLine(LogLevel::info, "users", "read again").with("users", 3).with("file", "/etc/users.htdigest");
  CHECK(line.text() == R"(area=users event="read again" users=3 file=/etc/users.htdigest)");
}

TEST_CASE("values cannot forge a line, a field or a terminal sequence") {
  const auto text_of = [](std::string_view value) { return LogLine(LogLevel::info, "a", "b").with("v", value).text().substr(15); };
  CHECK(LogLine(LogLevel::info, "a", "b").text() == "area=a event=b");
  CHECK(text_of("x\nlevel=error") == R"(v="x\x0alevel=error")");
  CHECK(text_of("x level=error") == R"(v="x level=error")");
  CHECK(text_of("\x1b[31m") == R"(v="\x1b[31m")");
  CHECK(text_of("say \"hi\" \\") == R"(v="say \"hi\" \\")");
  CHECK(text_of("a=b") == R"(v="a=b")");
  CHECK(text_of("") == R"(v="")");
  CHECK(text_of(std::string_view("\0\xff", 2)) == R"(v="\x00\xff")");
  CHECK(text_of("[2001:db8::1]:2855") == "v=[2001:db8::1]:2855");
}

TEST_CASE("a value is bounded") {
  const std::string longest(LogLine::value_bytes_max, 'x');
  CHECK(LogLine(LogLevel::info, "a", "b").with("v", longest).text().size() == 15 + 2 + longest.size());
  const std::string text = LogLine(LogLevel::info, "a", "b").with("v", longest + "y").text();
  CHECK(text.substr(text.size() - 4) == "x...");
}

TEST_CASE("less important lines than the level are not written") {
  Kept kept;
  kept.log.write(LogLine(LogLevel::debug, "a", "quiet"));
  CHECK(kept.lines.empty());
  kept.log.set_level(LogLevel::debug);
  kept.log.write(LogLine(LogLevel::debug, "a", "loud"));
  CHECK(kept.lines == std::vector<std::string>{"area=a event=loud"});
  kept.log.set_level(LogLevel::error);
  kept.log.write(LogLine(LogLevel::warning, "a", "quiet"));
  CHECK(kept.lines.size() == 1);
}

TEST_CASE("identical lines in succession are told once and counted") {
  Kept kept;
  for (int i = 0; i < 4; ++i) kept.log.write(LogLine(LogLevel::info, "a", "same"));
  CHECK(kept.lines == std::vector<std::string>{"area=a event=same"});
  kept.log.write(LogLine(LogLevel::info, "a", "other"));
  CHECK(kept.lines == std::vector<std::string>{"area=a event=same", "area=a event=same repeated=3", "area=a event=other"});
  kept.log.flush();
  CHECK(kept.lines.size() == 3);
  kept.log.write(LogLine(LogLevel::info, "a", "other"));
  kept.log.write(LogLine(LogLevel::info, "a", "other"));
  kept.log.flush();
  CHECK(kept.lines.size() == 5);
  CHECK(kept.lines.back() == "area=a event=other repeated=1");
}

TEST_CASE("a core's record becomes a line") {
  relay::LogMail record;
  record.level = relay::LogLevel::warning;
  record.event = relay::LogEvent::link_refused;
  record.core = base::CoreId(2);
  record.peer = base::Endpoint{*base::IpAddress::parse("192.0.2.9"), 4711};
  CHECK(control::line_of(record, "").text() == R"(area=relay event="link refused" core=2 peer=192.0.2.9:4711)");
  CHECK(control::line_of(record, "").level() == LogLevel::warning);
  record.link = base::LinkId{7, 3};
  CHECK(control::line_of(record, "links_per_address").text() ==
        R"(area=relay event="link refused" core=2 link=7.3 peer=192.0.2.9:4711 reason=links_per_address)");
  record.event = relay::LogEvent::link_failed;
  record.number = 111;
  CHECK(control::line_of(record, "").text() ==
        R"(area=relay event="link failed" core=2 link=7.3 peer=192.0.2.9:4711 error="Connection refused")");
  record.event = relay::LogEvent::session_started;
  record.number = 1800;
  CHECK(control::line_of(record, "alice\n").text() ==
        R"(area=relay event="session started" core=2 link=7.3 peer=192.0.2.9:4711 user="alice\x0a" expires_s=1800)");
}

TEST_CASE("an area may have a level of its own; audit lines are always written") {
  Kept kept;
  kept.log.set_level(LogLevel::error);
  kept.log.set_level("dns", LogLevel::debug);
  kept.log.write(LogLine(LogLevel::info, "relay", "x"));
  kept.log.write(LogLine(LogLevel::debug, "dns", "x"));
  kept.log.write(LogLine(LogLevel::info, "audit", "x"));
  CHECK(kept.lines == std::vector<std::string>{"area=dns event=x", "area=audit event=x"});
  kept.log.set_level("dns", std::nullopt);
  kept.log.write(LogLine(LogLevel::warning, "dns", "y"));
  CHECK(kept.lines.size() == 2);
  CHECK(kept.log.level("dns") == LogLevel::error);
}
