// Every variable of the language: what it is on a parsed frame, and where it is absent.
#include "rules/variable.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "rules_of.h"

namespace {

using test::holds;

constexpr std::string_view rich_headers =
    "Byte-Range: 5-*/2000\nSuccess-Report: yes\nFailure-Report: partial\nExpires: 90\nX-Tag: one\nx-tag: two\nContent-Type: Text/Plain; "
    "charset=UTF-8";

test::Frame rich() {
  return test::Frame(
      test::send_to("msrp://relay.example.org:2855/s1+/=;tcp msrp://[2001:DB8::1]:9000/mid;ws;a=b msrp://bob@192.0.2.9:7777/bob;tcp;q=1;z",
                    rich_headers),
      true);
}

void check_all(const rules::Facts& facts, std::initializer_list<const char*> hold, std::initializer_list<const char*> fail) {
  for (const char* when : hold) {
    INFO(when);
    CHECK(holds(when, facts));
  }
  for (const char* when : fail) {
    INFO(when);
    CHECK_FALSE(holds(when, facts));
  }
}

}  // namespace

TEST_CASE("variables of a request's start line and headers") {
  const test::Frame frame = rich();
  check_all(frame.facts(),
            {R"({ kind = "request" })",
             R"({ method = "SEND" })",
             R"({ msrp.method = "SEND" })",
             R"({ protocol = "msrp" })",
             R"({ msrp.transid = "a1b2c3d4" })",
             R"({ message_id = "4711" })",
             R"({ msrp.msgid = "4711" })",
             R"({ success_report = "yes" })",
             R"({ failure_report = "partial" })",
             R"({ byte_range.start = 5 })",
             R"({ byte_range.total = { ge = "1KiB", lt = "2KiB" } })",
             R"({ byte_range.end = { exists = false } })",
             R"({ expires = "90s" })",
             R"({ expires = { lt = "2m" } })",
             R"({ content_type = "text/PLAIN" })",
             R"({ header.X-TAG = "two" })",
             R"({ header."Content-Type" = { like = "*charset*" } })",
             R"({ msrp.hdrs = { like = "To-Path: *\r\nX-Tag: one\r\n*" } })",
             R"({ code = { exists = false } })",
             R"({ msrp.reason = { exists = false } })",
             R"({ status = { exists = false } })"},
            {R"({ kind = "response" })", R"({ method = "AUTH" })", R"({ success_report = "no" })", R"({ failure_report = "yes" })",
             R"({ byte_range.end = { gt = 0 } })", R"({ header.X-Other = { exists = true } })",
             R"({ content_type = { ne = "text/plain" } })", R"({ code = { ne = 200 } })"});
}

TEST_CASE("variables of a response") {
  const test::Frame frame(test::response(481, "No Such Session"));
  check_all(frame.facts(),
            {R"({ kind = "response" })", R"({ code = 481 })", R"({ msrp.code = { ge = 400 } })", R"({ msrp.reason = "No Such Session" })",
             R"({ method = { exists = false } })", R"({ failure_report = { exists = false } })", R"({ msrp.nexthops = 0 })"},
            {R"({ kind = "request" })", R"({ code = 200 })", R"({ method = { ne = "SEND" } })"});
  const test::Frame bare(test::response(200, ""));
  CHECK(holds(R"({ msrp.reason = { exists = false } })", bare.facts()));
}

TEST_CASE("status is the code of a REPORT") {
  const test::Frame frame(test::request_to("REPORT", test::two_hops, "Byte-Range: 1-5/5\nStatus: 000 408 Request Timeout"));
  check_all(frame.facts(), {"{ status = 408 }", "{ status = { exists = true } }", R"({ method = "REPORT" })"}, {"{ status = 200 }"});
}

TEST_CASE("report flags are resolved when their headers are absent (R-021)") {
  const test::Frame frame(test::send_to(test::two_hops));
  check_all(frame.facts(), {R"({ failure_report = "yes" })", R"({ success_report = "no" })", "{ byte_range.start = { exists = false } }"},
            {});
}

