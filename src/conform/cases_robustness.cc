// What is no MSRP at all, and what deployed clients really send (R-300 to R-304; C-n is line n of what they do).
#include <algorithm>
#include <functional>

#include "conform/cases.h"

namespace conform {
namespace {

void add_garbage(Suite& suite) {
  struct Vector {
    const char* what;
    std::string octets;
  };
  std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  hello.resize(517, '\x5a');
  const Vector vectors[] = {
      {"an HTTP request", "GET / HTTP/1.1\r\nHost: relay.example.org\r\n\r\n"},
      {"a WebSocket handshake",
       "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
       "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: msrp\r\n\r\n"},
      {"a TLS ClientHello", hello},
      {"zeros", std::string(100'000, '\0')},
      {"one line without an end", std::string(1'000'000, 'A')},
      {"blank lines", "\r\n\r\n\r\n\r\n\r\n\r\n"},
      {"an SMTP greeting", "EHLO example.org\r\n"},
      {"\"MSRP\" and random octets", "MSRP \x01\x02\x03\xff\xfe\r\n\x80\x81\r\n\r\n"},
      {"an end-line alone", "-------abcdefgh$\r\n"},
      {"a start line and end-line without headers", "MSRP abcdefgh SEND\r\n-------abcdefgh$\r\n"},
  };
  for (const Vector& vector : vectors) {
    suite.add("R-300", std::string("on the MSRP port: ") + vector.what + ". The relay lives, and ends that connection in time",
              [vector](Stage& stage) {
                Party& party = stage.stranger();
                party.queue(vector.octets);
                stage.settle(Milliseconds(50));
                stage.alive();
                expect(party.closes(stage.target.timer + stage.target.patience), "the connection closed", "open");
              });
  }
  suite.add("R-300", "random octets on twenty connections: the relay lives", [](Stage& stage) {
    for (int i = 0; i < 20; ++i) stage.stranger().queue(stage.random(2000));
    stage.settle(Milliseconds(200));
    stage.alive();
  });
  suite.add("R-301", "a frame cut short at every octet, each on a connection of its own that is then closed", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string octets = alice.message(bob.path()).encode();
    for (std::size_t cut = 1; cut < octets.size(); cut += 3) {
      Party& party = stage.stranger();
      party.write(std::string_view(octets).substr(0, cut));
      party.close();
    }
    stage.exchange(alice, bob);
    bob.expect_nothing("none of the cut frames was whole");
  });
  suite.add("R-301", "one bit wrong at every place of a frame: the relay lives, and nobody is disturbed", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    const std::string octets = alice.message(carol.path()).encode();
    for (std::size_t at = 0; at < octets.size(); at += 5) {
      std::string wrong = octets;
      wrong[at] = static_cast<char>(wrong[at] ^ (1 << (at % 7)));
      Party& party = stage.stranger();
      party.write(wrong);
      party.close();
    }
    stage.exchange(alice, bob);
  });
  suite.add("R-301", "malformed frames on one connection do not disturb another", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    for (int i = 0; i < 20; ++i) {
      stage.stranger().queue("MSRP abcdefgh SEND\r\nTo-Path: x\r\nFrom-Path: y\r\n-------abcdefgh$\r\n");
      stage.exchange(alice, bob);
    }
  });
  suite.add("R-303", "fifty connections that come, authenticate and go; the fifty-first is served", [](Stage& stage) {
    for (int i = 0; i < 50; ++i) {
      Stage one(stage.target);
      one.client();
    }
    auto [alice, bob] = two(stage);
    stage.exchange(alice, bob);
  });
  suite.add("R-302", "short messages go on while a large one is under way between others", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& carol = stage.client("carol");
    Party& dave = stage.client("dave");
    const std::string id = queue_in_chunks(carol, dave, std::string(16 << 20, 'x'));
    for (int i = 0; i < 20; ++i) stage.exchange(alice, bob);
    expect(dave.receive_message(id).body->size() == 16U << 20U, "16 MiB", "less");
  });
}

}  // namespace

void add_robustness_cases(Suite& suite) { add_garbage(suite); }

