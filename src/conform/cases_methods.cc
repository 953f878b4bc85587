// REPORT, methods that the relay does not know, and responses that travel back.
#include "conform/cases.h"

namespace conform {
namespace {

void add_unknown_methods(Suite& suite) {
  for (const char* method : {"NICKNAME", "X", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "SENDX", "AUTHX", "MSRP"}) {
    suite.add("R-067", std::string("a request of method ") + method + " is passed on with its headers and body", [method](Stage& stage) {
      auto [alice, bob] = two(stage);
      Frame frame = alice.message(bob.path(), "payload", method);
      frame.add("Use-Nickname", "\"Al\"");
      alice.send(frame);
      const Frame got = bob.receive(method);
      expect(got.body == frame.body, "its body", describe(got));
      expect_same_headers(frame, got);
      expect_equal(bob.use_path + " " + alice.use_path + " " + alice.uri, join(got.from), "From-Path");
    });
  }
  suite.add("R-067", "without a body too", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::nullopt, "NICKNAME");
    alice.send(frame);
    expect(!bob.receive("NICKNAME").body, "no body", "one");
  });
  suite.add("R-067", "the relay itself does not answer what it passes on", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
    bob.receive("NICKNAME");
    stage.fence(bob, alice);
    alice.expect_nothing("only SEND is answered by each hop");
  });
  suite.add("R-067 R-048", "other methods need the right to use the URI as well", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Party& mallory = stage.stranger("mallory");
    stage.refused(mallory, mallory.message(alice.use_path + " " + bob.path(), std::nullopt, "NICKNAME"), {400, 403, 481, 501, 506});
    expect_nothing_at(stage, bob, "a stranger does not own alice's URI");
  });
}

void add_responses(Suite& suite) {
  struct Vector {
    int code;
    const char* comment;
  };
  for (const Vector& vector :
       {Vector{200, "OK"}, Vector{404, ""}, Vector{425, "Nickname reserved"}, Vector{428, "caf\xc3\xa9 \xe2\x82\xac"},
        Vector{501, "Not here"}, Vector{299, "Odd"}, Vector{799, "Odder"}}) {
    suite.add(
        "R-068",
        "a response " + std::to_string(vector.code) + (*vector.comment == 0 ? " without a comment" : "") + " travels back under the old id",
        [code = vector.code, comment = vector.comment](Stage& stage) {
          auto [alice, bob] = two(stage);
          const Frame sent = alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
          bob.answer(bob.receive("NICKNAME"), code, comment);
          const Frame answer = alice.response_to(sent, code);
          expect_equal(comment, answer.comment, "comment");
          expect_equal(alice.uri, join(answer.to), "To-Path");
          expect_equal(alice.use_path + " " + bob.use_path + " " + bob.uri, join(answer.from), "From-Path");
        });
  }
  suite.add("R-068 R-011", "headers of a response travel back with it", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
    Frame answer = bob.response(bob.receive("NICKNAME"));
    answer.headers = {{"X-More", "1"}, {"X-Text", "caf\xc3\xa9"}};
    bob.send(answer);
    expect_same_headers(answer, alice.response_to(sent, 200));
  });
  suite.add("R-068", "responses in another order than the requests find their way", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame first = alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
    const Frame second = alice.send(alice.message(bob.path(), std::nullopt, "NICKNAME"));
    const Frame got_first = bob.receive("NICKNAME"), got_second = bob.receive("NICKNAME");
    bob.answer(got_second, 404, "second");
    bob.answer(got_first, 200, "first");
    expect_equal("first", alice.response_to(first, 200).comment, "comment");
    expect_equal("second", alice.response_to(second, 404).comment, "comment");
  });
  suite.add("R-068", "Failure-Report does not concern the responses to other methods", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message(bob.path(), std::nullopt, "NICKNAME");
    alice.send(frame.set("Failure-Report", "no"));
    bob.answer(bob.receive("NICKNAME"), 404, "No");
    alice.response_to(frame, 404);
  });
}

