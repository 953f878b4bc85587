// Frames that no relay may pass on: an error or the end of the connection, nothing at the receiver.
#include <functional>

#include "conform/cases.h"

namespace conform {
namespace {

void replace(std::string& octets, std::string_view what, std::string_view with) {
  const std::size_t at = octets.find(what);
  if (at != std::string::npos) octets.replace(at, what.size(), with);
}

using Spoil = std::function<void(std::string& octets, const Frame& frame)>;

struct Vector {
  const char* requirements;
  const char* what;
  Spoil spoil;
  bool answerable = true;  // transaction id and paths can be read
  Kind kind = Kind::rfc;
};

// A change of the first occurrence of one text.
Spoil change(std::string what, std::string with) {
  return [what, with](std::string& octets, const Frame&) { replace(octets, what, with); };
}
// A line in front of Message-ID.
Spoil line(std::string text) { return change("Message-ID: ", text + "\r\nMessage-ID: "); }

std::vector<Vector> start_lines() {
  return {
      {"R-001", "\"msrp\" in lower case", change("MSRP ", "msrp "), false},
      {"R-001", "a method in lower case", change(" SEND\r\n", " send\r\n"), false},
      {"R-001", "a method with a digit", change(" SEND\r\n", " SEND2\r\n"), false},
      {"R-001", "two blanks before the method", change(" SEND\r\n", "  SEND\r\n"), false},
      {"R-001", "no method", change(" SEND\r\n", "\r\n"), false},
      {"R-001", "a word behind the method", change(" SEND\r\n", " SEND now\r\n"), false},
      {"R-002", "a transaction id of 3 characters",
       [](std::string& octets, const Frame& frame) {
         replace(octets, frame.tid, "abc");
         replace(octets, frame.tid, "abc");
       },
       false},
      {"R-002", "a transaction id of 33 characters",
       [](std::string& octets, const Frame& frame) {
         const std::string longer(33, 'a');
         replace(octets, frame.tid, longer);
         replace(octets, frame.tid, longer);
       },
       false},
      {"R-002", "a transaction id that begins with a dot",
       [](std::string& octets, const Frame& frame) {
         replace(octets, frame.tid, ".bcdefgh");
         replace(octets, frame.tid, ".bcdefgh");
       },
       false},
      {"R-002", "a transaction id with an underscore",
       [](std::string& octets, const Frame& frame) {
         replace(octets, frame.tid, "abc_defg");
         replace(octets, frame.tid, "abc_defg");
       },
       false},
  };
}

std::vector<Vector> path_headers() {
  return {
      {"R-003", "From-Path before To-Path",
       [](std::string& octets, const Frame& frame) {
         const std::string to = "To-Path: " + join(frame.to) + "\r\n", from = "From-Path: " + join(frame.from) + "\r\n";
         replace(octets, to + from, from + to);
       },
       false},
      {"R-003", "a header before To-Path", change("To-Path: ", "X-First: 1\r\nTo-Path: "), false},
      {"R-003", "a header between To-Path and From-Path", change("From-Path: ", "X-Second: 1\r\nFrom-Path: "), false},
      {"R-003", "no From-Path",
       [](std::string& octets, const Frame& frame) { replace(octets, "From-Path: " + join(frame.from) + "\r\n", ""); }, false},
      {"R-003", "no To-Path", [](std::string& octets, const Frame& frame) { replace(octets, "To-Path: " + join(frame.to) + "\r\n", ""); },
       false},
      {"R-003", "To-Path twice", line("To-Path: msrp://other.example.org:2855/x;tcp"), false},
      {"R-003", "From-Path twice", line("From-Path: msrp://other.example.org:2855/x;tcp"), false},
      {"R-003", "an empty To-Path",
       [](std::string& octets, const Frame& frame) { replace(octets, "To-Path: " + join(frame.to), "To-Path: "); }, false},
      {"R-003", "To-Path without the blank behind the colon", change("To-Path: ", "To-Path:"), false, Kind::policy},
  };
}

std::vector<Vector> header_lines() {
  return {
      {"R-004", "lines that end in LF only",
       [](std::string& octets, const Frame&) {
         for (std::size_t at = 0; (at = octets.find("\r\n", at)) != std::string::npos;) octets.erase(at, 1);
       },
       false},
      {"R-004", "a header line that ends in LF only", change("\r\nMessage-ID: ", "\nMessage-ID: "), false},
      {"R-004", "a folded header", line("X-Folded: a\r\n b")},
      {"R-004", "a lone CR in a header value", line("X-Cr: a\rb")},
      {"R-010", "a body without Content-Type", change("Content-Type: text/plain\r\n", "")},
      {"R-010", "Content-Type without a body", change("\r\n\r\nhello\r\n", "\r\n")},
      {"R-010", "a header behind Content-Type", change("Content-Type: text/plain\r\n", "Content-Type: text/plain\r\nX-Late: 1\r\n"), true,
       Kind::policy},
      {"R-010", "an empty Content-Type", change("Content-Type: text/plain", "Content-Type: "), true, Kind::policy},
      {"R-012", "a NUL in a header value", line(std::string("X-Nul: a\0b", 10))},
      {"R-012", "a control character in a header value", line("X-Control: a\x01z")},
      {"R-012", "DEL in a header value", line("X-Del: a\x7Fz")},
      {"R-012", "octets that are no UTF-8 in a header value", line("X-Latin: caf\xE9")},
      {"R-012", "a cut UTF-8 sequence at the end of a value", line("X-Cut: a\xE2\x82")},
      {"R-014", "a header line without a colon", line("No colon here")},
      {"R-014", "a header line without a name", line(": value")},
      {"R-014", "a header name with a blank", line("X Y: value")},
      {"R-014", "a header name that begins with a digit", line("9X: value"), true, Kind::policy},
      {"R-014", "a header name of UTF-8", line("X-\xC3\xA9: value"), true, Kind::policy},
  };
}

std::vector<Vector> values() {
  const auto range = [](std::string value) { return change("Byte-Range: 1-5/5", "Byte-Range: " + value); };
  return {
      {"R-019", "Byte-Range without a total", range("1-5")},
      {"R-019", "Byte-Range of words", range("one-five/five")},
      {"R-019", "Byte-Range with a negative start", range("-1-5/5")},
      {"R-019", "Byte-Range with * as its start", range("*-5/5")},
      {"R-019", "Byte-Range with something behind the total", range("1-5/5x")},
      {"R-019", "an empty Byte-Range", range("")},
      {"R-019", "Byte-Range in hexadecimal", range("0x1-0x5/0x5")},
      {"R-021", "Failure-Report: perhaps", line("Failure-Report: perhaps"), true, Kind::policy},
      {"R-021", "Success-Report: partial", line("Success-Report: partial"), true, Kind::policy},
      {"R-021", "an empty Success-Report", line("Success-Report: "), true, Kind::policy},
      {"R-022", "Message-ID twice", line("Message-ID: other123"), true, Kind::policy},
      {"R-022", "Byte-Range twice", line("Byte-Range: 1-5/5"), true, Kind::policy},
      {"R-022", "Failure-Report twice", line("Failure-Report: yes\r\nFailure-Report: partial"), true, Kind::policy},
      {"R-022", "Success-Report twice", line("Success-Report: yes\r\nSuccess-Report: no"), true, Kind::policy},
      {"R-022", "Content-Type twice", change("Content-Type: ", "Content-Type: a/b\r\nContent-Type: "), true, Kind::policy},
  };
}

void add_bounds(Suite& suite) {
  struct Bound {
    const char* what;
    std::function<std::string(const Frame&)> make;
  };
  const Bound bounds[] = {
      {"a header line of 1 MiB",
       [](const Frame& frame) {
         Frame big = frame;
         return big.add("X-Long", std::string(1 << 20, 'a')).encode();
       }},
      {"ten thousand header lines",
       [](const Frame& frame) {
         std::string octets = frame.encode(), lines;
         for (int i = 0; i < 10'000; ++i) lines += "X-H: " + std::to_string(i) + "\r\n";
         replace(octets, "Message-ID: ", lines + "Message-ID: ");
         return octets;
       }},
      {"ten thousand URIs in To-Path",
       [](const Frame& frame) {
         Frame big = frame;
         big.to.insert(big.to.end(), 10'000, "msrp://far.example.org:2855/x;tcp");
         return big.encode();
       }},
      {"a start line without an end", [](const Frame&) { return "MSRP " + std::string(1 << 20, 'a'); }},
  };
  for (const Bound& bound : bounds) {
    suite.add_policy("R-018", std::string(bound.what) + " is refused: 400, or the connection closed", [bound](Stage& stage) {
      auto [alice, bob] = two(stage);
      const Frame frame = alice.message(bob.path());
      expect_rejected(stage, alice, bob, bound.make(frame), frame.tid);
    });
  }
}

void add_oversized(Suite& suite) {
  suite.add("R-015", "a request of another method carries 10240 octets of body", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame frame = alice.send(alice.message(bob.path(), std::string(10'240, 'n'), "NICKNAME"));
    const Frame got = bob.receive("NICKNAME");
    expect(got.body == frame.body, "its 10240 octets", describe(got));
  });
  suite.add_policy("R-015", "a request of another method with 1 MiB of body is refused", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame frame = alice.message(bob.path(), std::string(1 << 20, 'n'), "NICKNAME");
    expect_rejected(stage, alice, bob, frame.encode(), frame.tid);
  });
  suite.add("R-013", "a response with a body is not passed on", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
    Frame answer = bob.response(bob.receive("NICKNAME"));
    answer.headers = {{"Content-Type", "text/plain"}};
    answer.body = "no body here";
    bob.send(answer);
    stage.settle();
    expect_nothing_at(stage, alice, "the response is malformed");
  });
  suite.add("R-019", "the largest numbers in Byte-Range do no harm", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    for (const std::string value : {"1-*/18446744073709551615", "18446744073709551615-*/*", "18446744073709551611-18446744073709551615/*",
                                    "1-*/99999999999999999999999999", "99999999999999999999999999-*/*"}) {
      Party& sender = stage.client();
      Frame frame = sender.message(bob.path());
      sender.write(frame.set("Byte-Range", value).encode());
    }
    stage.exchange(alice, bob);
  });
}

}  // namespace

void add_malformed_cases(Suite& suite) {
  for (const auto& vectors : {start_lines(), path_headers(), header_lines(), values()}) {
    for (const Vector& vector : vectors) {
      const auto run = [vector](Stage& stage) {
        auto [alice, bob] = two(stage);
        const Frame frame = alice.message(bob.path());
        std::string octets = frame.encode();
        vector.spoil(octets, frame);
        expect_rejected(stage, alice, bob, octets, frame.tid, vector.answerable);
      };
      const std::string title = std::string("not passed on: ") + vector.what;
      vector.kind == Kind::rfc ? suite.add(vector.requirements, title, run) : suite.add_policy(vector.requirements, title, run);
    }
  }
  add_bounds(suite);
  add_oversized(suite);
}

}  // namespace conform
