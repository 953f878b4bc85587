// Frames that are odd and legal: each must be taken and passed on as it is.
#include <algorithm>

#include "conform/cases.h"

namespace conform {
namespace {

void add_transaction_ids(Suite& suite) {
  struct Vector {
    const char* what;
    std::string tid;
  };
  const Vector vectors[] = {
      {"of 4 characters", "a1b2"},
      {"of 32 characters", "abcdefghijklmnopqrstuvwxyz012345"},
      {"that begins with a digit", "7zzzz"},
      {"of digits only", "20061018"},
      {"with + and -", "a+b-c+d-"},
      {"that ends in +", "abcd+"},
      {"with hyphens like an end-line", "a-------"},
      {"with . % =", "a.%=.%=x"},
      {"in both cases", "aBcDaBcD"},
  };
  for (const Vector& vector : vectors) {
    suite.add("R-002", std::string("a transaction id ") + vector.what + " is taken, and answered under it", [vector](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path());
      frame.tid = vector.tid;
      deliver(alice, bob, frame);
      alice.response_to(frame, 200);
    });
  }
  suite.add("R-002", "transaction ids that differ in case only are two", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame first = alice.message(bob.path(), "first"), second = alice.message(bob.path(), "second");
    first.tid = "caseofid";
    second.tid = "CASEOFID";
    alice.write(first.encode() + second.encode());
    bob.receive_message(first.value("Message-ID"));
    bob.receive_message(second.value("Message-ID"));
    alice.response_to(first, 200);
    alice.response_to(second, 200);
  });
}

void add_bodies(Suite& suite) {
  struct Vector {
    const char* requirements;
    const char* what;
    std::string body;
  };
  // T is the transaction id that the case uses.
  const Vector vectors[] = {
      {"R-005", "that ends in CRLF", "line\r\n"},
      {"R-005", "that ends in two CRLFs", "line\r\n\r\n"},
      {"R-005", "of one CRLF", "\r\n"},
      {"R-005", "of a lone CR at its end", "line\r"},
      {"R-007", "with the end-line of another id", "x\r\n-------another1$\r\ny"},
      {"R-007", "with its own end-line in another case", "x\r\n-------TESTBODY1$\r\ny"},
      {"R-007", "with an end-line of a longer id", "x\r\n-------testbody1x$\r\ny"},
      {"R-007", "with an end-line of a shorter id", "x\r\n-------testbody$\r\ny"},
      {"R-007", "with its own end-line and no valid flag", "x\r\n-------testbody1!\r\ny"},
      {"R-007", "with its own end-line without CRLF behind", "x\r\n-------testbody1$ y"},
      {"R-007", "with its own end-line and a lone LF behind", "x\r\n-------testbody1$\ny"},
      {"R-007", "with six hyphens before its own id", "x\r\n------testbody1$\r\ny"},
      {"R-007", "that is nothing but hyphens", std::string(4000, '-')},
      {"R-007", "that ends in a part of its own end-line", "x\r\n-------testbody1"},
      {"R-007", "that is a whole MSRP frame",
       "MSRP inner123 SEND\r\nTo-Path: msrp://a.example:1/x;tcp\r\nFrom-Path: msrp://b.example:1/y;tcp\r\n-------inner123$\r\n"},
      {"R-008", "of NULs", std::string(300, '\0')},
      {"R-008", "of octets above 0x7F that are no UTF-8", "\xff\xfe\x80\xbf\xc0\xc1\xf5"},
      {"R-008", "of lone CRs and LFs", "\r\r\n\n\r\n\n\r"},
      {"R-008", "that begins with a blank line", "\r\n\r\nbehind"},
  };
  for (const Vector& vector : vectors) {
    suite.add(vector.requirements, std::string("a body ") + vector.what + " arrives as it is", [vector](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path(), vector.body);
      frame.tid = "testbody1";
      frame.set("Content-Type", "application/octet-stream");
      deliver(alice, bob, frame);
    });
  }
  suite.add("R-008", "a body of every octet value, many times over, arrives as it is", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::string body;
    for (int i = 0; i < 256 * 20; ++i) body += static_cast<char>(i * 7 + i / 256);
    deliver(alice, bob, alice.message(bob.path(), body));
  });
  suite.add("R-006", "a request without a body stays one", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    deliver(alice, bob, alice.message(bob.path(), std::nullopt));
  });
  suite.add("R-006", "an empty body stays an empty body", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), "");
    deliver(alice, bob, frame.set("Byte-Range", "1-0/0"));
  });
  for (const std::size_t size : {1U, 2U, 7U, 1024U, 2047U, 2048U, 2049U, 10'240U, 65'536U, 300'000U}) {
    suite.add("R-020", "a chunk of " + std::to_string(size) + " octets arrives whole", [size](Stage& stage) {
      auto [alice, bob] = two(stage);
      deliver(alice, bob, alice.message(bob.path(), stage.random(size)));
    });
  }
}

