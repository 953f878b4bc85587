#include "conform/stage.h"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>

namespace conform {

std::string text_of(std::initializer_list<int> codes) {
  std::string out;
  for (const int code : codes) out.append(out.empty() ? "" : ", ").append(std::to_string(code));
  return out;
}

std::string Stage::random(std::size_t octets) {
  std::string out(octets, '\0');
  for (std::size_t done = 0; done < octets;) {
    const ssize_t n = getrandom(out.data() + done, std::min<std::size_t>(octets - done, 256), 0);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return out;
}

std::string Stage::id(std::string_view prefix) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string out(prefix);
  for (const char c : random(14)) out += digits[static_cast<unsigned char>(c) % digits.size()];
  return out;
}

Party& Stage::adopt(Socket socket, std::string uri) {
  parties_.push_back(std::make_unique<Party>(*this, std::move(socket), std::move(uri)));
  return *parties_.back();
}

const transport::TlsClient& Stage::tls_client() {
  if (tls_client_) return *tls_client_;
  auto made = target.tls->make();
  if (!made) fail("TLS can be spoken from here", made.error());
  tls_client_ = *std::move(made);
  return *tls_client_;
}

Party& Stage::stranger(std::string_view name) {
  Party& party = adopt(Socket::connecting(target.address),
                       (target.tls ? "msrps://" : "msrp://") + std::string(name) + ".invalid:2855/" + id("s") + ";tcp");
  party.account = target.first;
  if (!party.socket_.valid()) fail("the relay accepts a connection", "connect() failed");
  party.connecting_ = true;
  wait([&] { return !party.connecting_; });
  if (party.connecting_ || party.refused_) fail("the relay accepts a connection", "it does not");
  if (target.tls) party.begin_tls(tls_client());
  return party;
}

Party& Stage::client(std::string_view name) {
  if (!target.no_auth.empty()) throw Skipped{target.no_auth};
  Party& party = stranger(name);
  party.authenticate();
  return party;
}

Party& Stage::second_client(std::string_view name) {
  if (!target.no_auth.empty()) throw Skipped{target.no_auth};
  Party& party = stranger(name);
  party.account = target.second;
  party.authenticate();
  return party;
}

Door& Stage::door(bool skipping) {
  if (skipping && !target.no_dial.empty()) throw Skipped{target.no_dial};
  Socket socket = Socket::listening(target.local.with_port(0));
  if (!socket.valid()) throw Skipped{"cannot listen on " + target.local.host() + ": name an address of this machine with --local"};
  const Address at = socket.local();
  doors_.push_back(
      std::make_unique<Door>(*this, std::move(socket), "msrp://" + at.host() + ":" + std::to_string(at.port()) + "/" + id("d") + ";tcp"));
  return *doors_.back();
}

Door& Stage::closed_door() {
  Door& made = door();
  made.shut();
  return made;
}

Party& Door::accept() {
  std::optional<Socket> socket;
  stage_.wait([&] { return socket || (socket = socket_.accept()); });
  if (!socket) fail("the relay connects to the peer at " + uri, "no connection");
  return stage_.adopt(std::move(*socket), uri);
}

bool Door::was_dialled() { return socket_.accept().has_value(); }

bool Stage::wait(const std::function<bool()>& done, Milliseconds within) {
  const auto deadline = Clock::now() + within;
  while (!done()) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    std::vector<pollfd> sockets;
    std::vector<Party*> polled;
    for (const auto& party : parties_) {
      if (party->ended_) continue;
      const bool writing = party->connecting_ || !party->output_.empty();
      const auto events = static_cast<short>((party->paused_ || party->connecting_ ? 0 : POLLIN) | (writing ? POLLOUT : 0));
      sockets.push_back({events != 0 ? party->socket_.fd() : -1, events, 0});
      polled.push_back(party.get());
    }
    for (const auto& door : doors_) {
      if (door->socket_.valid()) sockets.push_back({door->socket_.fd(), POLLIN, 0});
    }
    // A door that nobody asks to accept stays readable: look again, but not in a hot loop.
    ::poll(sockets.data(), sockets.size(), static_cast<int>(std::min<Milliseconds::rep>(left.count(), 1000)));
    bool moved = false;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      const short events = sockets[i].revents;
      if (events == 0 || polled[i]->ended_) continue;
      moved = true;
      if ((events & (POLLOUT | POLLERR | POLLHUP)) != 0) polled[i]->write_socket();
      if ((events & (POLLIN | POLLERR | POLLHUP)) != 0 && !polled[i]->connecting_) polled[i]->read_socket();
    }
    if (!moved && !done()) ::poll(nullptr, 0, 2);
  }
  return true;
}

void Stage::fence(Party& from, Party& to) {
  Frame word = from.message(to.path(), id("fence"));
  word.set("Failure-Report", "no");
  from.send(word);
  to.take([&](const Frame& frame) { return frame.method == "SEND" && frame.value("Message-ID") == word.value("Message-ID"); },
          "a message sent after it");
  settle();
}

int Stage::refused(Party& party, const Frame& request, std::initializer_list<int> codes) {
  const std::string expected = text_of(codes) + ", or the connection closed";
  const auto is_answer = [&](const Frame& frame) { return frame.is_response() && frame.tid == request.tid; };
  const auto answered = [&] { return std::ranges::any_of(party.inbox(), is_answer); };
  party.send(request);
  if (!wait([&] { return answered() || !party.is_open(); })) fail(expected, "neither a response nor the end of the connection");
  if (!answered()) return 0;
  const Frame answer = party.response_to(request);
  expect(std::ranges::find(codes, answer.code) != codes.end(), expected, describe(answer));
  return answer.code;
}

void Stage::exchange(Party& from, Party& to, std::string body) {
  const Frame sent = from.send(from.message(to.path(), body));
  const Frame got = to.receive_message(sent.value("Message-ID"));
  expect(got.body == body && got.flag == '$', "the message as it was sent", describe(got));
  from.response_to(sent, 200);
}

void Stage::alive() {
  Party& probe = stranger("probe");
  const Frame request = probe.auth_request();
  probe.send(request);
  probe.take([&](const Frame& frame) { return frame.is_response() && frame.tid == request.tid; }, "a new connection is served");
}

}  // namespace conform