void add_client_cases(Suite& suite) {
  suite.add("C-1 R-155", "AUTH as msrplib sends it: no uri, nc and qop in quotes", [](Stage& stage) {
    if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
    Party& party = stage.stranger();
    Credentials credentials(party.challenge(), party.account, stage.target.uri);
    credentials.set("nc", "\"00000001\"").set("qop", "\"auth\"");
    const Frame answer = party.ask(party.auth_request(credentials.text()));
    expect(answer.code == 200, "200", describe(answer));
  });
  suite.add("C-1 R-155", "AUTH as Crocodile sends it: uri, nc and qop bare", [](Stage& stage) {
    if (!stage.target.no_auth.empty()) throw Skipped{stage.target.no_auth};
    Party& party = stage.stranger();
    Credentials credentials(party.challenge(), party.account, stage.target.uri);
    credentials.set("uri", "\"" + stage.target.uri + "\"");
    const Frame answer = party.ask(party.auth_request(credentials.text()));
    expect(answer.code == 200, "200", describe(answer));
  });
  suite.add("C-4", "what a client receives names its Use-Path URI octet by octet, whoever sent it", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    expect_equal(alice.use_path, deliver(anna, alice, anna.message(alice.path())).from.front(), "From-Path beginning with");
  });
  suite.add("C-5", "the first SEND is empty, 1-0/0, and answered before anything else is sent", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), "");
    deliver(alice, bob, frame.set("Byte-Range", "1-0/0"));
    alice.response_to(frame, 200);
    stage.exchange(alice, bob);
  });
  suite.add("C-5", "the first SEND has no Byte-Range, no Content-Type and no body", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::nullopt);
    deliver(alice, bob, frame);
    alice.response_to(frame, 200);
  });
  suite.add("C-6", "Byte-Range n-*/total above 2048 octets, chunk after chunk", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const std::string id = stage.id("m");
    for (int i = 0; i < 4; ++i) {
      Frame chunk = alice.message(bob.path(), std::string(5000, static_cast<char>('a' + i)));
      chunk.set("Message-ID", id).set("Byte-Range", std::to_string(i * 5000 + 1) + "-*/20000");
      chunk.flag = i < 3 ? '+' : '$';
      alice.send(chunk);
    }
    expect(bob.receive_message(id).body->size() == 20'000, "20000 octets", "another number");
  });
  struct Sloppy {
    const char* what;
    std::function<void(Frame&, const Frame&, const Party&)> change;
  };
  const Sloppy sloppy[] = {
      {"without a comment", [](Frame& answer, const Frame&, const Party&) { answer.comment.clear(); }},
      {"with the far client in To-Path", [](Frame& answer, const Frame&, const Party& alice) { answer.to = {alice.uri}; }},
      {"with the whole From-Path in To-Path, and a Byte-Range",
       [](Frame& answer, const Frame& got, const Party&) {
         answer.to = got.from;
         answer.headers = {{"Byte-Range", "1-5/5"}};
       }},
  };
  for (const Sloppy& one : sloppy) {
    // RFC 4976 6.4.3 lets a relay drop what is not addressed to it: taking it is kinder.
    suite.add_policy("C-7", std::string("a 200 ") + one.what + " is taken: no 408 later, and the sender sees nothing of it",
                     [one](Stage& stage) {
                       auto [alice, bob] = two(stage);
                       const Frame sent = alice.send(alice.message(bob.path()));
                       alice.response_to(sent, 200);
                       const Frame got = bob.receive();
                       Frame answer = bob.response(got);
                       one.change(answer, got, alice);
                       bob.send(answer);
                       stage.settle(stage.target.timer + stage.target.timer / 5 + Milliseconds(500));
                       alice.expect_nothing("the 200 ends at the relay");
                     });
  }
  suite.add("C-8", "cumulative success REPORTs are all passed on", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame got = deliver(alice, bob, alice.message(bob.path(), std::string(100, 'x')));
    for (const char* range : {"1-20/100", "1-60/100", "1-100/100"}) {
      Frame report = bob.report(got);
      bob.send(report.set("Byte-Range", range));
      expect_equal(range, alice.receive("REPORT").value("Byte-Range"), "Byte-Range");
    }
  });
  suite.add("C-11", "session-ids of others with / + = are carried as they are", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    anna.uri = "msrp://anna.invalid:2855/b64/with+and/slash==;tcp";
    expect_equal(anna.uri, deliver(anna, alice, anna.message(alice.path())).from.back(), "From-Path ending with");
    deliver(alice, anna, alice.message(anna.uri));
  });
  suite.add("C-12 R-134", "Content-Disposition stays with every piece of a cut chunk", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::string(8'000, 'x'));
    frame.add("Content-Disposition", "attachment; filename=\"picture.png\"");
    const std::string octets = frame.encode();
    alice.write(std::string_view(octets).substr(0, 4'000));
    // An answer in between makes a relay cut.
    bob.send(bob.message(alice.path()));
    stage.settle(Milliseconds(50));
    alice.queue(std::string_view(octets).substr(4'000));
    for (char flag = '+'; flag == '+';) {
      const Frame piece = bob.receive();
      expect_equal(frame.value("Content-Disposition"), piece.value("Content-Disposition"), "Content-Disposition");
      flag = piece.flag;
    }
  });
  suite.add("C-13", "a URI *.invalid is never looked up: the client's connection is used", [](Stage& stage) {
    auto [alice, bob] = two(stage);  // both are
    stage.exchange(alice, bob);
  });
  suite.add("C-14", "a SEND whose To-Path is the relay alone: an error, and the connection stays", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message("x");
    frame.to = {alice.use_path};
    alice.send(frame);
    const Frame answer = alice.response_to(frame);
    expect(answer.code >= 400, "4xx or 501", describe(answer));
    stage.exchange(alice, bob);
  });
}

}  // namespace conform
