#include "fake_relay.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "conform/credentials.h"

using conform::Frame;
using conform::parameter;
using conform::unquoted;

namespace {

constexpr conform::Milliseconds timer(400);
constexpr const char* realm = "fake.example.org";

}  // namespace

FakeRelay::FakeRelay(Fault fault) : fault_(fault) {
  std::string why;
  door_ = conform::Socket::listening(*conform::resolve("127.0.0.1:0", why));
  authority_ = "msrp://fake.example.org:" + std::to_string(door_.local().port());
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FakeRelay::~FakeRelay() {
  thread_.request_stop();
  thread_.join();
}

conform::Target FakeRelay::target() const {
  conform::Target target;
  target.address = door_.local();
  target.local = target.address;
  target.uri = authority_ + ";tcp";
  target.realm = realm;
  target.first = {"alice", "alice-pw"};
  target.second = {"bob", "bob-pw"};
  target.timer = timer;
  target.patience = conform::Milliseconds(1500);
  target.no_dial = "this one does not dial";
  return target;
}

std::string FakeRelay::fresh(std::string_view prefix) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::array<unsigned char, 20> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) std::abort();
  std::string out(prefix);
  for (const unsigned char octet : random) out += digits[octet % digits.size()];
  return out;
}

void FakeRelay::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> sockets = {{door_.fd(), POLLIN, 0}};
    for (const auto& [number, link] : links_) {
      sockets.push_back({link.socket.fd(), static_cast<short>(link.output.empty() ? POLLIN : POLLIN | POLLOUT), 0});
    }
    ::poll(sockets.data(), sockets.size(), 10);
    while (auto socket = door_.accept()) {
      Link& link = links_[++links_made_];
      link.socket = std::move(*socket);
      link.number = links_made_;
    }
    std::vector<std::size_t> numbers;
    for (const auto& [number, link] : links_) numbers.push_back(number);
    for (const std::size_t number : numbers) serve(links_.at(number));
    expire();
    for (const auto& number : numbers) {
      if (!links_.at(number).gone) continue;
      links_.erase(number);
      if (!is(Fault::keeps_old_sessions)) std::erase_if(sessions_, [&](const auto& one) { return one.second.link == number; });
    }
  }
}

void FakeRelay::serve(Link& link) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t n = ::recv(link.socket.fd(), buffer.data(), buffer.size(), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) link.gone = true;
    if (n <= 0) break;
    link.reader.feed({buffer.data(), static_cast<std::size_t>(n)});
  }
  while (auto frame = link.reader.next()) frame->is_response() ? on_response(link, *frame) : on_request(link, *frame);
  if (!link.reader.fault().empty()) {
    if (!is(Fault::silent_on_malformed)) link.gone = true;
    for (auto& [number, other] : links_) other.gone = other.gone || is(Fault::closes_all_on_garbage);
  }
  while (!link.output.empty() && !link.gone) {
    const ssize_t n = ::send(link.socket.fd(), link.output.data(), link.output.size(), MSG_NOSIGNAL);
    if (n <= 0) break;
    link.output.erase(0, static_cast<std::size_t>(n));
  }
}

void FakeRelay::put(std::size_t link, const Frame& frame) {
  if (const auto found = links_.find(link); found != links_.end()) found->second.output += frame.encode();
}

FakeRelay::Session* FakeRelay::session_of(const std::string& uri) {
  if (const auto found = sessions_.find(uri); found != sessions_.end()) return &found->second;
  if (!is(Fault::takes_any_session) || !uri.starts_with(authority_ + "/")) return nullptr;
  // The one that is spelt most like it.
  const auto alike = [&](const auto& one) { return std::ranges::mismatch(one.first, uri).in1 - one.first.begin(); };
  const auto nearest = std::ranges::max_element(sessions_, {}, alike);
  return nearest != sessions_.end() ? &nearest->second : nullptr;
}

void FakeRelay::respond(Link& link, const Frame& request, int code, std::vector<std::pair<std::string, std::string>> headers) {
  Frame answer;
  answer.tid = is(Fault::response_other_tid) && request.method == "SEND" ? fresh("r") : request.tid;
  answer.code = code;
  answer.comment = "Said The Fake";
  answer.to = request.from;
  if (request.method == "SEND" && !is(Fault::response_whole_path)) answer.to.resize(1);
  answer.from = {request.to.front()};
  answer.headers = std::move(headers);
  put(link.number, answer);
}

