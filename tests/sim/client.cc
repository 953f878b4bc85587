#include "client.h"

#include <algorithm>
#include <array>

#include "auth/digest.h"
#include "base/check.h"
#include "base/secret.h"
#include "world.h"

namespace sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string joined(const std::vector<std::string>& uris) {
  std::string path;
  for (const std::string& uri : uris) path += (path.empty() ? "" : " ") + uri;
  return path;
}

std::string paths(std::string_view to, std::string_view from) {
  return "To-Path: " + std::string(to) + "\r\nFrom-Path: " + std::string(from) + "\r\n";
}

}  // namespace

Client::Client(World& world, std::string name, const base::Endpoint& endpoint, std::string account, std::vector<const RelayProcess*> relays)
    : world_(world), name_(std::move(name)), endpoint_(endpoint), account_(std::move(account)), relays_(std::move(relays)) {
  uri_ = (world_.options().secure ? "msrps://" : "msrp://") + endpoint_.to_string() + "/" + name_ + ";tcp";
}

void Client::start(std::function<void()> ready) {
  ready_ = std::move(ready);
  auto peer = std::make_unique<ring::SimPeer>(world_.network(), base::Endpoint{endpoint_.address, 0});
  Line& line = add_line(std::make_unique<Wire>(std::move(peer), world_.options().secure), true);
  line.peer->connect(relays_.front()->endpoint());
  if (behind_relay()) {
    authenticate_everywhere();
  } else if (ready_) {
    world_.after(milliseconds(1), ready_);
  }
}

void Client::listen() {
  listener_ = std::make_unique<ring::SimPeerListener>(world_.network(), endpoint_);
  listener_->on_connection = [this] {
    while (std::unique_ptr<ring::SimPeer> peer = listener_->accept()) {
      ++connections_;
      changed(add_line(std::make_unique<Wire>(std::move(peer)), false));
    }
  };
}

Line& Client::add_line(std::unique_ptr<Wire> peer, bool own) {
  lines_.push_back(std::make_unique<Line>());
  Line& line = *lines_.back();
  line.peer = std::move(peer);
  line.own = own;
  line.peer->on_change() = [this, &line] { changed(line); };
  return line;
}

void Client::changed(Line& line) {
  if (line.dead) return;
  line.reader.feed(line.peer->read());
  while (const auto frame = line.reader.next()) {
    take(line, *frame);
    if (line.dead || !world_.fault().empty()) return;
  }
  if (!line.reader.fault().empty()) return world_.violation("malformed octets for " + name_ + ": " + line.reader.fault());
  if (line.peer->at_end() || line.peer->error() != 0 || line.peer->state() == ring::SimPeer::State::refused) {
    line.dead = true;
    // At its end, or with little room, it may have to close what takes nothing.
    if (line.peer->cut_off() && !died_ && !world_.options().lossy)
      world_.violation("the relay has closed the link of " + name_ + " without a close_notify");
    if (died_ || may_be_closed || world_.options().lossy || !behind_relay()) {
      // A peer may come on another line.
      died_ = died_ || behind_relay();
    } else if (line.half_closed) {
      died_ = true;
    } else {
      world_.violation("the relay closed the link of " + name_ + ", error " + std::to_string(line.peer->error()));
    }
  }
}

void Client::take(Line& line, const Frame& frame) {
  if (world_.verbose()) {
    std::string text = name_ + " < " + (frame.is_response() ? std::to_string(frame.code) : frame.method) + " " + frame.tid + " " +
                       frame.value("Message-ID") + " " + frame.value("Byte-Range");
    world_.note(text + " " + std::to_string(frame.body.size()) + frame.flag + " " + frame.value("Status"));
  }
  if (on_frame) return on_frame(frame);
  if (frame.is_response()) return take_response(line, frame);
  const bool answered = frame.method != "REPORT" && !(frame.method == "SEND" && frame.value("Failure-Report") == "no");
  if (answered && !line.pending.insert(frame.tid).second) return world_.violation("an id that is pending came again (R-016): " + frame.tid);
  if (frame.method == "SEND") return take_send(line, frame);
  if (frame.method == "REPORT") return world_.ledger().reported(*this, frame);
  take_question(line, frame);
}

