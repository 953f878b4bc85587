// What verdicts carry: codes, reasons and headers with their templates, relay options.
#include "rules/core_state.h"

#undef CHECK
#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "rules/frame_view.h"
#include "rules_of.h"

namespace {

// The reason that a template gives.
std::string reason(const std::string& text, const rules::Facts& facts) {
  const auto rules =
      test::good("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"reply\"\nreply = { code = 403, reason = '" + text + "' }\n");
  return test::decide(*rules, facts).reason;
}

}  // namespace

TEST_CASE("templates say what the frame is") {
  const test::Frame frame(test::send_to(test::two_hops, "X-Tag: a\tb"));
  rules::Facts facts = frame.facts();
  CHECK(reason("plain", facts) == "plain");
  CHECK(reason("", facts).empty());
  CHECK(reason("for ${listener.name}: ${user}@${realm}", facts) == "for public: alice@example.org");
  CHECK(reason("${msrp.sessid}|${msrp.lasthop.host}|${msrp.lasthop.port}|${msrp.crthop.scheme}", facts) == "s1|192.0.2.9|7777|msrp");
  CHECK(reason("${msrp.lasthop}", facts) == "msrp://192.0.2.9:7777/bob;tcp");
  CHECK(reason("${method} ${session} ${size} ${source} ${local} ${transport}", facts) == "SEND known 100 203.0.113.9 192.0.2.1 tcp");
  CHECK(reason("[${header.X-Tag}] [${header.\"x-tag\"}]", facts) == "[ab] [ab]");  // without the tab
  CHECK(reason("[${content_type}${byte_range.total}${header.X-None}${direction}]", facts) == "[from-client]");
  CHECK(reason("$${user} $$ $ {x}", facts) == "${user} $$ $ {x}");
  facts.source.address = *base::IpAddress::parse("2001:db8::1");
  CHECK(reason("${source} ${msrp.srcaddr} ${msrp.srcsock}", facts) == "2001:db8::1 msrp://[2001:db8::1]:40000 tcp:192.0.2.1:2855");
}

TEST_CASE("what a template inserts is bounded and cut between characters") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  const std::string longest(256, 'x');
  facts.user = longest;
  CHECK(reason("<${user}>", facts) == "<" + longest + ">");
  const std::string longer(300, 'x');
  facts.user = longer;
  CHECK(reason("<${user}>", facts) == "<" + longest + ">");
  // Two octets a character: 255 + 2 does not fit, 254 + 2 does.
  const std::string odd = std::string(255, 'x') + "\xC3\xA9";
  facts.user = odd;
  CHECK(reason("<${user}>", facts) == "<" + std::string(255, 'x') + ">");
  const std::string even = std::string(254, 'x') + "\xC3\xA9";
  facts.user = even;
  CHECK(reason("<${user}>", facts) == "<" + even + ">");
  const std::string four = std::string(253, 'x') + "\xF0\x9F\x99\x82";
  facts.user = four;
  CHECK(reason("<${user}>", facts) == "<" + std::string(253, 'x') + ">");
  facts.user = std::string_view("a\r\nTo-Path: b\0c\x7F", 17);
  CHECK(reason("${user}", facts) == "aTo-Path: bc");
}

TEST_CASE("reply headers are whole lines") {
  const auto rules = test::good(
      "[[rule]]\nwhen = { method = \"SEND\" }\naction = \"reply\"\nreply = { code = 413, reason = \"Too big for ${listener.name}\", "
      "headers = { "
      "\"X-Session\" = \"${msrp.sessid}\", X-Plain = \"yes\" } }\n");
  const test::Frame frame(test::send_to(test::two_hops));
  const test::Decision decision = test::decide(*rules, frame.facts());
  CHECK(decision.verdict.code == 413);
  CHECK(decision.reason == "Too big for public");
  CHECK((decision.headers == "X-Session: s1\r\nX-Plain: yes\r\n" || decision.headers == "X-Plain: yes\r\nX-Session: s1\r\n"));
}

TEST_CASE("plain replies are views of the rules, not of what a core keeps") {
  const auto rules =
      test::good("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"reply\"\nreply = { code = 415, headers = { X = \"y\" } }\n");
  const test::Frame frame(test::send_to(test::two_hops));
  const std::unique_ptr<rules::CoreState> state = rules->make_state(1);
  const rules::Verdict verdict = rules->decide(frame.facts(), *state);
  const test::Frame other(test::send_to(test::two_hops));
  rules->decide(other.facts(), *state);
  CHECK(verdict.reason == "Media Type Not Understood");
  CHECK(verdict.headers == "X: y\r\n");
}

TEST_CASE("relay options reach the verdict") {
  const auto rules = test::good(R"([[rule]]
when   = { msrp.lasthop.host = "archive.example.org" }
action = "relay"
relay  = { next_hop = "msrp://192.0.2.10:8000;tcp", link = "new" }
)");
  const test::Frame frame(test::send_to("msrp://relay.example.org:2855/s1;tcp msrp://archive.example.org:2855/x;tcp"));
  const rules::Verdict verdict = test::decide(*rules, frame.facts()).verdict;
  CHECK(verdict.action == rules::Action::relay);
  CHECK(verdict.next_hop == "msrp://192.0.2.10:8000;tcp");
  CHECK(verdict.link == rules::LinkChoice::fresh);
  const test::Frame other(test::send_to(test::two_hops));
  const rules::Verdict builtin = test::decide(*rules, other.facts()).verdict;
  CHECK(builtin.next_hop.empty());
  CHECK(builtin.link == rules::LinkChoice::reuse);
}

TEST_CASE("responses and REPORTs are never replied to, SIP is never relayed, whatever a rule says") {
  const auto reply = test::good("[[rule]]\naction = \"reply\"\nreply = { code = 403 }\n");
  const auto relay = test::good("[[rule]]\naction = \"relay\"\n");
  const test::Frame response(test::response(200));
  const test::Frame report(test::request_to("REPORT", test::two_hops, "Status: 000 200 OK"));
  const test::Frame send(test::send_to(test::two_hops));
  CHECK(test::outcome(*reply, response.facts()) == "drop");
  CHECK(test::outcome(*reply, report.facts()) == "drop");
  CHECK(test::outcome(*reply, send.facts()) == "reply 403");
  CHECK(test::decide(*reply, report.facts()).rule == "rule[0]");  // counted where it happened
  rules::Facts sip;
  sip.protocol = rules::Protocol::sip;
  CHECK(test::outcome(*relay, sip) == "close");
  CHECK(test::outcome(*reply, sip) == "reply 403");
}

TEST_CASE("addresses are written as RFC 5952 says") {
  for (const char* text : {"0.0.0.0", "255.255.255.255", "192.0.2.1", "::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1",
                           "2001:0:0:1::1", "1:2:3:4:5:6:7:8", "fe80::1:0:0:1", "::1:0:0:0:1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    INFO(text);
    const base::IpAddress address = *base::IpAddress::parse(text);
    char written[64];
    CHECK(std::string(written, rules::write_address(address, written)) == address.to_string());
  }
}
