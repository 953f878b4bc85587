// Failure-Report {absent, yes, partial, no} x what the next hop does x who it is: a client of the relay on its own connection, or a peer
// that the relay dialled. What is due: one final response where one was asked for, one REPORT where it failed, no more.
#include <algorithm>
#include <array>

#include "conform/cases.h"

namespace conform {
namespace {

enum class Asked : unsigned char { absent, yes, partial, no };
constexpr std::array asked_all = {Asked::absent, Asked::yes, Asked::partial, Asked::no};

std::string name_of(Asked asked) {
  switch (asked) {
    case Asked::absent: return "absent";
    case Asked::yes: return "yes";
    case Asked::partial: return "partial";
    case Asked::no: return "no";
  }
  return {};
}

bool wants_response(Asked asked) { return asked == Asked::absent || asked == Asked::yes; }

Frame asking(Frame frame, Asked asked) {
  if (asked != Asked::absent) frame.set("Failure-Report", name_of(asked));
  return frame;
}

// A sender, and the next hop behind the relay.
struct Scene {
  Party& alice;
  Party* far = nullptr;  // nullptr: a peer that is not there yet
  Door* door = nullptr;
  std::string path;
};

Scene scene_of(Stage& stage, bool dialled) {
  Party& alice = stage.client("alice");
  if (!dialled) {
    Party& bob = stage.second_client("bob");
    return {alice, &bob, nullptr, bob.path()};
  }
  Door& door = stage.door();
  return {alice, nullptr, &door, door.uri};
}

Party& far_of(Scene& scene) {
  if (scene.far == nullptr) scene.far = &scene.door->accept();
  return *scene.far;
}

// From the far side, over the connection that carried its answer: when this is there, all before it has been dealt with.
void far_fence(Stage& stage, Scene& scene, const Frame& got) {
  Frame word = scene.far->message("x", "fence");
  word.to = got.from;
  scene.far->send(word.set("Failure-Report", "no"));
  scene.alice.take([&](const Frame& frame) { return frame.value("Message-ID") == word.value("Message-ID"); }, "a message sent after it");
  stage.settle();
}

void expect_report(const Frame& report, const Frame& sent, const std::string& status) {
  const std::string seen = report.value("Status");
  expect(seen == status || seen.starts_with(status + " "), "REPORT with Status " + status, "\"" + seen + "\"");
  expect_equal(join(sent.from), join(report.to), "To-Path of the REPORT");
  // Every hop that it passed, and the one that made it, was a URI of the relay's in the SEND.
  for (const std::string& uri : report.from) {
    expect(std::ranges::find(sent.to, uri) != sent.to.end(), "From-Path of the REPORT: URIs of the relay's", join(report.from));
  }
  expect(report.header("Failure-Report") == nullptr && report.header("Success-Report") == nullptr,
         "neither Failure-Report nor Success-Report in a REPORT", "one of them");
}

void expect_range(const Frame& report, std::uint64_t start, std::uint64_t least_end, std::uint64_t most_end, const std::string& total) {
  const auto range = report.range();
  if (!range) fail("Byte-Range in the REPORT", "none");
  const bool end = range->end && *range->end >= least_end && *range->end <= most_end;
  const std::string seen = report.value("Byte-Range");
  expect(range->start == start && end && seen.ends_with("/" + total),
         "Byte-Range " + std::to_string(start) + "-" + std::to_string(most_end) + "/" + total, seen);
}

// What one who asked so may see when nothing is left to happen, after a response `code` of the next hop.
void judge_code(Stage& stage, Scene& scene, const Frame& sent, const Frame& got, Asked asked, int code) {
  Party& alice = scene.alice;
  if (wants_response(asked)) alice.response_to(sent, 200);
  if (code >= 300 && asked != Asked::no) {
    const Frame report = alice.report_on(sent);
    expect_report(report, sent, "000 " + std::to_string(code));
    expect_range(report, 1, 5, 5, "5");
  }
  far_fence(stage, scene, got);
  alice.expect_nothing(code >= 300 && asked != Asked::no ? "one REPORT is enough" : "no failure to report, or none asked for");
}

void add_codes(Suite& suite) {
  for (const int code : {200, 400, 403, 408, 413, 415, 423, 481, 501, 506, 299, 600, 799}) {
    for (const Asked asked : asked_all) {
      // Every code once from a client with each value; from a peer that was dialled only some.
      for (const bool dialled : {false, true}) {
        if (dialled && code != 200 && code != 481 && code != 799) continue;
        const bool success = code < 300;
        const char* requirements = code == 299 || code > 506 ? "R-095 R-107" : success ? "R-111" : asked == Asked::no ? "R-086" : "R-107";
        const std::string title = std::to_string(code) + " from a " + (dialled ? "peer" : "client") + ", Failure-Report " + name_of(asked) +
                                  (success || asked == Asked::no ? ": no REPORT" : ": one REPORT");
        const auto run = [=](Stage& stage) {
          Scene scene = scene_of(stage, dialled);
          const Frame sent = scene.alice.send(asking(scene.alice.message(scene.path), asked));
          Party& far = far_of(scene);
          const Frame got = far.receive();
          far.answer(got, code, "Said So");
          judge_code(stage, scene, sent, got, asked, code);
        };
        // 299: "a non 200 response" in one place, "200-class" in another.
        code == 299 ? suite.add_policy(requirements, title, run) : suite.add(requirements, title, run);
      }
    }
  }
}

void add_silence(Suite& suite) {
  for (const bool dialled : {false, true}) {
    for (const Asked asked : asked_all) {
      const bool due = wants_response(asked);
      suite.add(due ? "R-105" : "R-106",
                std::string("silence of a ") + (dialled ? "peer" : "client") + ", Failure-Report " + name_of(asked) +
                    (due ? ": REPORT 408 when the timer is over" : ": nothing"),
                [=](Stage& stage) {
                  Scene scene = scene_of(stage, dialled);
                  Party& alice = scene.alice;
                  const auto began = Clock::now();
                  const Frame sent = alice.send(asking(alice.message(scene.path), asked));
                  const Frame got = far_of(scene).receive();
                  if (due) {
                    alice.response_to(sent, 200);
                    const Frame report = alice.report_on(sent, stage.target.timer + stage.target.patience);
                    const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - began);
                    expect_report(report, sent, "000 408");
                    expect_range(report, 1, 5, 5, "5");
                    expect(took >= stage.target.timer * 9 / 10, "not before the timer is over", std::to_string(took.count()) + " ms");
                  } else {
                    stage.settle(stage.target.timer + stage.target.timer / 5 + Milliseconds(500));
                  }
                  far_fence(stage, scene, got);
                  alice.expect_nothing(due ? "one REPORT is enough" : "no timer runs");
                });
    }
  }
  suite.add("R-105", "the timer starts with the last octet, not with the first", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.message(bob.path(), std::string(8000, 'x'));
    const std::string octets = sent.encode();
    alice.write(std::string_view(octets).substr(0, octets.size() / 2));
    stage.settle(stage.target.timer * 6 / 10);
    const auto began = Clock::now();
    alice.write(std::string_view(octets).substr(octets.size() / 2));
    const Frame got = bob.receive_message(sent.value("Message-ID"), false);
    const Frame report = alice.report_on(sent, stage.target.timer + stage.target.patience);
    const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - began);
    // A relay that cut the chunk in two may report the first part, which was whole before.
    const auto range = report.range();
    if (!range || !range->end || *range->end < 8000) return;
    expect(took >= stage.target.timer * 9 / 10, "408 not before the timer is over",
           std::to_string(took.count()) + " ms after the last octet");
  });
  suite.add("R-111", "an answer shortly before the end of the timer stops it", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    alice.response_to(alice.send(alice.message(bob.path())), 200);
    const Frame got = bob.receive();
    stage.settle(stage.target.timer * 6 / 10);
    bob.answer(got);
    stage.settle(stage.target.timer * 6 / 10 + Milliseconds(300));
    alice.expect_nothing("the answer was in time");
  });
  suite.add("R-111", "an answer after the 408 changes nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path()));
    const Frame got = bob.receive();
    alice.response_to(sent, 200);
    alice.report_on(sent, stage.target.timer + stage.target.patience);
    bob.answer(got, 481, "Late");
    stage.fence(bob, alice);
    alice.expect_nothing("the transaction is over");
  });
  suite.add("R-111", "a second answer of the next hop changes nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path()));
    const Frame got = bob.receive();
    alice.response_to(sent, 200);
    bob.answer(got);
    bob.answer(got, 481, "Second");
    stage.fence(bob, alice);
    alice.expect_nothing("the transaction is over");
  });
  suite.add("R-111", "an answer under the sender's id, not the relay's, completes nothing", [](Stage& stage) {
    auto [alice, bob] = two(stage);
    const Frame sent = alice.send(alice.message(bob.path()));
    Frame got = bob.receive();
    if (got.tid == sent.tid) throw Skipped{"the relay copies transaction ids"};
    alice.response_to(sent, 200);
    Frame answer = bob.response(got, 481, "Wrong Id");
    answer.tid = sent.tid;
    bob.send(answer);
    bob.answer(got);
    stage.fence(bob, alice);
    alice.expect_nothing("no transaction of that id is under way to bob");
  });
}