TEST_CASE("variables of the path") {
  const test::Frame frame = rich();
  check_all(
      frame.facts(),
      {"{ msrp.nexthops = 2 }",
       "{ msrp.prevhops = 2 }",
       R"({ msrp.sessid = "s1+/=" })",
       R"({ msrp.crthop.session = "s1+/=" })",
       R"({ msrp.crthop = "msrp://RELAY.example.org:2855/s1+/=;TCP" })",
       R"({ msrp.crthop.scheme = "msrp" })",
       R"({ msrp.crthop.host = "Relay.Example.Org" })",
       "{ msrp.crthop.port = 2855 }",
       R"({ msrp.crthop.proto = "tcp" })",
       "{ msrp.crthop.user = { exists = false } }",
       "{ msrp.crthop.params = { exists = false } }",
       R"({ msrp.nexthop.host = "2001:db8:0::1" })",
       R"({ msrp.nexthop.host = "[2001:db8::1]" })",
       R"({ msrp.nexthop.host = { like = "[2001:db8*" } })",
       R"({ msrp.nexthop.proto = "WS" })",
       R"({ msrp.nexthop.params = "a=b" })",
       R"({ msrp.lasthop = { user = "bob", port = 7777 } })",
       R"({ msrp.lasthop.userinfo = "bob" })",
       R"({ msrp.lasthop.params = "q=1;z" })",
       R"({ msrp.lasthop.session = "bob" })",
       R"({ msrp.prevhop.host = "near.example.net" })",
       R"({ msrp.firsthop.port = 9 })",
       R"({ msrp.firsthop = { like = "msrp://203.0.113.9:9/*" } })",
       R"({ msrp.firsthop = { in = ["msrp://203.0.113.9:9/alice;tcp", "msrp://h:1/x;tcp"] } })"},
      {R"({ msrp.crthop = "msrps://relay.example.org:2855/s1+/=;tcp" })",
       R"({ msrp.crthop = { ne = "msrp://relay.example.org:2855/s1+/=;tcp" } })", R"({ msrp.lasthop = { user = "bob", port = 7778 } })",
       R"({ msrp.lasthop.host = "192.0.2.10" })", R"({ msrp.sessid = "S1+/=" })"});
  const test::Frame single(test::request_to("AUTH", "msrp://relay.example.org;tcp"));
  check_all(single.facts(),
            {"{ msrp.nexthops = 0 }", "{ msrp.nexthop = { exists = false } }", "{ msrp.crthop.port = { exists = false } }",
             "{ msrp.sessid = { exists = false } }", R"({ msrp.lasthop.host = "relay.example.org" })"},
            {R"({ msrp.nexthop.host = { ne = "x" } })", "{ msrp.crthop.port = { ne = 1 } }"});
}

TEST_CASE("the path that counts at this hop is the one of the facts") {
  const test::Frame frame(test::send_to(test::two_hops));
  auto rest = std::make_unique<msrp::Path>();
  rest->uris[0] = frame.head().to_path.uris[1];
  rest->count = 1;
  rules::Facts facts = frame.facts();
  facts.hop = 2;
  facts.to_path = rest.get();
  check_all(facts, {"{ hop = 2 }", "{ msrp.nexthops = 0 }", R"({ msrp.sessid = "bob" })"}, {"{ hop = 1 }"});
}

TEST_CASE("facts that are not in the frame") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  check_all(facts,
            {"{ hop = 1 }", R"({ session = "known" })", R"({ direction = "from-client" })", R"({ user = "alice" })",
             R"({ realm = "example.org" })", R"({ listener = "public" })", R"({ listener.name = "public" })", R"({ transport = "tcp" })",
             R"({ source = "203.0.113.9" })", R"({ source = { in = ["203.0.113.0/24"] } })", R"({ local = "192.0.2.1" })", "{ size = 100 }",
             R"({ msrp.srcaddr = "msrp://203.0.113.9:40000" })", R"({ msrp.srcaddr.host = "203.0.113.9" })",
             "{ msrp.srcaddr.port = 40000 }", R"({ msrp.srcaddr.scheme = "msrp" })", R"({ msrp.srcsock = "tcp:192.0.2.1:2855" })"},
            {R"({ user = "Alice" })", R"({ direction = "to-client" })", R"({ transport = "tls" })",
             R"({ source = { not_in = ["203.0.113.0/24"] } })"});
  facts.session = rules::SessionFact::none;
  facts.direction = rules::Direction::none;
  facts.user = facts.realm = facts.listener = {};
  facts.transport = "wss";
  facts.source = {*base::IpAddress::parse("2001:db8::1:0:0:7"), 5};
  facts.size = std::uint64_t{10} << 20U;
  check_all(facts,
            {R"({ session = "none" })", "{ direction = { exists = false } }", "{ user = { exists = false } }",
             "{ realm = { exists = false } }", "{ listener = { exists = false } }", R"({ transport = ["ws", "wss"] })",
             R"({ msrp.srcaddr = "msrps://[2001:db8::1:0:0:7]:5" })", R"({ msrp.srcaddr.host = "2001:db8::1:0:0:7" })",
             R"({ msrp.srcaddr.scheme = "msrps" })", R"({ size = "10MiB" })", R"({ source = { in = ["10.0.0.0/8", "2001:db8::/32"] } })"},
            {R"({ user = { ne = "alice" } })", R"({ user = { not_in = ["alice"] } })", R"({ direction = ["from-client", "to-client"] })"});
  facts.session = rules::SessionFact::unknown;
  facts.direction = rules::Direction::to_client;
  check_all(facts, {R"({ session = "unknown" })", R"({ direction = "to-client" })"}, {});
}

TEST_CASE("a SIP request has no MSRP head, whatever lies in the facts") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  facts.protocol = rules::Protocol::sip;
  check_all(facts, {R"({ protocol = "sip" })", R"({ protocol = "sip", user = "alice" })", R"({ source = "203.0.113.9" })"},
            {R"({ method = "SEND" })", R"({ kind = "request" })", R"({ message_id = "4711" })", "{ msrp.nexthops = 1 }",
             R"({ header.To-Path = { exists = true } })"});
}