void add_segmentation(Suite& suite) {
  suite.add("R-009", "a frame that comes octet by octet", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame frame = alice.message(bob.path(), "slow\r\n-------slow");
    for (const char octet : frame.encode()) alice.write({&octet, 1});
    bob.receive_message(frame.value("Message-ID"));
    alice.response_to(frame, 200);
  });
  suite.add("R-009 R-112", "two hundred frames in one segment, in order", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::string octets;
    std::vector<Frame> frames;
    for (int i = 0; i < 200; ++i) octets += frames.emplace_back(alice.message(bob.path(), "n" + std::to_string(i))).encode();
    alice.write(octets);
    for (const Frame& frame : frames) {
      const Frame got = bob.receive();
      expect_equal(*frame.body, got.body.value_or(""), "the body");
      bob.answer(got);
    }
    for (const Frame& frame : frames) alice.response_to(frame, 200);
  });
  suite.add("R-009", "a frame cut in two at every octet of its end-line", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    for (std::size_t left = 0; left < 30; ++left) {
      const Frame frame = alice.message(bob.path(), "cut");
      const std::string octets = frame.encode();
      alice.write(std::string_view(octets).substr(0, octets.size() - left));
      stage.settle(Milliseconds(5));
      alice.write(std::string_view(octets).substr(octets.size() - left));
      expect_equal("cut", bob.receive_message(frame.value("Message-ID")).body.value_or(""), "the body");
    }
  });
  suite.add("R-009", "a frame cut in two at every octet of its start line", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    for (std::size_t cut = 1; cut < 30; ++cut) {
      const Frame frame = alice.message(bob.path(), "cut");
      const std::string octets = frame.encode();
      alice.write(std::string_view(octets).substr(0, cut));
      stage.settle(Milliseconds(5));
      alice.write(std::string_view(octets).substr(cut));
      expect_equal("cut", bob.receive_message(frame.value("Message-ID")).body.value_or(""), "the body");
    }
  });
}