void add_reports(Suite& suite) {
  suite.add("R-066", "a REPORT is passed on with its headers, and not answered", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame got = deliver(alice, bob, alice.message(bob.path()));
    Frame report = bob.report(got);
    bob.send(report.add("X-More", "1"));
    const Frame arrived = alice.receive("REPORT");
    expect_same_headers(report, arrived);
    expect_equal(report.value("Byte-Range"), arrived.value("Byte-Range"), "Byte-Range");
    expect_equal(alice.uri, join(arrived.to), "To-Path");
    expect_equal(alice.use_path + " " + bob.use_path + " " + bob.uri, join(arrived.from), "From-Path");
    stage.fence(alice, bob);
    bob.expect_nothing("a REPORT is not answered");
  });
  suite.add("R-066 R-072", "a REPORT with a body is passed on", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame report = bob.report(deliver(alice, bob, alice.message(bob.path())));
    report.headers.emplace_back("Content-Type", "text/plain");
    report.body = "because";
    bob.send(report);
    expect(alice.receive("REPORT").body == report.body, "the body of the REPORT", "another, or none");
  });
  for (const char* status : {"000 200", "000 200 OK", "000 413 Stop it", "000 799 caf\xc3\xa9", "123 456 Another namespace"}) {
    suite.add("R-066", std::string("a REPORT with Status ") + printable(status) + " is passed on as it is", [status](Stage& stage) {
      auto [alice, bob] = two(stage);
      bob.send(bob.report(deliver(alice, bob, alice.message(bob.path())), status));
      expect_equal(status, alice.receive("REPORT").value("Status"), "Status");
    });
  }
  suite.add("R-066 R-116", "a REPORT that cannot be delivered draws nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame report = bob.report(deliver(alice, bob, alice.message(bob.path())));
    report.to[1] = report.to[1].substr(0, report.to[1].rfind('/') + 1) + stage.id("never") + ";tcp";
    bob.send(report);
    stage.fence(alice, bob);
    bob.expect_nothing("no answer and no REPORT to a REPORT");
  });
  suite.add("R-066 R-116", "a REPORT to the relay alone draws nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame report = bob.report(deliver(alice, bob, alice.message(bob.path())));
    report.to = {bob.use_path};
    bob.send(report);
    stage.fence(alice, bob);
    bob.expect_nothing("no answer and no REPORT to a REPORT");
  });
  suite.add("R-066", "a REPORT of a stranger to a client is passed on", [](Stage& stage) {
    Party& alice = stage.client();
    Party& anna = stage.stranger("anna");
    Frame report;
    report.tid = stage.id();
    report.method = "REPORT";
    report.to = {alice.use_path, alice.uri};
    report.from = {anna.uri};
    report.headers = {{"Message-ID", stage.id("m")}, {"Byte-Range", "1-5/5"}, {"Status", "000 200 OK"}};
    anna.send(report);
    expect_same_headers(report, alice.receive("REPORT"));
  });
}

void add_last_hop(Suite& suite) {
  suite.add("R-069", "an unknown method whose last hop is the relay: 501", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("x", std::nullopt, "NICKNAME");
    frame.to = {alice.use_path};
    alice.send(frame);
    alice.response_to(frame, 501);
  });
  suite.add("R-069", "the same with a body: 501", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("x", "body", "BLAHBLAH");
    frame.to = {alice.use_path};
    alice.send(frame);
    alice.response_to(frame, 501);
  });
  suite.add("R-069", "the connection serves on after a 501", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    Frame frame = alice.message("x", std::nullopt, "NICKNAME");
    frame.to = {alice.use_path};
    alice.send(frame);
    alice.response_to(frame);
    stage.exchange(alice, bob);
  });
  suite.add("R-065 C-14", "a SEND whose last hop is the relay: an error, not a 200", [](Stage& stage) {
    Party& alice = stage.client();
    Frame frame = alice.message("x");
    frame.to = {alice.use_path};
    alice.send(frame);
    const Frame answer = alice.response_to(frame);
    expect(answer.code >= 400, "an error: nobody will read it", describe(answer));
  });
}

void add_to_peers(Suite& suite) {
  suite.add("R-071 R-227", "a request of another method uses the connection that is there", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame sent = alice.send(alice.message(door.uri));
    Party& peer = door.accept();
    peer.receive_message(sent.value("Message-ID"));
    alice.send(alice.message(door.uri, std::nullopt, "NICKNAME"));
    peer.receive("NICKNAME");
    expect(!door.was_dialled(), "the connection that is there", "a second one");
  });
  suite.add("R-071", "a request of another method opens a connection where none is", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    const Frame sent = alice.send(alice.message(door.uri, std::nullopt, "NICKNAME"));
    Party& peer = door.accept();
    const Frame got = peer.receive("NICKNAME");
    expect_equal(alice.use_path + " " + alice.uri, join(got.from), "From-Path");
    peer.answer(got, 425, "Reserved");
    alice.response_to(sent, 425);
  });
  suite.add("R-199 R-070", "AUTH for a next relay is passed on, and its answers come back under the old ids", [](Stage& stage) {
    Party& alice = stage.client();
    Door& door = stage.door();
    Frame request = alice.auth_request();
    request.to = {alice.use_path, door.uri};
    alice.send(request);
    Party& next = door.accept();
    Frame got = next.receive("AUTH");
    expect_equal(door.uri, join(got.to), "To-Path");
    expect_equal(alice.use_path + " " + alice.uri, join(got.from), "From-Path");
    Frame challenge = next.response(got, 401, "Who are you");
    challenge.headers = {{"WWW-Authenticate", "Digest realm=\"far\", nonce=\"n123\", qop=\"auth\""}};
    next.send(challenge);
    expect_same_headers(challenge, alice.response_to(request, 401));
    request.tid = stage.id();
    alice.send(request.set("Authorization",
                           "Digest username=\"a\", realm=\"far\", nonce=\"n123\", qop=auth, nc=00000001, cnonce=\"c\", "
                           "response=\"00000000000000000000000000000000\""));
    got = next.receive("AUTH");
    expect_equal(request.value("Authorization"), got.value("Authorization"), "Authorization");
    Frame welcome = next.response(got);
    welcome.headers = {{"Use-Path", alice.use_path + " " + door.uri}, {"Expires", "600"}};
    next.send(welcome);
    expect_same_headers(welcome, alice.response_to(request, 200));
  });
}

}  // namespace

void add_method_cases(Suite& suite) {
  add_unknown_methods(suite);
  add_responses(suite);
  add_reports(suite);
  add_last_hop(suite);
  add_to_peers(suite);
}

}  // namespace conform
