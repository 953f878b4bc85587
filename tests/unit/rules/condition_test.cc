// Every operator on every kind of value, all / any / not, and the pieces that conditions are made of.
#include <catch2/catch_test_macros.hpp>

#include "rules/address_set.h"
#include "rules/glob.h"
#include "rules/text_set.h"
#include "rules_of.h"

namespace {

struct Row {
  const char* when;
  bool expected;
};

void check(const rules::Facts& facts, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    INFO(row.when);
    CHECK(test::holds(row.when, facts) == row.expected);
  }
}

}  // namespace

TEST_CASE("operators on numbers and sizes") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  facts.size = 2048;
  check(facts, {{"{ size = 2048 }", true},
                {R"({ size = "2KiB" })", true},
                {R"({ size = ["1KiB", "2KiB"] })", true},
                {R"({ size = ["1KiB", "3KiB"] })", false},
                {"{ size = { eq = 2048 } }", true},
                {"{ size = { ne = 2048 } }", false},
                {"{ size = { ne = 2049 } }", true},
                {"{ size = { in = [1, 2048] } }", true},
                {"{ size = { not_in = [1, 2048] } }", false},
                {"{ size = { not_in = [1, 2] } }", true},
                {"{ size = { lt = 2049 } }", true},
                {"{ size = { lt = 2048 } }", false},
                {"{ size = { le = 2048 } }", true},
                {"{ size = { le = 2047 } }", false},
                {"{ size = { gt = 2047 } }", true},
                {"{ size = { gt = 2048 } }", false},
                {"{ size = { ge = 2048 } }", true},
                {"{ size = { ge = 2049 } }", false},
                {"{ size = { gt = 1000, lt = 3000 } }", true},
                {"{ size = { gt = 1000, lt = 2000 } }", false},
                {"{ size = { exists = true } }", true}});
  facts.size = UINT64_MAX;
  check(facts, {{R"({ size = { gt = "1000GiB" } })", true}, {R"({ size = { le = "1000GiB" } })", false}});
  facts.size = 0;
  check(facts, {{"{ size = { lt = 1 } }", true}, {"{ size = { gt = 0 } }", false}, {"{ size = { ge = 0 } }", true}});
}

TEST_CASE("operators on text") {
  const test::Frame frame(test::send_to(test::two_hops));
  check(frame.facts(), {{R"({ user = "alice" })", true},
                        {R"({ user = ["bob", "alice"] })", true},
                        {R"({ user = { eq = "alice" } })", true},
                        {R"({ user = { ne = "alice" } })", false},
                        {R"({ user = { ne = "bob" } })", true},
                        {R"({ user = { in = ["bob", "alice"] } })", true},
                        {R"({ user = { in = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "alice"] } })", true},
                        {R"({ user = { in = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "alicf"] } })", false},
                        {R"({ user = { not_in = ["bob", "alice"] } })", false},
                        {R"({ user = { like = "al*" } })", true},
                        {R"({ user = { like = ["b*", "*ce"] } })", true},
                        {R"({ user = { not_like = "al*" } })", false},
                        {R"({ user = { not_like = ["b*", "c*"] } })", true},
                        {R"({ user = { match = "^al.ce$" } })", true},
                        {R"({ user = { match = "lic" } })", true},
                        {R"({ user = { match = "^lic" } })", false},
                        {R"({ user = { not_match = ["x", "^a"] } })", false},
                        {R"({ user = { match = "ALICE" } })", false},
                        {R"({ user = { exists = true } })", true},
                        {R"({ user = { exists = false } })", false}});
}