void Client::take_response(Line& line, const Frame& frame) {
  if (!auth_.tid.empty() && frame.tid == auth_.tid) return take_auth(line, frame);
  const auto check_to = [&](const std::string& asker) {
    if (frame.value("To-Path") != asker) world_.violation("To-Path of a response to " + name_ + " (R-051): " + frame.value("To-Path"));
  };
  for (Question& question : questions_) {
    if (question.tid != frame.tid) continue;
    if (question.answered) return world_.violation("a second answer to a question");
    question.answered = true;
    check_to(uri_);
    ++answers_;
    if (frame.code == 200 && frame.value("From-Path") != question.to_path)
      world_.violation("From-Path of a routed response (R-053): " + frame.value("From-Path"));
    return;
  }
  for (Message& message : world_.ledger().messages()) {
    if (message.from != this) continue;
    for (Chunk& chunk : message.chunks) {
      if (chunk.tid != frame.tid) continue;
      if (frame.value("From-Path") != split(chunk.to_path, ' ').front()) return world_.violation("From-Path of a response (R-052)");
      check_to(chunk.from_path);
      chunk.code = frame.code;
      if (++chunk.responses > 1) world_.violation("a second response (R-085) to " + chunk.tid);
      return;
    }
  }
  if (on_unexpected) return on_unexpected(frame);
  world_.violation("a response to nothing for " + name_ + ": " + frame.tid);
}

