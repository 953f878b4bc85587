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

const std::string report_head =
    "MSRP yh67 REPORT\r\n"
    "To-Path: msrps://b.example.net:9000/aeiug;tcp msrps://a.example.org:9000/kjfjan;tcp msrps://alice.example.org:7965/bar;tcp\r\n"
    "From-Path: msrps://bob.example.net:8145/foo;tcp\r\nMessage-ID: 87652\r\nByte-Range: 1-39/39\r\nStatus: 000 200 OK\r\n";
const std::string response_head =
    "MSRP 6aef 200 OK\r\nTo-Path: msrps://alice.example.org:7965/bar;tcp\r\nFrom-Path: "
    "msrps://a.example.org:9000/kjfjan;tcp\r\nMessage-ID: 87652\r\n";
const std::string auth_head =
    "MSRP 49fh AUTH\r\nTo-Path: msrps://alice@intra.example.com;tcp\r\nFrom-Path: msrps://alice.example.com:9892/98cjs;tcp\r\n";
const std::string bare_head = "MSRP d93kswow SEND\r\n" + to_from + "Message-ID: 12339sdqwer\r\n";
std::string bare(const std::string& head, const std::string& flag = "$") { return "head " + head + "[bare]\nend " + flag + "\n"; }

}  // namespace

TEST_CASE("SEND of RFC 4975 11.1 is head, part, end") { CHECK(framed(send("Hi, I'm Alice!")) == expected("Hi, I'm Alice!")); }

TEST_CASE("the three flags") {
  CHECK(framed(send("a", "+")) == expected("a", "+"));
  CHECK(framed(send("a", "#")) == expected("a", "#"));
  CHECK(framed(bare_head + "-------d93kswow+\r\n") == bare(bare_head, "+"));
  CHECK(framed(bare_head + "-------d93kswow#\r\n") == bare(bare_head, "#"));
}

TEST_CASE("bodiless requests and responses") {
  CHECK(framed(report_head + "-------yh67$\r\n") == bare(report_head));
  CHECK(framed(response_head + "-------6aef$\r\n") == bare(response_head));
  CHECK(framed(auth_head + "-------49fh$\r\n") == bare(auth_head));
  CHECK(framed(bare_head + "-------d93kswow$\r\n") == bare(bare_head));
}

TEST_CASE("frames follow each other in one input") {
  const std::string octets = send("one") + response_head + "-------6aef$\r\n" + send("") + report_head + "-------yh67$\r\n" +
                             send("two", "+") + auth_head + "-------49fh$\r\n";
  CHECK(framed(octets) ==
        expected("one") + bare(response_head) + expected("") + bare(report_head) + expected("two", "+") + bare(auth_head));
  std::string many;
  std::string said;
  for (int i = 0; i < 200; ++i) {
    many += send(std::string(static_cast<std::size_t>(i), '-'));
    said += expected(std::string(static_cast<std::size_t>(i), '-'));
  }
  CHECK(run(many, {}).trace == said);
  CHECK(run(many, msrp_test::octet_by_octet(many.size())).trace == said);
}

TEST_CASE("an empty body is a body, with or without its CRLF") {
  CHECK(framed(send("")) == expected(""));
  CHECK(framed(body_head + "\r\n-------d93kswow$\r\n") == expected(""));
  CHECK(framed(body_head + "\r\n-------d93kswow+\r\n" + send("")) == expected("", "+") + expected(""));
  CHECK(framed(send("\r\n")) == expected("\r\n"));
}

TEST_CASE("bodies are any octets (R-008)") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& body :
       {all, std::string("\0\0", 2), std::string("\r"), std::string("\n"), std::string("\r\n\r\n"), std::string("x\r\n"),
        std::string("\r\r\n"), std::string("MSRP abcd SEND\r\n"), all + all + "\r\n-------" + all}) {
    CHECK(framed(send(body)) == expected(body));
  }
}