TEST_CASE("an absent fact fails every operator but exists = false") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  facts.user = {};
  facts.direction = rules::Direction::none;
  for (const char* op : {"eq = 'a'", "ne = 'a'", "in = ['a']", "not_in = ['a']", "like = 'a'", "not_like = 'a'", "match = 'a'",
                         "not_match = 'a'", "exists = true"}) {
    INFO(op);
    CHECK_FALSE(test::holds("{ user = { " + std::string(op) + " } }", facts));
    CHECK_FALSE(test::holds("{ header.X-Absent = { " + std::string(op) + " } }", facts));
    CHECK_FALSE(test::holds("{ content_type = { " + std::string(op) + " } }", facts));
  }
  for (const char* op : {"eq = 5", "ne = 5", "in = [5]", "not_in = [5]", "lt = 5", "le = 5", "gt = 5", "ge = 5", "exists = true"}) {
    INFO(op);
    CHECK_FALSE(test::holds("{ byte_range.total = { " + std::string(op) + " } }", facts));
    CHECK_FALSE(test::holds("{ msrp.nexthop.port = { " + std::string(op) + " }, msrp.nexthops = 0 }", facts));
  }
  check(facts, {{"{ user = { exists = false } }", true},
                {"{ direction = { ne = 'to-client' } }", false},
                {"{ direction = { exists = false } }", true},
                {"{ byte_range.total = { exists = false } }", true},
                {"{ not = { user = 'a' } }", true}});  // `not` turns the answer round, absent or not
}

TEST_CASE("enumerations and methods") {
  const test::Frame frame(test::request_to("NICKNAME", test::two_hops));
  check(frame.facts(), {{R"({ method = "NICKNAME" })", true},
                        {R"({ method = ["SEND", "NICKNAME"] })", true},
                        {R"({ method = { ne = "SEND" } })", true},
                        {R"({ method = { not_in = ["SEND", "REPORT", "AUTH"] } })", true},
                        {R"({ method = { not_in = ["SEND", "NICKNAME"] } })", false},
                        {R"({ method = { like = "NICK*" } })", true},
                        {R"({ method = { match = "^[A-Z]+$" } })", true},
                        {R"({ session = { ne = "unknown" } })", true},
                        {R"({ session = { in = ["known", "none"] } })", true},
                        {R"({ session = { not_in = ["known", "none"] } })", false}});
}

TEST_CASE("addresses and networks") {
  const test::Frame frame(test::send_to(test::two_hops));
  rules::Facts facts = frame.facts();
  check(facts, {{R"({ source = "203.0.113.9" })", true},
                {R"({ source = ["203.0.113.8", "203.0.113.9"] })", true},
                {R"({ source = { ne = "203.0.113.9" } })", false},
                {R"({ source = { in = ["10.0.0.0/8", "203.0.113.8/31"] } })", true},
                {R"({ source = { not_in = ["10.0.0.0/8", "203.0.113.0/24"] } })", false},
                {R"({ source = { not_in = ["10.0.0.0/8"] } })", true},
                {R"({ source = { in = ["::/0"] } })", false},
                {R"({ source = { in = ["0.0.0.0/0"] } })", true}});
  facts.source.address = *base::IpAddress::parse("2001:db8:0:1::9");
  check(facts, {{R"({ source = { in = ["2001:db8::/47"] } })", true}, {R"({ source = { in = ["2001:db8::/64"] } })", false}});
}

TEST_CASE("all, any, not") {
  const test::Frame frame(test::send_to(test::two_hops));
  check(frame.facts(), {{R"({ any = { user = "bob", realm = "example.org" } })", true},
                        {R"({ any = { user = "bob", realm = "example.com" } })", false},
                        {R"({ any = [{ user = "alice", realm = "example.com" }, { user = "bob" }] })", false},
                        {R"({ any = [{ user = "alice", realm = "example.org" }, { user = "bob" }] })", true},
                        {R"({ all = { user = "alice", realm = "example.org" } })", true},
                        {R"({ all = [{ user = "alice" }, { realm = "example.com" }] })", false},
                        {R"({ not = { user = "alice", realm = "example.com" } })", true},
                        {R"({ not = { user = "alice", realm = "example.org" } })", false},
                        {R"({ not = { any = { user = "bob", realm = "example.com" } }, method = "SEND" })", true},
                        {R"({ not = { not = { user = "alice" } } })", true},
                        {R"({ any = { not = { user = "alice" }, all = { user = "alice", method = "SEND" } } })", true},
                        {R"({ any = { size = { gt = 200, lt = 300 }, user = "bob" } })", false},
                        {R"({ any = { msrp.nexthops = 5, msrp.prevhops = 2 } })", true},
                        {R"({ not = { any = [{ not = { user = "bob" } }, { size = 5 }] } })", false},
                        {R"({})", true}});
}