void add_headers(Suite& suite) {
  struct Vector {
    const char* what;
    const char* name;
    std::string value;
  };
  const Vector vectors[] = {
      {"an unknown header", "X-Unknown", "kept as it is"},
      {"an unknown header of UTF-8 text", "X-Text", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"an unknown header with HTABs and many blanks", "X-Blank", "a\t\tb    c"},
      {"an unknown header with an empty value", "X-Empty", ""},
      {"an unknown header that ends in blanks", "X-Trailing", "a  "},
      {"a header name of odd token characters", "X!#$%&'*+.^_`|~9", "odd"},
      {"a value that holds colons and looks like a header", "X-Colon", "To-Path: msrp://x.example:1/a;tcp"},
      {"Keep-Alive, which RFC 4975 does not know", "Keep-Alive", "yes"},
      {"Content-Disposition", "Content-Disposition", "attachment; filename=\"a b.bin\"; size=5"},
      {"Content-ID", "Content-ID", "<a.b@example.org>"},
      {"Content-Description", "Content-Description", "a picture"},
      {"an unknown MIME header", "Content-X-Odd", "1"},
      {"Success-Report yes", "Success-Report", "yes"},
      {"Failure-Report yes, spelt out", "Failure-Report", "yes"},
  };
  for (const Vector& vector : vectors) {
    suite.add("R-011", std::string("kept: ") + vector.what, [vector](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path());
      deliver(alice, bob, frame.add(vector.name, vector.value));
    });
  }
  suite.add("R-011", "the order of unknown headers, and one that comes twice, stay", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    frame.headers.insert(frame.headers.begin(), {"X-First", "before Message-ID"});
    deliver(alice, bob, frame.add("X-B", "1").add("X-A", "2").add("X-B", "3"));
  });
  suite.add("R-011", "kept: Content-Type with parameters, a quoted string among them", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    deliver(alice, bob, frame.set("Content-Type", "message/cpim; charset=\"utf-8\"; x=\"a;b \\\" c\""));
  });
  suite.add("R-011", "kept: a Message-ID of 32 characters with . + % =", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    deliver(alice, bob, frame.set("Message-ID", "1.+%=-" + stage.id("").substr(0, 14) + "abcdefghijkl"));
  });
  suite.add("R-003", "an AUTH with no header behind the paths is understood", [](Stage& stage) {
    Party& party = stage.stranger();
    const Frame answer = party.ask(party.auth_request());
    expect(answer.code != 400 && answer.code != 501, "401 (or 403)", describe(answer));
  });
  suite.add_policy("R-022", "header names are understood without regard to case", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path());
    std::string octets = frame.add("failure-report", "no").encode();
    octets.replace(octets.find("Message-ID"), 10, "message-id");
    alice.write(octets);
    bob.receive_message(frame.value("Message-ID"));
    stage.fence(alice, bob);
    alice.expect_nothing("failure-report: no");
  });
}

void add_ids_of_the_relay(Suite& suite) {
  suite.add("R-016", "two senders with one transaction id at the same time: two ids at the receiver", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    Frame first = alice.message(bob.path(), "from alice"), second = carol.message(bob.path(), "from carol");
    first.tid = second.tid = stage.id();
    alice.send(first);
    carol.send(second);
    const Frame got = bob.receive(), other = bob.receive();
    expect(got.tid != other.tid, "two transaction ids", "both are " + got.tid);
  });
  suite.add_policy("R-016", "transaction ids are minted, not copied", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame frame = alice.send(alice.message(bob.path()));
    const Frame got = bob.receive();
    expect(got.tid != frame.tid, "an id of the relay's own", "the sender's");
    expect(got.tid.size() >= 11, "64 random bits: 11 characters or more", got.tid);
  });
  suite.add_policy("R-016", "transaction ids do not repeat", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) {
      alice.send(alice.message(bob.path()));
      const Frame got = bob.receive();
      expect(std::ranges::find(ids, got.tid) == ids.end(), "an id that was not there before", got.tid);
      ids.push_back(got.tid);
      bob.answer(got);
    }
  });
  suite.add("R-017", "an outgoing id that sender and receiver put into the body ends no chunk early", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string start(7'000, 'a');
    Frame frame = alice.message(bob.path(), "");
    frame.set("Byte-Range", "1-*/*");
    alice.write(frame.head() + start);
    // bob sees the id in use, if the relay does not wait for the end; alice writes it.
    stage.wait([&] { return bob.octets_of_body() > 0 || !bob.inbox().empty(); }, Milliseconds(500));
    std::string body = start;
    const std::string tid = !bob.inbox().empty() ? bob.inbox().front().tid : bob.octets_of_body() > 0 ? bob.receive_head().tid : "none";
    const std::string trap = "\r\n-------" + tid + "$\r\nMSRP and behind it";
    alice.write(trap + frame.end_line());
    body += trap;
    const Frame got = bob.receive_message(frame.value("Message-ID"));
    expect(got.body == body && got.flag == '$', "the body as it was sent: " + std::to_string(body.size()) + " octets",
           std::to_string(got.body.value_or("").size()) + " octets");
  });
}

}  // namespace

void add_framing_cases(Suite& suite) {
  add_transaction_ids(suite);
  add_bodies(suite);
  add_segmentation(suite);
  add_headers(suite);
  add_ids_of_the_relay(suite);
}

}  // namespace conform