TEST_CASE("only hyphens, own tid and flag behind a CRLF end a body (R-007)") {
  for (const std::string& near : std::vector<std::string>{
           "\r\n------d93kswow$\r\n",         // six hyphens
           "\r\n--------d93kswow$\r\n",       // eight
           "\r\n-------d93kswow!\r\n",        // no flag
           "\r\n-------d93kswow\r\n",         //
           "\r\n-------d93kswoW$\r\n",        // case
           "\r\n-------d93kswo$\r\n",         // shorter
           "\r\n-------d93kswoww$\r\n",       // longer
           "\r\n-------d93kswow$$\r\n",       //
           "\r\n-------d93kswow$\n",          // bare LF
           "\r\n-------d93kswow$\r",          // bare CR
           "\r\n-------d93kswow$\rx",         //
           "\n-------d93kswow$\r\n",          // LF alone before
           "\r-------d93kswow$\r\n",          // CR alone before
           "\r\n -------d93kswow$\r\n",       //
           "\r\n-------\r\n-------\r\n",      //
           "\r\n-------d93k\r\n-------d93k",  //
           "\r\n-------op2nc9a$\r\n",         // another tid
           "\r\n",
           "-",
           "------",
           "\r\n-",
           "\r\n-------d93kswow",
       }) {
    INFO(near);
    CHECK(framed(send("x" + near)) == expected("x" + near));
    CHECK(framed(send("x" + near + near)) == expected("x" + near + near));
  }
  CHECK(framed(send("x-------d93kswow$\r\n")) == expected("x-------d93kswow$\r\n"));
  CHECK(framed(send("-------\r\n")) == expected("-------\r\n"));
  CHECK(framed(send("-------d93kswow$\rx")) == expected("-------d93kswow$\rx"));
}

TEST_CASE("an end-line right behind a near miss") {
  CHECK(framed(send("\r\n-------d93kswow$\r")) == expected("\r\n-------d93kswow$\r"));
  CHECK(framed(send("\r\n-------d93kswow")) == expected("\r\n-------d93kswow"));
  CHECK(framed(send("\r\n-------")) == expected("\r\n-------"));
  CHECK(framed(send("\r")) == expected("\r"));
}