namespace {

// Rows of the table in docs/rules.md: a line for each variable, aliases together, then one for each part of a URI.
std::string rows() {
  constexpr std::string_view alias = "the same as ";
  std::string table = "| variable | type | |\n|---|---|---|\n";
  std::string parts = "\n| part of a URI | type | |\n|---|---|---|\n";
  const std::string_view first_uri = "msrp.crthop";
  for (const rules::VariableInfo& info : rules::variables()) {
    const bool part = info.name.starts_with(std::string(first_uri) + ".");
    if (info.part != rules::Part::whole && info.name != "msrp.sessid" && !part) continue;
    if (info.meaning.starts_with(alias)) continue;
    std::string row = "| `" + std::string(part ? info.name.substr(first_uri.size()) : info.name) + "`";
    for (const rules::VariableInfo& other : rules::variables()) {
      if (other.meaning == std::string(alias) + std::string(info.name)) row += ", `" + std::string(other.name) + "`";
    }
    row += " | " + std::string(rules::name_of(info.type)) + " | " + std::string(info.meaning);
    for (std::size_t at = 0; at < info.values.size(); ++at)
      row += std::string(at > 0 ? ", `" : info.meaning.empty() ? "`" : ": `") + std::string(info.values[at]) + "`";
    (part ? parts : table) += row + " |\n";
  }
  table += "| `header.\"Name\"` | " + std::string(rules::name_of(rules::header_info().type)) + " | " +
           std::string(rules::header_info().meaning) + " |\n";
  return table + parts;
}

}  // namespace

TEST_CASE("docs/rules.md has every variable and every part of a URI") {
  const std::string begin = "<!-- variables: generated -->\n\n";
  const std::string end = "\n<!-- end of the variables -->\n";
  std::ifstream file(RULES_PAGE);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(end);
  REQUIRE((from != std::string::npos && to != std::string::npos && from < to));
  const std::string wanted = page.substr(0, from + begin.size()) + rows() + page.substr(to);
  if (std::getenv("UPDATE_DOCS") != nullptr) std::ofstream(RULES_PAGE) << wanted;
  CHECK((page == wanted || std::getenv("UPDATE_DOCS") != nullptr));
}

TEST_CASE("the table of variables is sound") {
  std::set<std::string_view> names;
  for (const rules::VariableInfo& info : rules::variables()) {
    INFO(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(rules::find_variable(info.name) == &info);
    CHECK((info.type == rules::Type::enumeration) == !info.values.empty());
    CHECK((info.always_present & ~info.may_be_present) == 0);
    CHECK(info.least <= info.most);
  }
  CHECK(rules::find_variable("msrp.lasthop.userinfo") != nullptr);
  CHECK(rules::find_variable("header") == nullptr);
  CHECK(rules::is_variable_prefix("msrp"));
  CHECK_FALSE(rules::is_variable_prefix("msr"));
}
