#include "conform/cases.h"

#include <algorithm>

namespace conform {
namespace {

std::vector<std::string> lines_of(const Frame& frame) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : frame.headers) {
    if (name != "Byte-Range") lines.push_back(name + ": " + value);
  }
  return lines;
}

}  // namespace

void expect_same_headers(const Frame& sent, const Frame& got) {
  const auto expected = lines_of(sent), seen = lines_of(got);
  const auto [e, s] = std::ranges::mismatch(expected, seen);
  if (e == expected.end() && s == seen.end()) return;
  fail(e == expected.end() ? "no further header" : "header \"" + printable(*e) + "\"",
       s == seen.end() ? "it is missing" : "\"" + printable(*s) + "\"");
}

Frame deliver(Party& alice, Party& bob, const Frame& frame) {
  alice.send(frame);
  Frame got = bob.receive_message(frame.value("Message-ID"));
  expect(got.body.has_value() == frame.body.has_value(), frame.body ? "a message with a body" : "a message without a body", describe(got));
  if (frame.body && *got.body != *frame.body) {
    const auto [a, b] = std::ranges::mismatch(*frame.body, *got.body);
    const auto at = static_cast<std::size_t>(a - frame.body->begin());
    fail(std::to_string(frame.body->size()) + " octets as they were sent",
         std::to_string(got.body->size()) + " octets, which differ at " + std::to_string(at) + ": \"" +
             printable(std::string_view(*got.body).substr(at), 40) + "\"");
  }
  expect(got.flag == frame.flag, std::string("a last chunk that ends in ") + frame.flag, std::string(1, got.flag));
  expect_same_headers(frame, got);
  return got;
}

std::string queue_in_chunks(Party& from, const Party& to, std::string_view body, std::size_t octets) {
  std::string id;
  for (std::size_t at = 0; at < body.size(); at += octets) {
    const std::string_view part = body.substr(at, octets);
    Frame chunk = from.message(to.path(), std::string(part));
    if (id.empty()) id = chunk.value("Message-ID");
    chunk.set("Message-ID", id);
    chunk.set("Byte-Range", std::to_string(at + 1) + "-" + std::to_string(at + part.size()) + "/" + std::to_string(body.size()));
    chunk.flag = at + octets < body.size() ? '+' : '$';
    from.queue(chunk.encode());
  }
  return id;
}

void expect_nothing_at(Stage& stage, Party& bob, std::string_view why) {
  Party& carol = stage.client("carol");
  stage.fence(carol, bob);
  bob.expect_nothing(why);
}

void expect_rejected(Stage& stage, Party& alice, Party& bob, std::string_view octets, std::string_view tid, bool answerable) {
  const auto is_answer = [&](const Frame& frame) { return frame.is_response() && frame.tid == tid; };
  const auto answered = [&] { return std::ranges::any_of(alice.inbox(), is_answer); };
  alice.write(octets);
  stage.wait([&] { return answered() || !alice.is_open(); }, answerable ? stage.target.patience : Milliseconds(300));
  if (answered()) {
    const Frame answer = alice.take(is_answer, "");
    expect(answer.code >= 300, "an error, or the end of the connection", describe(answer));
  } else if (answerable) {
    expect(!alice.is_open(), "an error (400), or the end of the connection", "neither");
  }
  expect_nothing_at(stage, bob, "it is malformed");
}

}  // namespace conform