TEST_CASE("long bodies and long runs of hyphens") {
  const std::string plain(100'000, 'a');
  CHECK(run(send(plain), {}).trace == expected(plain));
  for (const std::size_t size : {7U, 8U, 44U, 64U, 65U, 1000U, 70'000U}) {
    const std::string hyphens(size, '-');
    for (const auto& guards : {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>{1}}) {
      Options options;
      options.guards = guards;
      std::vector<std::size_t> cuts;
      const std::string octets = send(hyphens);
      for (std::size_t at = 777; at < octets.size(); at += 777) cuts.push_back(at);
      CHECK(run(octets, {}, options).trace == expected(hyphens));
      CHECK(run(octets, cuts, options).trace == expected(hyphens));
    }
  }
}

TEST_CASE("transaction ids of every length, with flags and hyphens in them") {
  for (const std::string& tid : {std::string("abcd"), std::string("a+++"), std::string("a---"), std::string("a-------"),
                                 std::string("0123456789abcdefghijklmnopqrstuv"), std::string("a%=.+-$").substr(0, 6)}) {
    const std::string head = "MSRP " + tid + " SEND\r\n" + to_from + "Message-ID: 12339sdqwer\r\nContent-Type: a/b\r\n";
    const std::string body = "x\r\n-------" + tid.substr(0, tid.size() - 1) + "$\r\n-------" + tid + "\r\n";
    CHECK(framed(head + "\r\n" + body + "\r\n-------" + tid + "+\r\n") == "head " + head + "[body]\npart " + body + "\nend +\n");
  }
}

TEST_CASE("the guard is found at any cut and nothing of its hyphens is handed out before") {
  const std::string prefix(msrp_test::family(1).prefix());
  const auto with_guards = [](std::vector<std::uint8_t> guards) {
    Options options;
    options.guards = std::move(guards);
    return options;
  };
  const std::string front = "head " + body_head + "[body]\n";
  CHECK(framed(send("abc-------" + prefix + "def"), with_guards({1, 2})) ==
        front + "part abc\ncollision\npart -------" + prefix + "def\nend $\n");
  // Of a longer run the last seven hyphens belong to it.
  CHECK(framed(send("abc----------" + prefix), with_guards({1, 2})) ==
        front + "part abc---\ncollision\npart -------" + prefix + "\nend $\n");
  // At the very beginning and the very end of the body, twice, and again with the new guard.
  CHECK(framed(send("-------" + prefix), with_guards({1, 2})) == front + "collision\npart -------" + prefix + "\nend $\n");
  CHECK(framed(send("-------" + prefix + "-------" + prefix), with_guards({1})) ==
        front + "collision\npart -------" + prefix + "-------" + prefix + "\nend $\n");
  const std::string second(msrp_test::family(2).prefix());
  CHECK(framed(send("-------" + prefix + "\r\n-------" + second + "$\r\n"), with_guards({1, 2, 3})) ==
        front + "collision\npart -------" + prefix + "\r\n\ncollision\npart -------" + second + "$\r\n\nend $\n");
  // A new guard that collides at the same place.
  CHECK(framed(send("x-------" + prefix), with_guards({1, 1, 2})) ==
        front + "part x\ncollision\ncollision\npart -------" + prefix + "\nend $\n");
  // Less than the guard is no collision.
  CHECK(framed(send("------" + prefix), with_guards({1, 2})) == front + "part ------" + prefix + "\nend $\n");
  CHECK(framed(send("-------" + prefix.substr(0, 15) + "-" + prefix), with_guards({1, 2})) ==
        front + "part -------" + prefix.substr(0, 15) + "-" + prefix + "\nend $\n");
  // A guard ends with its frame; without one nothing is searched.
  CHECK(framed(send("-------" + prefix), {}) == expected("-------" + prefix));
}

TEST_CASE("the frame's own end-line is an end even if it spells the guard") {
  const std::string tid(msrp_test::family(1).prefix());
  const std::string head = "MSRP " + tid + " SEND\r\n" + to_from + "Message-ID: 12339sdqwer\r\nContent-Type: a/b\r\n";
  Options options;
  options.guards = {1, 2};
  CHECK(framed(head + "\r\nabc\r\n-------" + tid + "$\r\n", options) == "head " + head + "[body]\npart abc\nend $\n");
  CHECK(framed(head + "\r\nabc\r\n-------" + tid + "!\r\n-------" + tid + "$\r\n", options) ==
        "head " + head + "[body]\npart abc\r\n\ncollision\npart -------" + tid + "!\nend $\n");
}

TEST_CASE("a malformed head with a body is skipped to its end (R-014)") {
  const std::string broken = "MSRP abcd SEND\r\n" + to_from + "Message-ID: 1234\r\nByte-Range: x\r\nContent-Type: a/b\r\n\r\n";
  const std::string said =
      "malformed malformed Byte-Range <abcd> <SEND> <msrp://bob.example.com:8888/9di4eae923wzd;tcp> "
      "<msrp://alicepc.example.com:7777/iau39soe2843z;tcp> "
      "<msrp://alicepc.example.com:7777/iau39soe2843z;tcp> goes on\n";
  CHECK(framed(broken + "body\r\n-------abcd$\r\n" + send("next")) == said + expected("next"));
  CHECK(framed(broken + "-------abc\r\n-------abcd$\r\n" + send("next")) == said + expected("next"));
  CHECK(framed(broken + "\r\n-------abcd$\r\n" + broken + "-------abcd+\r\n" + send("next")) == said + said + expected("next"));
}

TEST_CASE("a malformed head without a body ends with its end-line") {
  const std::string broken = "MSRP abcd SEND\r\n" + to_from + "Failure-Report: no\r\n-------abcd$\r\n";
  const std::string said =
      "malformed Message-ID missing or malformed <abcd> <SEND> <msrp://bob.example.com:8888/9di4eae923wzd;tcp> "
      "<msrp://alicepc.example.com:7777/iau39soe2843z;tcp> "
      "<msrp://alicepc.example.com:7777/iau39soe2843z;tcp> no goes on\n";
  CHECK(framed(broken + send("next")) == said + expected("next"));
}

TEST_CASE("responses with a body, or with another flag than $ (R-013)") {
  const std::string said =
      "malformed malformed end-line <6aef> <> <msrps://alice.example.org:7965/bar;tcp> <msrps://a.example.org:9000/kjfjan;tcp> "
      "<msrps://a.example.org:9000/kjfjan;tcp> response goes on\n";
  CHECK(framed(response_head + "\r\nbody\r\n-------6aef$\r\n" + send("next")) == said + expected("next"));
  CHECK(framed(response_head + "-------6aef+\r\n" + send("next")) == said + expected("next"));
  CHECK(framed(response_head + "-------6aef#\r\n" + send("next")) == said + expected("next"));
}

TEST_CASE("a bodiless frame must be followed by its end-line, and no octet more is waited for") {
  for (const std::string& line :
       {std::string("--------d93kswow$\r\n"), std::string("-------d93kswoX$\r\n"), std::string("-------d93kswow$x"),
        std::string("-------d93kswow$\rx"), std::string("-x"), std::string("-------abcd"), std::string("-------d93kswow!")}) {
    const std::string trace = framed(bare_head + line);
    INFO(trace);
    CHECK(trace.starts_with("malformed malformed end-line <d93kswow> <SEND> <msrp://bob"));
    CHECK(trace.ends_with(" dead\n"));
  }
}

TEST_CASE("other protocols are refused at their first octets, without waiting for a line (R-300)") {
  const std::string refused = "malformed not an MSRP start line <> <> <> <> <> dead\n";
  for (const std::string& octets : {std::string("G"),
                                    std::string("\x16\x03\x01"),
                                    std::string("\r\n"),
                                    std::string("\r"),
                                    std::string("m"),
                                    std::string("MSRQ"),
                                    std::string("MSRP\r"),
                                    std::string("MSRP  "),
                                    std::string("MSRP -"),
                                    std::string("MSRP abc "),
                                    std::string("MSRP ab_"),
                                    std::string("MSRP 0123456789abcdefghijklmnopqrstuvw"),
                                    std::string("MSRP abcd s"),
                                    std::string("MSRP abcd SENd"),
                                    std::string("MSRP abcd 2x"),
                                    std::string("MSRP abcd 2000"),
                                    std::string("MSRP abcd SEND\n"),
                                    std::string("MSRP abcd SEND\rx"),
                                    std::string("MSRP abcd \r\n"),
                                    std::string("SIP/2.0 200 OK\r\n"),
                                    std::string("OPTIONS sip:a@b SIP/2.0\r\n"),
                                    std::string(1, '\0')}) {
    INFO(octets);
    CHECK(framed(octets) == refused);
    CHECK(framed(octets + std::string(300, 'x')) == refused);
    CHECK(framed(send("a") + octets) == expected("a") + refused);
  }
  for (const std::string& octets :
       {std::string(), std::string("M"), std::string("MSRP"), std::string("MSRP "), std::string("MSRP abcd"), std::string("MSRP abcd "),
        std::string("MSRP abcd SEND\r"), std::string("MSRP abcd 200"), std::string("MSRP abcd 200 \xFF")}) {
    CHECK(framed(octets).empty());
  }
}

TEST_CASE("limits end a frame that never ends its head (R-018)") {
  Options options;
  options.limits = {400, 6, 3};
  const std::string front = "MSRP abcd SEND\r\n" + to_from;
  const std::string address =
      "<abcd> <SEND> <msrp://bob.example.com:8888/9di4eae923wzd;tcp> <msrp://alicepc.example.com:7777/iau39soe2843z;tcp> "
      "<msrp://alicepc.example.com:7777/iau39soe2843z;tcp> dead\n";
  CHECK(framed(front + "X: " + std::string(1000, 'x'), options) == "malformed header section too long " + address);
  CHECK(framed("MSRP abcd " + std::string(1000, 'X'), options) == "malformed header section too long <> <> <> <> <> dead\n");
  CHECK(framed(front + "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nMessage-ID: 1234\r\n-------abcd$\r\n", options) ==
        "malformed too many header lines " + address);
  // Exactly as much as is allowed, with the empty line; one octet more.
  const std::string fixed = front + "Message-ID: 1234\r\nX: \r\nContent-Type: a/b\r\n\r\n";
  const auto sized = [&](std::size_t size) {
    return front + "Message-ID: 1234\r\nX: " + std::string(size - fixed.size(), 'x') +
           "\r\nContent-Type: a/b\r\n\r\nbody\r\n-------abcd$\r\n";
  };
  CHECK(framed(sized(400), options).ends_with("[body]\npart body\nend $\n"));
  CHECK(framed(sized(401), options) == "malformed header section too long " + address);
  const std::string uris =
      "MSRP abcd SEND\r\nTo-Path: msrp://a:1/x;tcp msrp://a:1/x;tcp msrp://a:1/x;tcp msrp://a:1/x;tcp\r\nFrom-Path: "
      "msrp://b:1/y;tcp\r\nMessage-ID: 1234\r\n-------abcd$\r\n";
  CHECK(framed(uris, options) ==
        "malformed too many URIs in a path <abcd> <SEND> <msrp://a:1/x;tcp> <msrp://b:1/y;tcp> <msrp://b:1/y;tcp> goes on\n");
}

TEST_CASE("a head of the greatest size that the pool's blocks allow") {
  Options options;
  options.limits = {base::BufferPool::block_bytes - msrp::Framer::body_carry_max, 64, 16};
  const std::string front = "MSRP abcd SEND\r\n" + to_from + "Message-ID: 1234\r\nX: ";
  const std::string head = front + std::string(options.limits.bytes - front.size() - 2 - 1, 'x') + "\r\n";
  const std::string octets = head + "-------abcd$\r\n" + send("next");
  CHECK(run(octets, {}, options).trace == bare(head) + expected("next"));
  CHECK(run(octets, msrp_test::octet_by_octet(octets.size()), options).trace == bare(head) + expected("next"));
  CHECK(run(octets, {100, 700, head.size() + 3}, options).trace == bare(head) + expected("next"));
}

TEST_CASE("between frames nothing is held; a cut head holds one block, a head that was released none") {
  base::BufferPool pool(8 * base::BufferPool::block_bytes);
  msrp::Framer framer({}, pool);
  const auto feed = [&](const std::string& octets) { framer.feed({octets.data(), octets.size(), {}}); };
  const auto expect = [&](msrp::EventKind kind) { CHECK(framer.next().kind == kind); };
  CHECK(framer.idle());
  const std::string cut = body_head.substr(0, 50);
  feed(cut);
  CHECK(framer.pending() == 50);
  CHECK(!framer.idle());
  expect(msrp::EventKind::need_more);
  CHECK(!framer.idle());
  CHECK(framer.pending() == 0);
  CHECK(pool.blocks_out() == 1);
  const std::string rest = body_head.substr(50) + "\r\nab";
  feed(rest);
  expect(msrp::EventKind::head);
  CHECK(framer.head().octets == body_head);
  CHECK(framer.pending() == 2);
  CHECK(pool.blocks_out() == 2);
  expect(msrp::EventKind::part);
  CHECK(framer.head().octets == body_head);  // it stays for who wants to see the body first
  CHECK(pool.blocks_out() == 2);
  framer.release_head();
  CHECK(pool.blocks_out() == 0);
  CHECK(!framer.idle());
  expect(msrp::EventKind::need_more);
  const std::string end = "\r\n-------d93kswow$\r\n";
  feed(end);
  expect(msrp::EventKind::end);
  CHECK(framer.idle());
  expect(msrp::EventKind::need_more);
  CHECK(framer.idle());
  CHECK(pool.blocks_out() == 0);
}

TEST_CASE("parts share the lease of their input; the framer keeps none when its input is used up") {
  base::BufferPool pool(8 * base::BufferPool::block_bytes);
  msrp::Framer framer({}, pool);
  const std::string octets = send("body of one") + body_head + "\r\nhalf";
  base::Lease lease = pool.take();
  std::memcpy(lease.buffer()->data, octets.data(), octets.size());
  base::Buffer& buffer = *lease.buffer();
  framer.feed({buffer.data, octets.size(), std::move(lease)});
  CHECK(buffer.leases == 1);
  REQUIRE(framer.next().kind == msrp::EventKind::head);
  CHECK(framer.head().octets.data() == buffer.data);  // parsed in place
  {
    const msrp::Event part = framer.next();
    REQUIRE(part.kind == msrp::EventKind::part);
    CHECK(part.part.view() == "body of one");
    CHECK(part.part.lease.buffer() == &buffer);
    CHECK(buffer.leases == 2);
  }
  CHECK(framer.next().kind == msrp::EventKind::end);
  CHECK(framer.next().kind == msrp::EventKind::head);
  const msrp::Event half = framer.next();
  CHECK(half.part.view() == "half");
  CHECK(framer.next().kind == msrp::EventKind::need_more);
  CHECK(buffer.leases == 1);
  CHECK(half.part.lease.buffer() == &buffer);
}

TEST_CASE("a dead framer repeats itself and takes no more") {
  base::BufferPool pool(8 * base::BufferPool::block_bytes);
  {
    msrp::Framer framer({}, pool);
    const std::string octets = bare_head + "-------wrong$\r\n" + send("never seen");
    framer.feed({octets.data(), octets.size(), {}});
    for (int i = 0; i < 3; ++i) {
      const msrp::Event event = framer.next();
      CHECK(event.kind == msrp::EventKind::malformed);
      CHECK(event.error == msrp::ParseError::end_line);
      CHECK(!framer.recoverable());
      CHECK(framer.pending() == 0);
      CHECK(framer.answerable().transaction_id == "d93kswow");
      framer.feed({octets.data(), octets.size(), {}});
    }
    CHECK(!framer.idle());
  }
  CHECK(pool.blocks_out() == 0);
}

TEST_CASE("without a block in the pool a head is refused, a body is not") {
  base::BufferPool pool(base::BufferPool::block_bytes);
  const std::string octets = send("body");
  {
    msrp::Framer framer({}, pool);
    const base::Lease taken = pool.take();
    framer.feed({octets.data(), octets.size(), {}});
    const msrp::Event event = framer.next();
    CHECK(event.kind == msrp::EventKind::malformed);
    CHECK(event.error == msrp::ParseError::header_bytes);
    CHECK(!framer.recoverable());
    CHECK(framer.answerable().transaction_id.empty());
  }
  msrp::Framer framer({}, pool);
  const std::size_t cut = octets.size() - 6;
  framer.feed({octets.data(), cut, {}});
  CHECK(framer.next().kind == msrp::EventKind::head);
  CHECK(framer.next().kind == msrp::EventKind::part);
  CHECK(framer.next().kind == msrp::EventKind::need_more);
  CHECK(pool.blocks_out() == 1);
  framer.release_head();
  const base::Lease taken = pool.take();
  CHECK(pool.blocks_out() == 1);
  framer.feed({octets.data() + cut, octets.size() - cut, {}});
  CHECK(framer.next().kind == msrp::EventKind::end);
}

TEST_CASE("an idle framer is small") { CHECK(sizeof(msrp::Framer) <= 320); }
