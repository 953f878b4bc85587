// Method: every vector is framed whole, octet by octet, in all pairs of cuts when it is short, and in seeded random cuts; each way must
// give the same events. Expectations are written by hand.
#include "framer_harness.h"

#include <random>
#include <set>

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using msrp_test::Options;
using msrp_test::run;

namespace {

const std::string to_from =
    "To-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp\r\n"
    "From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n";

// Returns the trace of the whole, after having seen that all cuts agree.
std::string framed(std::string_view octets, const Options& options = {}) {
  const auto whole = run(octets, {}, options);
  const auto single = run(octets, msrp_test::octet_by_octet(octets.size()), options);
  CHECK(single.trace == whole.trace);
  CHECK(single.idle == whole.idle);
  CHECK(single.collisions == whole.collisions);
  if (octets.size() < 400) {
    for (std::size_t a = 0; a <= octets.size(); ++a) {
      const std::string trace = run(octets, {a}, options).trace;
      if (trace != whole.trace) FAIL("cut at " << a << ":\n" << trace << "\ninstead of\n" << whole.trace);
    }
  }
  if (octets.size() < 120) {
    for (std::size_t a = 0; a <= octets.size(); ++a) {
      for (std::size_t b = a; b <= octets.size(); ++b) {
        const std::string trace = run(octets, {a, b}, options).trace;
        if (trace != whole.trace) FAIL("cuts at " << a << ", " << b << ":\n" << trace << "\ninstead of\n" << whole.trace);
      }
    }
  }
  std::mt19937 random(static_cast<unsigned>(octets.size()));
  for (int round = 0; round < 50; ++round) {
    std::set<std::size_t> cuts;
    for (std::size_t i = 0, n = random() % 12; i < n; ++i) cuts.insert(random() % (octets.size() + 1));
    const std::string trace = run(octets, {cuts.begin(), cuts.end()}, options).trace;
    if (trace != whole.trace) FAIL("random cuts:\n" << trace << "\ninstead of\n" << whole.trace);
  }
  return whole.trace;
}

const std::string body_head =
    "MSRP d93kswow SEND\r\n" + to_from + "Message-ID: 12339sdqwer\r\nByte-Range: 1-16/16\r\nContent-Type: text/plain\r\n";
std::string send(const std::string& body, const std::string& flag = "$") {
  return body_head + "\r\n" + body + "\r\n-------d93kswow" + flag + "\r\n";
}
std::string expected(const std::string& body, const std::string& flag = "$") {
  return "head " + body_head + "[body]\n" + (body.empty() ? "" : "part " + body + "\n") + "end " + flag + "\n";
}

}  // namespace

TEST_CASE("SEND of RFC 4975 11.1 is head, part, end") { CHECK(framed(send("Hi, I'm Alice!")) == expected("Hi, I'm Alice!")); }

TEST_CASE("an empty body is a body, with or without its CRLF") {
  CHECK(framed(send("")) == expected(""));
  CHECK(framed(body_head + "\r\n-------d93kswow$\r\n") == expected(""));
}

TEST_CASE("the guard is found at any cut and nothing of its hyphens is handed out before") {
  const std::string prefix(msrp_test::family(1).prefix());
  Options options;
  options.guards = {1, 2};
  CHECK(framed(send("abc-------" + prefix + "def"), options) ==
        "head " + body_head + "[body]\npart abc\ncollision\npart -------" + prefix + "def\nend $\n");
}
