// Every fault of a rule: its place, its key, its reason and the nearest right name.
#include <catch2/catch_test_macros.hpp>

#include "rules_of.h"

namespace {

// The one fault of the text, as "line:column key: reason [nearest]".
std::string fault_of(const std::string& toml) {
  const test::Compiled compiled = test::compile(toml);
  std::string all;
  for (const config::Fault& fault : compiled.faults) {
    if (fault.warning) continue;
    all += (all.empty() ? "" : " | ") + std::to_string(fault.place.line) + ":" + std::to_string(fault.place.column) + " " + fault.key +
           ": " + fault.reason + (fault.nearest.empty() ? "" : " [" + fault.nearest + "]");
  }
  CHECK((compiled.rules == nullptr) == !all.empty());
  return all;
}

// With the condition on line 2 from column 8 on.
std::string fault_of_condition(const std::string& condition) { return fault_of("[[rule]]\nwhen = " + condition + "\naction = \"drop\"\n"); }

struct Row {
  const char* text;
  const char* fault;
};

}  // namespace

TEST_CASE("faults of names in conditions") {
  const Row rows[] = {
      {"{ usr = 'a' }", "2:10 rule[0].when.usr: unknown variable [user]"},
      {"{ msrp.nexthop.hst = 'a' }", "2:23 rule[0].when.msrp.nexthop.hst: neither an operator nor a part of msrp.nexthop [host]"},
      {"{ msrp.nxthops = 1 }", "2:15 rule[0].when.msrp.nxthops: unknown variable [msrp.nexthops]"},
      {"{ nexthops = 1 }", "2:10 rule[0].when.nexthops: unknown variable [msrp.nexthops]"},
      {"{ msrp = 1 }", "2:17 rule[0].when.msrp: msrp is no variable but a table of variables"},
      {"{ header = 'x' }", "2:19 rule[0].when.header: header is no variable but a table of variables"},
      {"{ header.'a b' = 'x' }", "2:17 rule[0].when.header.a b: can never hold: not the name of a header"},
      {"{ user = { lik = 'a*' } }", "2:19 rule[0].when.user.lik: neither an operator nor a part of user [like]"},
      {"{ user = {} }", "2:17 rule[0].when.user: no operator"},
      {"{ rate = { above = '1/s' } }", "2:17 rule[0].when.rate: a rate needs a key: [\"source\"], or [] for all frames together"},
      {"{ rate = { key = ['source'] } }", "2:17 rule[0].when.rate: a rate needs above = \"100/s\""},
      {"{ rate = { key = ['sorce'], above = '1/s' } }", "2:26 rule[0].when.rate.key: unknown variable [source]"},
      {"{ rate = { key = [], above = '1' } }", "2:37 rule[0].when.rate.above: not a rate: \"100/s\", \"5/m\" and \"20/h\" are"},
      {"{ rate = { key = [], abve = '1/s' } }",
       "2:29 rule[0].when.rate.abve: unknown key [above] | 2:17 rule[0].when.rate: a rate needs above = \"100/s\""},
      {"{ rate = 5 }", "2:17 rule[0].when.rate: an integer where a table with key and above is needed"},
      {"{ any = [{ rate = { key = [], above = '1/s' } }] }",
       "2:19 rule[0].when.any[0].rate: rate stands at the top of when: it is asked when all else holds"},
      {"'x'", "2:8 rule[0].when: text where a table of conditions is needed"},
      {"{ any = {} }", "2:10 rule[0].when.any: nothing to combine"},
      {"{ any = 'x' }", "2:16 rule[0].when.any: text where a table of conditions is needed | 2:10 rule[0].when.any: nothing to combine"},
      {"{ any = [{ usr = 'a' }, { user = 'b' }] }", "2:19 rule[0].when.any[0].usr: unknown variable [user]"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(fault_of_condition(row.text) == row.fault);
  }
}

TEST_CASE("faults of values in conditions") {
  const Row rows[] = {
      {"{ user = 5 }", "2:17 rule[0].when.user: an integer where a value of type text is needed"},
      {"{ user = true }", "2:17 rule[0].when.user: a boolean where a value of type text is needed"},
      {"{ user = ['a', 5] }", "2:23 rule[0].when.user: an integer where a value of type text is needed"},
      {"{ user = [] }", "2:17 rule[0].when.user: an empty list"},
      {"{ user = '' }", "2:17 rule[0].when.user: user is never empty: what is not there is asked for by exists = false"},
      {"{ user = { eq = ['a'] } }", "2:24 rule[0].when.user.eq: eq takes one value; for a list there is in"},
      {"{ user = { in = 'a' } }", "2:24 rule[0].when.user.in: in takes a list"},
      {"{ user = { exists = 'yes' } }", "2:28 rule[0].when.user.exists: exists takes true or false"},
      {"{ user = { lt = 'a' } }", "2:24 rule[0].when.user.lt: lt is no operator for the type text"},
      {"{ size = { like = '1*' } }", "2:26 rule[0].when.size.like: like is no operator for the type size"},
      {"{ size = '10Mib' }",
       "2:17 rule[0].when.size: unknown unit (a whole number and its unit: B, KiB, MiB, GiB, kB, KB, MB, GB) [10MiB]"},
      {"{ size = 'big' }", "2:17 rule[0].when.size: no number (a whole number and its unit: B, KiB, MiB, GiB, kB, KB, MB, GB)"},
      {"{ size = -1 }", "2:17 rule[0].when.size: a negative number"},
      {"{ size = '99999999999GiB' }", "2:17 rule[0].when.size: too large (a whole number and its unit: B, KiB, MiB, GiB, kB, KB, MB, GB)"},
      {"{ size = 1.5 }", "2:17 rule[0].when.size: a fraction where a value of type size is needed"},
      {"{ expires = '5 minutes' }", "2:20 rule[0].when.expires: unknown unit (a whole number and its unit: ms, s, m, h, d)"},
      {"{ expires = '1500ms' }", "2:20 rule[0].when.expires: not in whole seconds"},
      {"{ session = 'knwn' }", "2:20 rule[0].when.session: \"knwn\" is no session (none, known, unknown) [known]"},
      {"{ success_report = true }", "2:27 rule[0].when.success_report: a boolean where a value of type enumeration is needed"},
      {"{ method = 'send' }", "2:19 rule[0].when.method: can never hold: the name of a method is upper-case letters (RFC 4975 9) [SEND]"},
      {"{ source = '10.0.0.0/8' }", "2:19 rule[0].when.source: equality takes one address; for a network there is in = [\"10.0.0.0/8\"]"},
      {"{ source = 'host' }", "2:19 rule[0].when.source: not an address"},
      {"{ source = { in = ['10.0.0.1/8'] } }", "2:27 rule[0].when.source.in: neither an address nor a network whose host bits are zero"},
      {"{ user = { match = '(' } }", "2:27 rule[0].when.user.match: not a regular expression: missing ): ("},
      {"{ content_type = 'text/plain; charset=utf-8' }",
       "2:25 rule[0].when.content_type: can never be: content_type is compared without its parameters; they are in "
       "header.\"Content-Type\""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(fault_of_condition(row.text) == row.fault);
  }
  CHECK(fault_of_condition("{ msrp.crthop = 'http://x' }").starts_with("2:24 rule[0].when.msrp.crthop: not an MSRP URI: "));
}

TEST_CASE("conditions that can never hold") {
  const Row rows[] = {
      {"{ code = 1000 }", "2:17 rule[0].when.code: can never be: code is 0 to 999"},
      {"{ code = { gt = 999 } }", "2:24 rule[0].when.code.gt: can never hold: code is at most 999"},
      {"{ msrp.nexthops = { lt = 0 } }", "2:33 rule[0].when.msrp.nexthops.lt: can never hold: msrp.nexthops is at least 0"},
      {"{ hop = { lt = 1 } }", "2:23 rule[0].when.hop.lt: can never hold: hop is at least 1"},
      {"{ size = { gt = 5, lt = 5 } }", "2:32 rule[0].when.size.lt: can never hold together with the other conditions of size"},
      {"{ size = 5, all = { size = { gt = 5 } } }", ""},
      {"{ user = { eq = 'alice', like = 'b*' } }", ""},
      {"{ user = { eq = 'alice', exists = false } }", ""},
      {"{ source = { in = ['10.0.0.0/8'] }, all = { source = { in = ['11.0.0.0/8'] } } }", ""},
      {"{ session = ['known'], not = { session = 'known' } }", "2:8 rule[0].when: can never hold: no frame has all of this"},
      {"{ kind = 'response', method = 'SEND' }", "2:8 rule[0].when: can never hold: no frame has all of this"},
      {"{ kind = 'request', code = 200 }", "2:8 rule[0].when: can never hold: no frame has all of this"},
      {"{ method = 'SEND', all = { method = 'NICKNAME' } }", ""},
      {"{ protocol = 'sip', msrp.nexthops = 1 }", "2:8 rule[0].when: can never hold: no frame has all of this"},
      {"{ kind = { exists = false }, protocol = 'msrp' }", "2:8 rule[0].when: can never hold: no frame has all of this"},
      {"{ not = {} }", "2:8 rule[0].when: can never hold: no frame has all of this"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const std::string fault = fault_of_condition(row.text);
    if (row.fault[0] == '\0') {
      CHECK(fault.find("can never hold") != std::string::npos);
    } else {
      CHECK(fault == row.fault);
    }
  }
}

TEST_CASE("a body longer than what rules see of one can be no condition") {
  const auto fault = [](std::string_view condition, std::uint64_t body_prefix) {
    const std::string text = "[[rule]]\nwhen = " + std::string(condition) + "\naction = 'drop'\n";
    std::vector<config::Fault> faults;
    const auto rules = rules::compile(test::tables_of(text), "test.toml", faults, body_prefix);
    CHECK((rules == nullptr) == !faults.empty());
    return faults.empty() ? std::string() : config::to_string(faults.front());
  };
  for (const char* never : {"{ msrp.bodylen = { gt = '1KiB' } }", "{ msrp.bodylen = 1025 }", "{ msrp.bodylen = [1025, 2000] }",
                            "{ any = [{ user = 'alice' }, { msrp.bodylen = { ge = 1025 } }] }"}) {
    INFO(never);
    CHECK(fault(never, 1024).find("can never hold: msrp.bodylen counts what rules see of a body, [limits] body_prefix = 1024 octets") !=
          std::string::npos);
    CHECK(fault(never, 4096).empty());
  }
  for (const char* may :
       {"{ msrp.bodylen = { ge = '1KiB' } }", "{ msrp.bodylen = [1024, 2000] }", "{ not = { msrp.bodylen = { gt = '1KiB' } } }",
        "{ msrp.bodylen = { lt = '2KiB' } }", "{ msrp.bodylen = { ne = 5000 } }", "{ size = { gt = '1KiB' } }"}) {
    INFO(may);
    CHECK(fault(may, 1024).empty());
  }
}

TEST_CASE("conditions that look contradictory and are not") {
  for (const char* condition :
       {"{ header.X = { eq = 'a', like = 'b*' } }", "{ size = { ge = 5, le = 5 } }", "{ user = { ne = 'a', not_in = ['b'] } }",
        "{ any = [{ size = { gt = 9 } }, { size = { lt = 5 } }] }", "{ method = 'SEND', not = { user = 'a' } }",
        "{ method = ['SEND', 'NICKNAME'], all = { method = { ne = 'SEND' } } }"}) {
    INFO(condition);
    CHECK(fault_of_condition(condition).empty());
  }
}

TEST_CASE("faults of rules by themselves") {
  const Row rows[] = {
      {"[[rule]]\nname = \"x\"\n", "1:1 rule[0]: a rule needs an action"},
      {"[[rule]]\nactoin = \"drop\"\n", "2:1 rule[0].actoin: unknown key [action] | 1:1 rule[0]: a rule needs an action"},
      {"[[rule]]\naction = \"dorp\"\n",
       "2:10 rule[0].action: \"dorp\" is none of relay, reply, authenticate, drop, close, continue [drop]"},
      {"[[rule]]\naction = \"continue\"\n", "1:1 rule[0]: does nothing: a rule that continues needs log, count, set, add or remove"},
      {"[[rule]]\naction = \"drop\"\nlog = 5\n", "3:7 rule[0].log: an integer where text is needed"},
      {"[[rule]]\naction = \"drop\"\nlog = { level = \"warn\", text = \"x\" }\n",
       "3:17 rule[0].log.level: \"warn\" is none of debug, info, warning, error"},
      {"[[rule]]\naction = \"drop\"\nlog = { level = \"info\" }\n", "3:7 rule[0].log: a log needs a text"},
      {"[[rule]]\naction = \"drop\"\nlog = \"${user}${user}${user}${user}x\"\n", "3:7 rule[0].log: may become longer than 1024 octets"},
      {"[[rule]]\naction = \"drop\"\ncount = \"Large Files\"\n", "3:9 rule[0].count: a counter's name has 1 to 64 of a to z, 0 to 9 and _"},
      {"[[rule]]\naction = \"drop\"\nset = { X = \"y\" }\n",
       "3:7 rule[0]: set, add and remove do nothing: the action is neither \"relay\" nor \"continue\""},
      {"[[rule]]\naction = \"relay\"\nset = { To-Path = \"y\" }\n",
       "3:9 rule[0].set.To-Path: To-Path is the relay's own: a rule cannot change it"},
      {"[[rule]]\naction = \"relay\"\nremove = [\"content-type\"]\n",
       "3:11 rule[0].remove: content-type is the relay's own: a rule cannot change it"},
      {"[[rule]]\naction = \"relay\"\nadd = { \"X Y\" = \"y\" }\n", "3:9 rule[0].add.X Y: not the name of a header"},
      {"[[rule]]\naction = \"relay\"\nadd = { X = \"a\\r\\nTo-Path: b\" }\n",
       "3:13 rule[0].add.X: a control character (CR and LF, too, would begin a header of its own)"},
      {"[[rule]]\naction = \"relay\"\nremove = \"X\"\n", "3:10 rule[0].remove: text where a list of header names is needed"},
      {"[[rule]]\nwhen = { kind = \"response\" }\naction = \"relay\"\nset = { X = \"y\" }\n",
       "4:7 rule[0]: changes headers of what is no request: a response goes on as it came"},
      {"[[rule]]\naction = 5\n", "2:10 rule[0].action: an integer where text is needed"},
      {"[[rule]]\nname = \"\"\naction = \"drop\"\n", "2:8 rule[0].name: an empty name"},
      {"[[rule]]\nname = \"builtin.x\"\naction = \"drop\"\n", "2:8 rule[0].name: names that begin with \"builtin.\" are the relay's own"},
      {"[[rule]]\naction = \"reply\"\n", "1:1 rule[0]: action \"reply\" needs a table reply with a code"},
      {"[[rule]]\naction = \"drop\"\nreply = { code = 403 }\n", "3:9 rule[0].reply: does nothing: the action is not \"reply\""},
      {"[[rule]]\naction = \"drop\"\nrelay = { link = \"new\" }\n", "3:9 rule[0].relay: does nothing: the action is not \"relay\""},
      {"rule = [5]\n", "1:9 rule[0]: an integer where a table is needed"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(fault_of(row.text) == row.fault);
  }
}

TEST_CASE("faults of replies") {
  const auto reply = [](const std::string& text) {
    return fault_of("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"reply\"\nreply = " + text + "\n");
  };
  const Row rows[] = {
      {"{ reason = \"x\" }", "4:9 rule[0].reply: a reply needs a code"},
      {"{ code = 99 }", "4:18 rule[0].reply.code: a status code is a number from 100 to 999"},
      {"{ code = \"403\" }", "4:18 rule[0].reply.code: a status code is a number from 100 to 999"},
      {"{ code = 401 }", "4:18 rule[0].reply.code: 401 carries a challenge (R-089), which action = \"authenticate\" makes"},
      {"{ code = 403, reasn = \"x\" }", "4:23 rule[0].reply.reasn: unknown key [reason]"},
      {"{ code = 403, reason = \"a\\r\\nTo-Path: x\" }",
       "4:32 rule[0].reply.reason: a control character (CR and LF, too, would begin a header of its own)"},
      {"{ code = 403, headers = { X = \"a\\nb\" } }",
       "4:39 rule[0].reply.headers.X: a control character (CR and LF, too, would begin a header of its own)"},
      {"{ code = 403, headers = { \"To-Path\" = \"x\" } }",
       "4:35 rule[0].reply.headers.To-Path: To-Path is the relay's own: a rule cannot set it"},
      {"{ code = 403, headers = { \"use-path\" = \"x\" } }",
       "4:35 rule[0].reply.headers.use-path: use-path is the relay's own: a rule cannot set it"},
      {"{ code = 403, headers = { \"Content-Foo\" = \"x\" } }",
       "4:35 rule[0].reply.headers.Content-Foo: Content-Foo is the relay's own: a rule cannot set it"},
      {"{ code = 403, headers = { \"X: y\" = \"x\" } }", "4:35 rule[0].reply.headers.X: y: not the name of a header"},
      {"{ code = 403, headers = { X = \"x\", x = \"y\" } }", "4:44 rule[0].reply.headers.x: a second header of that name"},
      {"{ code = 403, reason = \"${usr}\" }", "4:32 rule[0].reply.reason: unknown variable ${usr} [user]"},
      {"{ code = 403, reason = \"${user\" }", "4:32 rule[0].reply.reason: ${ without }; a literal ${ is written $${"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(reply(row.text) == row.fault);
  }
  std::string headers;
  for (int at = 0; at < 9; ++at) headers += (at > 0 ? ", " : "") + ("X" + std::to_string(at)) + " = \"${user}\"";
  CHECK(reply("{ code = 403, headers = { " + headers + " } }") ==
        "4:9 rule[0].reply: reason and headers may become longer than 2048 octets");
}

TEST_CASE("faults of relay options") {
  const auto relay = [](const std::string& text) { return fault_of("[[rule]]\naction = \"relay\"\nrelay = " + text + "\n"); };
  const Row rows[] = {
      {"{ link = \"exsting\" }", "3:18 rule[0].relay.link: \"exsting\" is none of reuse, existing, new [existing]"},
      {"{ close = \"after\" }", "3:19 rule[0].relay.close: can only be \"after-response\""},
      {"{ local = \"eth0\" }", "3:19 rule[0].relay.local: not an address of this host"},
      {"{ next_hop = \"msrp://relay.example.org;tcp\" }", "3:22 rule[0].relay.next_hop: the URI of a next hop needs a port (RFC 4976 8)"},
      {"{ to_path = \"msrp://a.example.org:1/x;tcp\" }", "3:9 rule[0].relay: only a rule with without_session = true may replace a path"},
      {"{ without_session = 1 }", "3:29 rule[0].relay.without_session: an integer where true or false is needed"},
      {"{ lnk = \"new\" }", "3:11 rule[0].relay.lnk: unknown key [link]"},
      {"5", "3:9 rule[0].relay: an integer where a table is needed"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(relay(row.text) == row.fault);
  }
  CHECK(relay("{ next_hop = \"http://x\" }").starts_with("3:22 rule[0].relay.next_hop: not an MSRP URI: "));
}

TEST_CASE("actions that do not fit the frames of their rule") {
  const auto rule = [](const std::string& when, const std::string& action) {
    return fault_of("[[rule]]\nwhen = " + when + "\naction = " + action + "\n");
  };
  const std::string reply = "\"reply\"\nreply = { code = 403 }";
  const std::string unanswerable = "1:1 rule[0]: replies to a response or a REPORT, which nobody answers (R-066)";
  CHECK(rule("{ method = 'REPORT' }", reply) == unanswerable);
  CHECK(rule("{ kind = 'response' }", reply) == unanswerable);
  CHECK(rule("{ code = 200 }", reply) == unanswerable);
  CHECK(rule("{ any = { kind = 'response', method = 'REPORT' } }", reply) == unanswerable);
  CHECK(rule("{ user = 'mallory' }", reply).empty());
  const std::string auth_alone = "1:1 rule[0]: authenticate answers AUTH alone: add method = \"AUTH\" to the condition";
  CHECK(rule("{}", "\"authenticate\"") == auth_alone);
  CHECK(rule("{ method = ['AUTH', 'SEND'] }", "\"authenticate\"") == auth_alone);
  CHECK(rule("{ method = 'AUTH' }", "\"authenticate\"").empty());
  CHECK(rule("{ protocol = 'sip' }", "\"relay\"") == "1:1 rule[0]: relays SIP, which this relay can only answer");
}

TEST_CASE("rules that can never be reached") {
  const std::string all = "[[rule]]\nname = \"all\"\naction = \"relay\"\n";
  CHECK(fault_of(all + "[[rule]]\nwhen = { user = \"a\" }\naction = \"drop\"\n") ==
        "4:1 rule[1]: unreachable: rule \"all\" before it decides every frame for which it could hold");
  const std::string sends = "[[rule]]\nname = \"sends\"\nwhen = { method = \"SEND\" }\naction = \"relay\"\n";
  CHECK(fault_of(sends + "[[rule]]\nwhen = { method = \"SEND\", user = \"a\" }\naction = \"drop\"\n") ==
        "5:1 rule[1]: unreachable: rule \"sends\" before it decides every frame for which it could hold");
  CHECK(fault_of(sends + "[[rule]]\nwhen = { method = [\"SEND\", \"AUTH\"], user = \"a\" }\naction = \"drop\"\n").empty());
  const std::string user = "[[rule]]\nname = \"user\"\nwhen = { user = \"a\" }\naction = \"drop\"\n";
  CHECK(fault_of(user + "[[rule]]\nwhen = { user = \"a\" }\naction = \"relay\"\n") ==
        "5:1 rule[1]: unreachable: rule \"user\" before it decides every frame for which it could hold");
  CHECK(fault_of(user + "[[rule]]\nwhen = { user = \"b\" }\naction = \"relay\"\n").empty());
  CHECK(fault_of("[[rule]]\nname = \"a\"\nwhen = { kind = \"request\" }\naction = \"relay\"\n[[rule]]\nname = \"b\"\nwhen = { kind = "
                 "\"response\" }\naction = "
                 "\"relay\"\n[[rule]]\nname = \"c\"\nwhen = { msrp.nexthops = 1 }\naction = \"drop\"\n") ==
        "9:1 rule[2]: unreachable: the rules before it decide every frame for which it could hold");
}

TEST_CASE("names are given once") {
  CHECK(fault_of("[[rule]]\nname = \"x\"\nwhen = { user = \"a\" }\naction = \"drop\"\n[[rule]]\nname = \"x\"\naction = \"drop\"\n") ==
        "6:8 rule[1].name: a second rule of the name \"x\"");
  CHECK(fault_of("[[rule]]\nwhen = { user = \"a\" }\naction = \"drop\"\n[[rule]]\naction = \"drop\"\n").empty());
}

TEST_CASE("all faults of all rules at once") {
  const test::Compiled compiled = test::compile(
      "[[rule]]\nwhen = { usr = \"a\", size = \"x\" }\naction = \"drp\"\n[[rule]]\nwhen = { code = 1000 }\naction = "
      "\"drop\"\n[[rule]]\nnam = \"x\"\naction = "
      "\"close\"\n");
  CHECK(compiled.rules == nullptr);
  CHECK(compiled.faults.size() == 5);
  for (const config::Fault& fault : compiled.faults) {
    CHECK(fault.file == "test.toml");
    CHECK(fault.place.line > 0);
  }
}

TEST_CASE("warnings do not keep rules from being used") {
  const test::Compiled odd = test::compile("[[rule]]\nwhen = { method = \"SEND\" }\naction = \"reply\"\nreply = { code = 499 }\n");
  REQUIRE(odd.rules != nullptr);
  REQUIRE(odd.faults.size() == 1);
  CHECK(odd.faults[0].warning);
  CHECK(odd.faults[0].reason == "499 is not in the registry of MSRP status codes");
}

TEST_CASE("bounds: depth, tests and rules") {
  std::string deep = "{ user = 'a' }";
  for (int at = 0; at < 40; ++at) deep = "{ not = " + deep + " }";
  CHECK(fault_of_condition(deep).find("deep in each other") != std::string::npos);
  std::string many;
  for (int at = 0; at < 4100; ++at) many += (at > 0 ? ", " : "") + std::string("{ size = ") + std::to_string(at) + " }";
  CHECK(fault_of_condition("{ any = [" + many + "] }").find("more than 4096 tests") != std::string::npos);
}
