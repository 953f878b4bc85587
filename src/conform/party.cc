// One connection: octets in and out, frames in the inbox, and what an endpoint says.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "conform/credentials.h"
#include "conform/party_tls.h"
#include "conform/stage.h"

namespace conform {
namespace {

std::string seconds(Milliseconds time) {
  const auto tenths = time.count() / 100;
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " s";
}

std::string list_of(const std::deque<Frame>& frames) {
  std::string out;
  for (std::size_t i = 0; i < frames.size() && i < 4; ++i) out.append(out.empty() ? "" : ", ").append(describe(frames[i]));
  if (frames.size() > 4) out += " and " + std::to_string(frames.size() - 4) + " more";
  return out;
}

}  // namespace

Party::Party(Stage& stage, Socket socket, std::string own_uri) : uri(std::move(own_uri)), stage_(stage), socket_(std::move(socket)) {}
Party::~Party() = default;

Frame Party::message(std::string_view path, std::optional<std::string> body, std::string_view method) const {
  Frame frame;
  frame.tid = stage_.id();
  frame.method = method;
  if (!use_path.empty()) frame.to.push_back(use_path);
  for (std::string& uri_on_path : split(path, ' ')) frame.to.push_back(std::move(uri_on_path));
  frame.from = {uri};
  frame.headers.emplace_back("Message-ID", stage_.id("m"));
  if (body) {
    frame.headers.emplace_back("Byte-Range", "1-" + std::to_string(body->size()) + "/" + std::to_string(body->size()));
    frame.headers.emplace_back("Content-Type", "text/plain");
  }
  frame.body = std::move(body);
  return frame;
}

Frame Party::response(const Frame& request, int code, std::string_view comment) const {
  Frame frame;
  frame.tid = request.tid;
  frame.code = code;
  frame.comment = comment;
  frame.to = request.from;
  if (request.method == "SEND") frame.to.resize(1);
  frame.from = {request.to.front()};
  return frame;
}

Frame Party::report(const Frame& request, std::string_view status) const {
  Frame frame;
  frame.tid = stage_.id();
  frame.method = "REPORT";
  frame.to = request.from;
  frame.from = {uri};
  const std::size_t size = request.body.value_or("").size();
  frame.headers = {{"Message-ID", request.value("Message-ID")},
                   {"Byte-Range", "1-" + std::to_string(size) + "/" + std::to_string(size)},
                   {"Status", std::string(status)}};
  return frame;
}

Frame Party::send(const Frame& frame) {
  write(frame.encode());
  return frame;
}

void Party::write(std::string_view octets) {
  queue(octets);
  const Milliseconds enough = stage_.target.patience + Milliseconds(octets.size() / 1000);
  if (!stage_.wait([&] { return output_.empty() || ended_; }, enough)) {
    fail("the relay takes what is sent", std::to_string(output_.size()) + " octets not taken in " + seconds(enough));
  }
}

std::string Party::fault_text() const {
  if (!reader_.fault().empty()) return "what is no MSRP frame: " + reader_.fault();
  std::string text = ended_ ? (was_reset_ ? "connection reset" : "connection closed") : "";
  if (!inbox_.empty()) text += (text.empty() ? "" : " after ") + list_of(inbox_);
  return text;
}

Frame Party::take(const std::function<bool(const Frame&)>& fits, std::string_view what, std::optional<Milliseconds> within) {
  const Milliseconds time = within.value_or(stage_.target.patience);
  auto found = inbox_.end();
  const auto look = [&] {
    found = std::ranges::find_if(inbox_, fits);
    return found != inbox_.end() || ended_ || !reader_.fault().empty();
  };
  stage_.wait(look, time);
  look();
  if (found == inbox_.end()) {
    const std::string seen = fault_text();
    fail(std::string(what), seen.empty() ? "nothing in " + seconds(time) : seen);
  }
  Frame frame = std::move(*found);
  inbox_.erase(found);
  return frame;
}

Frame Party::receive(std::string_view method) {
  return take([&](const Frame& frame) { return frame.method == method; }, "the " + std::string(method));
}

Frame Party::response_to(const Frame& request) {
  return take([&](const Frame& frame) { return frame.is_response() && frame.tid == request.tid; }, "a response to the " + request.method);
}

Frame Party::response_to(const Frame& request, int code) {
  Frame frame = take([&](const Frame& one) { return one.is_response() && one.tid == request.tid; },
                     std::to_string(code) + " to the " + request.method);
  expect(frame.code == code, std::to_string(code) + " to the " + request.method, describe(frame));
  return frame;
}

Frame Party::report_on(const Frame& request, std::optional<Milliseconds> within) {
  const std::string message_id = request.value("Message-ID");
  return take([&](const Frame& frame) { return frame.method == "REPORT" && frame.value("Message-ID") == message_id; },
              "a REPORT on the message", within);
}

Frame Party::receive_message(std::string_view message_id, bool answering) {
  std::optional<Frame> whole;
  std::uint64_t next = 1;
  for (;;) {
    Frame chunk = take([&](const Frame& frame) { return frame.method == "SEND" && frame.value("Message-ID") == message_id; },
                       whole ? "the next chunk of the message" : "the message");
    if (answering && chunk.value("Failure-Report") != "no" && chunk.value("Failure-Report") != "partial") answer(chunk);
    const auto range = chunk.range();
    if (!whole) {
      next = range ? range->start : 1;
      whole = chunk;
      whole->body = chunk.body ? std::optional<std::string>("") : std::nullopt;
    } else {
      expect(range.has_value(), "Byte-Range in every chunk after the first", "none");
      expect(range->start == next, "a chunk that begins at octet " + std::to_string(next), chunk.value("Byte-Range"));
    }
    if (chunk.body) {
      whole->body = whole->body.value_or("") + *chunk.body;
      next += chunk.body->size();
    }
    whole->flag = chunk.flag;
    if (chunk.flag != '+') return *whole;
  }
}

Frame Party::receive_head() {
  const Frame* head = nullptr;
  const auto look = [&] {
    head = inbox_.empty() ? reader_.in_progress() : nullptr;
    return head != nullptr || !inbox_.empty() || ended_ || !reader_.fault().empty();
  };
  stage_.wait(look);
  look();
  if (head == nullptr) {
    const std::string seen = fault_text();
    fail("a frame begins while its body is still coming", seen.empty() ? "nothing in " + seconds(stage_.target.patience) : seen);
  }
  return *head;
}

void Party::expect_nothing(std::string_view why) const {
  if (!reader_.fault().empty()) fail("nothing: " + std::string(why), fault_text());
  if (!inbox_.empty()) fail("nothing: " + std::string(why), list_of(inbox_));
}

bool Party::closes(std::optional<Milliseconds> within) {
  return stage_.wait([&] { return ended_; }, within.value_or(stage_.target.patience));
}

void Party::half_close() {
  if (tls_) {
    tls_->engine.close_notify();
    output_ += std::exchange(tls_->engine.output(), {});
    write_socket();
  }
  socket_.shutdown_write();
}

void Party::reset() {
  socket_.reset();
  ended_ = true;
}

void Party::close() {
  socket_.close();
  ended_ = true;
}

Frame Party::auth_request(std::string_view authorization) const {
  Frame frame;
  frame.tid = stage_.id();
  frame.method = "AUTH";
  frame.to = {stage_.target.uri};
  frame.from = {uri};
  if (!authorization.empty()) frame.headers.emplace_back("Authorization", authorization);
  return frame;
}

Frame Party::ask(const Frame& request) {
  send(request);
  return response_to(request);
}

std::string Party::challenge() {
  const Frame answer = ask(auth_request());
  expect(answer.code == 401, "401 to an AUTH without credentials", describe(answer));
  for (const std::string& value : answer.values("WWW-Authenticate")) {
    const std::string algorithm = unquoted(parameter(value, "algorithm"));
    if (algorithm.empty() || algorithm == "MD5") return value;
  }
  const auto all = answer.values("WWW-Authenticate");
  if (all.empty()) fail("WWW-Authenticate in the 401", "none");
  return all.front();
}

Frame Party::authenticate(std::optional<std::string> expires) {
  Frame request = auth_request(usual_credentials(stage_.target, challenge(), account).text());
  if (expires) request.add("Expires", *expires);
  Frame answer = ask(request);
  expect(answer.code == 200, "200 to an AUTH with the right password", describe(answer));
  use_paths = split(answer.value("Use-Path"), ' ');
  use_path = answer.value("Use-Path");
  expect(!use_path.empty(), "Use-Path in the 200 to AUTH", "none");
  return answer;
}

void Party::queue(std::string_view octets) {
  if (!tls_) {
    output_.append(octets);
    return;
  }
  if (!tls_->engine.seal(octets)) fail("a TLS record can be written", std::string(tls_->engine.fault()));
  output_ += std::exchange(tls_->engine.output(), {});
}

void Party::begin_tls(const transport::TlsClient& client) {
  using State = transport::TlsEngine::State;
  tls_ = std::make_unique<PartyTls>(client, stage_.target);
  tls_->engine.start();
  output_ += std::exchange(tls_->engine.output(), {});
  stage_.wait([&] { return ended_ || tls_->engine.state() != State::handshake; });
  if (tls_->engine.state() == State::established) return;
  const std::string fault(tls_->engine.fault());
  fail("a TLS connection to the relay", !fault.empty() ? fault : ended_ ? fault_text() : "none in time");
}

void Party::take_octets(std::string_view octets) {
  using State = transport::TlsEngine::State;
  if (!tls_) return reader_.feed(octets);
  const State state = tls_->engine.receive(octets, tls_->pool, *tls_);
  output_ += std::exchange(tls_->engine.output(), {});
  reader_.feed(std::exchange(tls_->received, {}));
  if (state == State::ended || state == State::failed || state == State::no_memory) ended_ = true;
}

void Party::read_socket() {
  char buffer[65536];
  for (int rounds = 0; rounds < 16 && !paused_ && !ended_; ++rounds) {
    const ssize_t n = ::recv(socket_.fd(), buffer, sizeof(buffer), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      ended_ = true;
      was_reset_ = n < 0;
      break;
    }
    take_octets({buffer, static_cast<std::size_t>(n)});
  }
  while (auto frame = reader_.next()) inbox_.push_back(std::move(*frame));
}

void Party::write_socket() {
  if (std::exchange(connecting_, false) && socket_.error() != 0) {
    refused_ = ended_ = true;
    return;
  }
  while (!output_.empty() && !ended_) {
    const ssize_t n = ::send(socket_.fd(), output_.data(), std::min<std::size_t>(output_.size(), 1 << 18), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) {
      // What the relay still said before it closed is read first.
      output_.clear();
      return read_socket();
    }
    output_.erase(0, static_cast<std::size_t>(n));
  }
}

}  // namespace conform