TEST_CASE("a header on several lines: one that holds is enough, and none of them may match a negation") {
  const test::Frame frame(test::send_to(test::two_hops, "X-Tag: good\nX-Other: 1\nx-TAG: bad"));
  check(frame.facts(), {{R"({ header.X-Tag = "bad" })", true},
                        {R"({ header.X-Tag = "good" })", true},
                        {R"({ header.X-Tag = { eq = "bad", ne = "worse" } })", true},
                        {R"({ header.X-Tag = { ne = "bad" } })", false},
                        {R"({ header.X-Tag = { not_like = "b*" } })", false},
                        {R"({ header.X-Tag = { not_match = "^b" } })", false},
                        {R"({ header.x-tag = { like = "b*" }, header.X-Other = "1" })", true},
                        {R"({ header.X-Tag = { exists = false } })", false}});
}

TEST_CASE("glob: a star is any run, a backslash makes it one") {
  const auto like = [](const char* pattern, const char* text, bool caseless = false) {
    return rules::Glob(pattern, caseless).matches(text);
  };
  CHECK(like("", ""));
  CHECK_FALSE(like("", "a"));
  CHECK(like("*", ""));
  CHECK(like("**", "anything"));
  CHECK(like("a*", "a"));
  CHECK(like("*a", "a"));
  CHECK(like("a*a", "aa"));
  CHECK_FALSE(like("a*a", "a"));  // the ends do not share an octet
  CHECK(like("a*b*c", "aXbYbZc"));
  CHECK_FALSE(like("a*b*c", "aXc"));
  CHECK_FALSE(like("*ab*ab", "ab"));
  CHECK(like("*ab*ab", "abab"));
  CHECK(like("a.c", "a.c"));
  CHECK_FALSE(like("a.c", "abc"));
  CHECK(like(R"(a\*c)", "a*c"));
  CHECK_FALSE(like(R"(a\*c)", "abc"));
  CHECK(like(R"(a\b)", R"(a\b)"));
  CHECK(like("TEXT/*", "text/plain", true));
  CHECK_FALSE(like("TEXT/*", "text/plain", false));
  CHECK(like("*PLAIN*utf*", "text/plain; charset=UTF-8", true));
}

TEST_CASE("sets of text find what is in them, few or many, with case or without") {
  std::vector<std::string> names;
  for (int at = 0; at < 100; at += 2) names.push_back("User" + std::to_string(at));
  const rules::TextSet exact(names, false);
  const rules::TextSet caseless(names, true);
  for (int at = 0; at < 100; ++at) {
    CHECK(exact.contains("User" + std::to_string(at)) == (at % 2 == 0));
    CHECK(caseless.contains("uSER" + std::to_string(at)) == (at % 2 == 0));
    CHECK_FALSE(exact.contains("user" + std::to_string(at)));
  }
  CHECK_FALSE(rules::TextSet().contains(""));
}

TEST_CASE("sets of addresses say the same as their networks one by one") {
  const std::vector<std::string> networks = {"10.0.0.0/8",           "10.1.0.0/16",     "192.0.2.128/25", "192.0.2.7",
                                             "0.0.0.0/32",           "255.255.255.255", "2001:db8::/33",  "2001:db8::/64",
                                             "2001:db8:ffff::1/128", "::/128"};
  rules::AddressSet set;
  std::vector<base::Network> one_by_one;
  for (const std::string& network : networks) {
    INFO(network);
    REQUIRE(set.add(network));
    one_by_one.push_back(*base::Network::parse(network));
  }
  CHECK_FALSE(set.add("10.0.0.1/8"));
  CHECK_FALSE(set.add("example.org"));
  set.seal();
  for (const char* text :
       {"0.0.0.0",   "0.0.0.1",    "9.255.255.255",        "10.0.0.0",        "10.1.2.3",         "10.255.255.255",   "11.0.0.0",
        "192.0.2.7", "192.0.2.8",  "192.0.2.127",          "192.0.2.128",     "192.0.2.255",      "255.255.255.255",  "::",
        "::1",       "2001:db8::", "2001:db8:7fff:ffff::", "2001:db8:8000::", "2001:db8:ffff::1", "2001:db8:ffff::2", "::ffff:10.1.2.3"}) {
    INFO(text);
    const base::IpAddress address = *base::IpAddress::parse(text);
    bool expected = false;
    for (const base::Network& network : one_by_one) expected = expected || network.contains(address);
    CHECK(set.contains(address) == expected);
  }
}