void Client::take_send(Line& line, const Frame& frame) {
  const auto [message, chunk] = world_.ledger().received(*this, frame);
  if (message == nullptr) return;
  ring::SimRandom& random = world_.random();
  static constexpr std::array<int, 5> errors{413, 413, 481, 400, 777};
  int code = random.chance(temper.error) ? errors[random.below(errors.size())] : 200;
  if (message->failure_report == Report::no) code = 0;
  if (message->failure_report == Report::partial && code == 200) code = 0;
  const bool asked = message->failure_report == Report::yes || message->failure_report == Report::absent;
  if (asked && random.chance(temper.mute)) {
    chunk->unanswered = true;
    code = 0;
  }
  if (frame.flag == '$' && message->success_report) report_success(line, frame, *message);
  if (code == 0) {
    if (message->failure_report != Report::no && !chunk->unanswered) line.pending.erase(frame.tid);
  } else if (random.chance(temper.late)) {
    chunk->unanswered = true;
    message->refused = message->refused || code != 200;
    world_.after(milliseconds(random.below(40'000)), [this, &line, frame, code] { answer(line, frame, code, false); });
  } else {
    // What is told too late may have been taken for lost.
    if (world_.network().now() - chunk->begun > seconds(10)) chunk->unanswered = true;
    if (code != 200) {
      chunk->answered = code;
      message->refused = true;
    }
    answer(line, frame, code, false);
  }
  if (random.chance(temper.stall)) stall(milliseconds(random.below(8'000)));
}

void Client::answer(Line& line, const Frame& frame, int code, bool whole_path) {
  line.pending.erase(frame.tid);
  const std::string from = frame.value("From-Path");
  const std::string to = whole_path ? from : split(from, ' ').front();
  write_frame(line, "MSRP " + frame.tid + " " + std::to_string(code) + " As It Is\r\n" + paths(to, uri_) + "-------" + frame.tid + "$\r\n");
}

void Client::report_success(Line& line, const Frame& frame, const Message& message) {
  const std::string tid = new_tid(line);
  write_frame(line, "MSRP " + tid + " REPORT\r\n" + paths(frame.value("From-Path"), uri_) + "Message-ID: " + message.id +
                        "\r\nByte-Range: 1-" + std::to_string(message.content.size()) + "/" + std::to_string(message.content.size()) +
                        "\r\nStatus: 000 200 OK\r\n-------" + tid + "$\r\n");
}

void Client::ask(Client& to) {
  Line* line = sending_line();
  if (line == nullptr) return;
  ring::SimRandom& random = world_.random();
  Question question{new_tid(*line), path_to(to)};
  const std::size_t octets = random.chance(0.5) ? 0 : random.spread(1, 3000);
  std::string frame = "MSRP " + question.tid + " NICKNAME\r\n" + paths(question.to_path, uri_) + "Use-Nickname: \"" + name_ +
                      "\"\r\nX-Octets: " + std::to_string(octets) + "\r\n";
  if (octets > 0) frame += "Content-Type: text/plain\r\n\r\n" + std::string(octets, 'q') + "\r\n";
  frame += "-------" + question.tid + "$\r\n";
  questions_.push_back(std::move(question));
  ++asked_;
  write_frame(*line, std::move(frame));
}

void Client::take_question(Line& line, const Frame& frame) {
  if (frame.method != "NICKNAME" || frame.value("To-Path") != uri_)
    return world_.violation("a " + frame.method + " that is not for " + name_);
  if (std::to_string(frame.body.size()) != frame.value("X-Octets") || frame.body != std::string(frame.body.size(), 'q'))
    return world_.violation("the body of a question changed");
  answer(line, frame, 200, true);
}

void Client::authenticate_everywhere() {
  authenticate([this] {
    if (auth_code == 200 && use_path_.size() < relays_.size()) return authenticate_everywhere();
    if (ready_) ready_();
  });
}

void Client::authenticate(std::function<void()> ready, std::string as) {
  auth_ = {};
  auth_.from = as.empty() ? uri_ : std::move(as);
  auth_.ready = std::move(ready);
  auth_.uri = relays_[std::min(use_path_.size(), relays_.size() - 1)]->authority();
  auth_.to_path = use_path_.size() < relays_.size() && !use_path_.empty() ? joined(use_path_) + " " + auth_.uri : auth_.uri;
  send_auth(*lines_.back(), {});
}

void Client::send_auth(Line& line, const std::string& authorization) {
  auth_.tid = new_tid(line);
  auth_.authorization = authorization;
  std::string frame = "MSRP " + auth_.tid + " AUTH\r\n" + paths(auth_.to_path, auth_.from);
  if (!authorization.empty()) frame += "Authorization: " + authorization + "\r\n";
  write_frame(line, frame + "-------" + auth_.tid + "$\r\n");
}

void Client::take_auth(Line& line, const Frame& frame) {
  auth_code = frame.code;
  // The relays that it has passed, the nearest first.
  if (!(auth_.to_path + " ").starts_with(frame.value("From-Path") + " "))
    return world_.violation("From-Path of an answer to AUTH (R-053): " + frame.value("From-Path"));
  // A nonce that is not good any more: the link between two relays that brought it has gone.
  const bool stale = frame.value("WWW-Authenticate").find("stale=true") != std::string::npos;
  if (frame.code == 401 && (auth_.authorization.empty() || stale)) {
    for (const auto& [name, value] : frame.headers) {
      if (name != "WWW-Authenticate") continue;
      const auto challenge = auth::parse_challenge(value);
      if (!challenge) continue;
      return send_auth(line,
                       auth::answer_challenge(*challenge, account_, base::Secret("secret-" + account_), auth_.uri, 1, world_.random()));
    }
    return world_.violation("a challenge that cannot be answered");
  }
  const std::string authorization = std::exchange(auth_.authorization, {});
  auth_.tid.clear();
  if (frame.code == 200) {
    std::vector<std::string> path = split(frame.value("Use-Path"), ' ');
    const bool goes_on = auth_.to_path != auth_.uri;
    if (path.size() != (goes_on ? use_path_.size() + 1 : 1) || (goes_on && !std::equal(use_path_.begin(), use_path_.end(), path.begin())))
      return world_.violation("Use-Path of " + name_ + " (R-197): " + frame.value("Use-Path"));
    use_path_ = std::move(path);
    if (!auth::check_authentication_info(frame.value("Authentication-Info"), authorization, base::Secret("secret-" + account_))) {
      return world_.violation("Authentication-Info of " + name_);
    }
  } else if (!may_be_closed && !world_.options().lossy) {
    return world_.violation("AUTH of " + name_ + " answered " + std::to_string(frame.code));
  }
  if (const auto ready = std::exchange(auth_.ready, {})) ready();
}

std::string Client::path_to(const Client& to) const {
  std::string path;
  for (const std::string& uri : use_path_) path += uri + " ";
  for (auto uri = to.use_path_.rbegin(); uri != to.use_path_.rend(); ++uri) path += *uri + " ";
  return path + to.uri_;
}

std::string Client::path_seen_by(const Client& to) const {
  std::string path;
  for (const std::string& uri : to.use_path_) path += uri + " ";
  for (auto uri = use_path_.rbegin(); uri != use_path_.rend(); ++uri) path += *uri + " ";
  return path + uri_;
}

std::string Client::tid_in_progress() const {
  for (const auto& line : lines_) {
    if (!line->dead && !line->reader.tid_in_progress().empty()) return line->reader.tid_in_progress();
  }
  return {};
}

std::string Client::new_tid(Line& line) {
  static constexpr std::string_view first = "0123456789abcXYZ";
  static constexpr std::string_view rest = "0123456789abcXYZ.-+%=";
  ring::SimRandom& random = world_.random();
  std::string tid;
  // Short ids, so that those of different clients meet; each once on its line.
  do {
    tid.assign(1, first[random.below(first.size())]);
    const std::size_t size = random.chance(0.7) ? 5 : random.between(4, 32);
    while (tid.size() < size) tid += rest[random.below(rest.size())];
  } while (!line.used.insert(tid).second);
  return tid;
}

void Client::write_frame(Line& line, std::string frame) {
  if (line.dead || line.half_closed || died_) return;
  if (line.writing_chunk) {
    line.waiting.push_back(std::move(frame));
  } else {
    line.peer->write(frame);
  }
}

void Client::write_raw(std::string octets) {
  if (Line* line = sending_line()) write_frame(*line, std::move(octets));
}

void Client::flush_waiting(Line& line) {
  for (const std::string& frame : line.waiting) line.peer->write(frame);
  line.waiting.clear();
}

Line* Client::sending_line() {
  for (const auto& line : lines_) {
    if (!line->dead && !line->half_closed) return line.get();
  }
  return nullptr;
}

void Client::stall(base::Duration how_long) {
  for (const auto& line : lines_) {
    if (!line->dead) line->peer->stall();
  }
  world_.after(how_long, [this] {
    for (const auto& line : lines_) {
      if (!line->dead) line->peer->resume();
    }
  });
}

void Client::die(bool by_reset) {
  if (died_) return;
  said_all_ = false;
  world_.note(name_ + (by_reset ? " resets" : " closes"));
  died_ = true;
  for (const auto& line : lines_) {
    if (line->dead) continue;
    line->dead = true;
    by_reset ? line->peer->reset() : line->peer->close();
  }
  listener_.reset();
}

void Client::half_close() {
  for (const auto& line : lines_) {
    if (line->dead || line->half_closed) continue;
    if (line->writing_chunk) return die(false);
    world_.note(name_ + " half-closes");
    said_all_ = streams_.empty();
    line->half_closed = true;
    line->peer->shutdown_write();
  }
}

void Client::hold(base::Duration how_long) {
  holding_ = true;
  world_.after(how_long, [this] {
    holding_ = false;
    if (!std::exchange(pump_due_, true)) pump();
  });
}

void Client::close() {
  if (!died_) die(false);
}

}  // namespace sim