void FakeRelay::on_auth(Link& link, const Frame& frame) {
  const std::string authorization = frame.value("Authorization");
  const std::string nonce = unquoted(parameter(authorization, "nonce"));
  bool good = std::ranges::find(nonces_, nonce) != nonces_.end() && unquoted(parameter(authorization, "username")).size() <= 5 &&
              unquoted(parameter(authorization, "qop")) == "auth" && unquoted(parameter(authorization, "realm")) == realm;
  if (good) {
    const std::string user = unquoted(parameter(authorization, "username")), cnonce = unquoted(parameter(authorization, "cnonce"));
    const std::string challenge = "Digest realm=\"" + std::string(realm) + "\", nonce=\"" + nonce + "\", qop=\"auth\"";
    const conform::Credentials wanted(challenge, {user, user + "-pw"}, frame.to.back(), 1, cnonce);
    good = is(Fault::any_password) || wanted.value("response") == unquoted(parameter(authorization, "response"));
    const std::string use = nonce + unquoted(parameter(authorization, "nc"));
    good = good && (is(Fault::replays) || std::ranges::find(used_, use) == used_.end());
    used_.push_back(use);
  }
  if (!good) {
    nonces_.push_back(is(Fault::one_nonce) ? "constant" : fresh("n"));
    if (is(Fault::one_nonce)) used_.clear();
    const std::string quote = is(Fault::bare_realm) ? "" : "\"";
    const std::string digest = "Digest realm=" + quote + realm + quote + ", nonce=\"" + nonces_.back() + "\", qop=\"auth" +
                               (is(Fault::auth_int) ? ",auth-int" : "") + "\", opaque=\"o\"";
    std::vector<std::pair<std::string, std::string>> headers = {{"WWW-Authenticate", digest}};
    if (is(Fault::basic)) headers.emplace_back("WWW-Authenticate", "Basic realm=\"fake.example.org\"");
    return respond(link, frame, 401, std::move(headers));
  }
  if (frame.value("Expires") == "0" && !is(Fault::zero_expires)) return respond(link, frame, 423, {{"Min-Expires", "60"}});
  welcome(link, frame, authorization);
}

void FakeRelay::welcome(Link& link, const Frame& frame, const std::string& authorization) {
  std::string uri =
      authority_ + "/" + (is(Fault::counted_sessions) ? "session" + std::to_string(1000000 + ++minted_) : fresh("s")) + ";tcp";
  if (is(Fault::no_use_path_port)) uri.erase(authority_.rfind(':'), authority_.size() - authority_.rfind(':'));
  sessions_[uri] = {link.number, frame.from.front()};
  const std::string user = unquoted(parameter(authorization, "username"));
  const conform::Credentials sent(
      "Digest realm=\"" + std::string(realm) + "\", nonce=\"" + unquoted(parameter(authorization, "nonce")) + "\", qop=\"auth\"",
      {user, user + "-pw"}, frame.to.back(), 1, unquoted(parameter(authorization, "cnonce")));
  const std::string quote = is(Fault::quoted_nc) ? "\"" : "";
  std::vector<std::pair<std::string, std::string>> headers = {
      {"Use-Path", uri},
      {"Authentication-Info", "rspauth=\"" + (is(Fault::wrong_rspauth) ? std::string(32, '0') : sent.rspauth()) +
                                  "\", cnonce=" + parameter(authorization, "cnonce") + ", nc=" + quote + parameter(authorization, "nc") +
                                  quote + ", qop=auth"}};
  if (!is(Fault::no_expires)) headers.emplace_back("Expires", frame.header("Expires") != nullptr ? frame.value("Expires") : "600");
  respond(link, frame, 200, std::move(headers));
}

void FakeRelay::on_request(Link& link, Frame& frame) {
  if (frame.method == "AUTH" && frame.to.size() == 1) return on_auth(link, frame);
  if (frame.method == "REPORT" && is(Fault::answers_reports)) respond(link, frame, 200);
  relay(link, frame);
}