enum class Break : unsigned char { refused, at_once, in_chunk, after_chunk, closed_after_chunk };

std::string name_of(Break how) {
  switch (how) {
    case Break::refused: return "a port that refuses connections";
    case Break::at_once: return "a connection reset before the chunk";
    case Break::in_chunk: return "a connection reset in the chunk";
    case Break::after_chunk: return "a connection reset after the chunk, unanswered";
    case Break::closed_after_chunk: return "a connection closed after the chunk, unanswered";
  }
  return {};
}

// Waits until `alice` has been told as often as is due, and a while longer; counts.
void judge_break(Stage& stage, Party& alice, const Frame& sent, Asked asked, bool certain, std::uint64_t octets) {
  const auto is_response = [&](const Frame& frame) { return frame.is_response() && frame.tid == sent.tid; };
  const auto is_report = [&](const Frame& frame) {
    return frame.method == "REPORT" && frame.value("Message-ID") == sent.value("Message-ID");
  };
  const auto failed = [&] {
    return std::ranges::any_of(alice.inbox(),
                               [&](const Frame& frame) { return is_report(frame) || (is_response(frame) && frame.code >= 300); });
  };
  const auto responses = [&] { return std::ranges::count_if(alice.inbox(), is_response); };
  const Milliseconds most = stage.target.timer + stage.target.patience;
  if (asked != Asked::no) {
    const bool told =
        stage.wait([&] { return failed() && (!wants_response(asked) || responses() > 0); }, certain ? most : Milliseconds(1500));
    if (!told && (certain || wants_response(asked))) {
      fail("the failure told, in a REPORT or the response",
           alice.inbox().empty() ? "nothing" : describe(alice.inbox().front()) + ", no REPORT");
    }
  }
  stage.settle(Milliseconds(400));
  int reports = 0, errors = 0, successes = 0;
  for (const Frame& frame : alice.inbox()) {
    if (is_report(frame)) {
      ++reports;
      const int code = std::atoi(frame.value("Status").substr(0, 7).substr(std::min<std::size_t>(4, frame.value("Status").size())).c_str());
      expect(code >= 300, "a Status that tells of a failure", frame.value("Status"));
      expect_report(frame, sent, frame.value("Status").substr(0, 7));
      expect_range(frame, 1, 0, octets, std::to_string(octets));
    } else if (is_response(frame)) {
      ++(frame.code >= 300 ? errors : successes);
    } else {
      fail("a response or a REPORT on the message", describe(frame));
    }
  }
  const std::string seen =
      std::to_string(successes) + " 200s, " + std::to_string(errors) + " error responses, " + std::to_string(reports) + " REPORTs";
  if (asked == Asked::no) return expect(reports + errors + successes == 0, "nothing: Failure-Report no", seen);
  if (asked == Asked::partial) expect(successes == 0, "no 200: Failure-Report partial", seen);
  expect(reports + errors <= 1, "the failure told once", seen);
  if (wants_response(asked)) expect(errors + successes == 1, "one final response", seen);
}

void add_breaks(Suite& suite) {
  for (const Break how : {Break::refused, Break::at_once, Break::in_chunk, Break::after_chunk, Break::closed_after_chunk}) {
    for (const bool dialled : {true, false}) {
      if (!dialled && how == Break::refused) continue;
      for (const Asked asked : asked_all) {
        const bool late = how == Break::after_chunk || how == Break::closed_after_chunk;
        // With partial a chunk that was handed over whole needs no answer: what is lost then, cannot be known. The octets written to a
        // connection before its reset is noticed are such ones, too.
        const bool certain = asked != Asked::partial || !(late || how == Break::at_once);
        suite.add(asked == Asked::no ? "R-086 R-115" : "R-115 R-107",
                  std::string(dialled ? "a peer, " : "a client, ") + name_of(how) + ", Failure-Report " + name_of(asked) +
                      (asked == Asked::no ? ": nothing" : ": told once"),
                  [=](Stage& stage) {
                    Scene scene = scene_of(stage, dialled);
                    Party& alice = scene.alice;
                    const std::size_t octets = how == Break::in_chunk ? 8'000 : 5;
                    if (how == Break::refused) scene.door->shut();
                    if (how == Break::at_once && !dialled) {
                      scene.far->reset();
                      stage.settle(Milliseconds(50));
                    }
                    const Frame sent = asking(alice.message(scene.path, std::string(octets, 'x')), asked);
                    const std::string text = sent.encode();
                    const std::size_t first = how == Break::in_chunk ? text.size() / 2 : text.size();
                    alice.write(std::string_view(text).substr(0, first));
                    if (how == Break::at_once && dialled) {
                      std::optional<Socket> called;
                      stage.wait([&] { return called || (called = scene.door->accepted()); });
                      if (!called) fail("the relay connects to the peer", "no connection");
                      called->reset();
                      scene.door->shut();
                    } else if (how == Break::in_chunk) {
                      Party& far = far_of(scene);
                      // A relay that waits for the whole chunk has nothing to reset in.
                      stage.wait([&] { return far.octets_of_body() > 0; }, Milliseconds(500));
                      if (scene.door != nullptr) scene.door->shut();
                      far.reset();
                      stage.settle(Milliseconds(50));
                    } else if (late) {
                      Party& far = far_of(scene);
                      far.receive();
                      if (scene.door != nullptr) scene.door->shut();
                      how == Break::after_chunk ? far.reset() : far.close();
                    }
                    alice.write(std::string_view(text).substr(first));
                    judge_break(stage, alice, sent, asked, certain, octets);
                  });
      }
    }
  }
}

}  // namespace

void add_failure_cases(Suite& suite) {
  add_codes(suite);
  add_silence(suite);
  add_breaks(suite);
}

}  // namespace conform