void FakeRelay::relay(Link& link, Frame& frame) {
  const bool send = frame.method == "SEND", quiet = frame.method == "REPORT" || frame.value("Failure-Report") == "no";
  const Frame received = frame;
  Session* session = nullptr;
  bool allowed = false;
  for (;;) {
    session = session_of(frame.to.front());
    if (session == nullptr) {
      if (!quiet || (!send && frame.method != "REPORT")) respond(link, received, 481);
      return;
    }
    if (frame.to.size() == 1) {
      if (frame.method != "REPORT") respond(link, received, is(Fault::passes_last_hop) ? 200 : send ? 403 : 501);
      return;
    }
    const bool owner = session->link == link.number;
    allowed = is(Fault::takes_anyone) || is(Fault::takes_any_session) || (owner && frame.from == received.from) ||
              session->client == frame.to[1] || (is(Fault::keeps_old_sessions) && session->client == frame.from.front());
    if (!allowed) return quiet ? void() : respond(link, received, 403);
    frame.from.insert(is(Fault::wrong_order) ? frame.from.end() : frame.from.begin(),
                      is(Fault::rewrites_uri) ? authority_ + "/rewritten;tcp" : frame.to.front());
    frame.to.erase(frame.to.begin());
    if (session_of(frame.to.front()) == nullptr) break;
  }
  // It dials nobody: what is not for the session's client goes nowhere.
  if (session->client != frame.to.front() && !is(Fault::keeps_to_path)) return quiet ? void() : respond(link, received, 481);
  const std::size_t to = session->link;
  if (is(Fault::keeps_to_path)) frame.to.insert(frame.to.begin(), received.to.front());
  const std::string asked = received.value("Failure-Report");
  const bool respond_now = send && (asked.empty() || asked == "yes" || (asked == "no" && is(Fault::answers_no)) ||
                                    (asked == "partial" && is(Fault::answers_partial)));
  if (respond_now && !is(Fault::no_200)) respond(link, received, 200);
  if (respond_now && is(Fault::two_200s)) respond(link, received, 200);
  if (!send && frame.method != "REPORT" && is(Fault::answers_methods)) respond(link, received, 200);
  if (!send && frame.method != "REPORT" && is(Fault::swallows_methods)) return;
  if (!is(Fault::two_of_one_tid)) frame.tid = fresh("t");
  pending_[frame.tid] = {link.number,
                         to,
                         received,
                         frame.from.front(),
                         conform::Clock::now() + (is(Fault::early_408) ? timer / 4 : timer),
                         send && !quiet && asked != "partial" && !is(Fault::no_408)};
  if (is(Fault::report_of_200) && received.value("Success-Report") == "yes") report(pending_[frame.tid], "000 200 OK");
  spoil(frame);
  put(to, frame);
}

void FakeRelay::spoil(Frame& frame) const {
  if (is(Fault::drops_header)) std::erase_if(frame.headers, [](const auto& header) { return header.first.starts_with("X-"); });
  if (is(Fault::reorders_headers) && frame.headers.size() > 3) std::swap(frame.headers[0], frame.headers[1]);
  if (is(Fault::corrupts_body) && frame.body && !frame.body->empty()) frame.body->back() = static_cast<char>(frame.body->back() ^ 1);
  if (is(Fault::adds_crlf_to_body) && frame.body) *frame.body += "\r\n";
  if (is(Fault::empty_body_is_none) && frame.body && frame.body->empty()) {
    frame.body.reset();
    frame.remove("Content-Type");
  }
  if (is(Fault::ends_in_dollar)) frame.flag = '$';
}

void FakeRelay::report(const Pending& pending, const std::string& status) {
  const Frame& request = pending.request;
  Frame told;
  told.tid = fresh("t");
  told.method = "REPORT";
  told.to = request.from;
  if (is(Fault::report_to_one)) told.to.resize(1);
  told.from = {request.to.front()};
  const auto range = request.range().value_or(conform::Range{});
  const std::uint64_t end = is(Fault::report_range) && range.end ? *range.end : range.start + request.body.value_or("").size() - 1;
  told.headers = {
      {"Message-ID", request.value("Message-ID")},
      {"Byte-Range", std::to_string(range.start) + "-" + std::to_string(end) + "/" + (range.total ? std::to_string(*range.total) : "*")},
      {"Status", is(Fault::report_status) ? "000 408 Always" : status}};
  put(pending.from, told);
}

void FakeRelay::on_response(Link& link, Frame& frame) {
  const auto found = pending_.find(frame.tid);
  if (found == pending_.end() || (found->second.to != link.number && !is(Fault::forged_responses))) return;
  const Pending pending = found->second;
  pending_.erase(found);
  const std::string asked = pending.request.value("Failure-Report");
  if (pending.request.method == "SEND") {
    const bool failed = frame.code >= 300 && (asked != "no" || is(Fault::report_despite_no));
    if (failed && !is(Fault::no_report)) report(pending, "000 " + std::to_string(frame.code) + " Said The Next Hop");
    if (failed && is(Fault::two_reports)) report(pending, "000 " + std::to_string(frame.code) + " Said Again");
    if (!is(Fault::routes_200)) return;
  }
  frame.tid = pending.request.tid;
  // Each of the relay's own URIs moves, up to the first that is somebody else's.
  while (frame.to.size() > 1 && session_of(frame.to.front()) != nullptr) {
    frame.from.insert(frame.from.begin(), frame.to.front());
    frame.to.erase(frame.to.begin());
  }
  // The receiver named the URI it was addressed at by the relay: his own.
  put(pending.from, frame);
}

void FakeRelay::expire() {
  const auto now = conform::Clock::now();
  for (auto one = pending_.begin(); one != pending_.end();) {
    if (!one->second.timed || one->second.due > now) {
      ++one;
      continue;
    }
    report(one->second, "000 408 Timed Out");
    one = pending_.erase(one);
  }
}
