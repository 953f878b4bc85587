#include "blaster/client.h"

#include <array>

#include "blaster/message_id.h"

namespace blaster {
namespace {

// What a relay may answer with; more is a fault of its own.
constexpr msrp::HeadLimits limits{.lines = 64, .uris = 16};
static_assert(limits.bytes + msrp::Framer::body_carry_max <= base::BufferPool::block_bytes);

}  // namespace

const Account Client::no_account{};

Client::Client(const Account* account, Sender* sender, Receiver* receiver, Tally& tally, base::BufferPool& pool, base::Entropy& entropy)
    : account_(account),
      sender_(sender),
      receiver_(receiver),
      tally_(tally),
      exchange_(account != nullptr ? *account : no_account, entropy),
      framer_(limits, pool) {}

void Client::start(std::string_view uri) {
  uri_ = uri;
  if (account_ == nullptr) {
    state_ = ClientState::ready;
    return;
  }
  state_ = ClientState::authenticating;
  exchange_.start(uri_, outbox_);
}

void Client::on_response(const msrp::Head& head) {
  if (state_ == ClientState::ready) {
    if (sender_ != nullptr) sender_->on_response(head);
    return;
  }
  switch (exchange_.on_response(head, outbox_)) {
    case AuthState::waiting: return;
    case AuthState::granted: state_ = ClientState::ready; return;
    case AuthState::refused: state_ = ClientState::refused; return;
  }
}

void Client::on_head(const msrp::Head& head) {
  if (head.is_response) return on_response(head);
  switch (head.method) {
    case msrp::Method::send:
      if (receiver_ == nullptr || state_ != ClientState::ready) return tally_.count(Fault::misaddressed);
      in_send_ = true;
      return receiver_->head(head);
    case msrp::Method::report:
      if (sender_ == nullptr) return tally_.count(Fault::misaddressed);
      return sender_->on_report(head);
    case msrp::Method::auth:
    case msrp::Method::other: return tally_.count(Fault::misaddressed);
  }
}

// Frames like the ones before need no framer. Returns how many octets they were.
std::size_t Client::repeats(std::string_view octets, base::Instant now) {
  std::size_t taken = 0;
  while (taken < octets.size()) {
    const std::string_view rest = octets.substr(taken);
    const std::size_t one = receiver_ != nullptr ? receiver_->repeat(rest, outbox_, now)
                            : sender_ != nullptr ? sender_->repeat_response(rest)
                                                 : 0;
    if (one == 0) break;
    taken += one;
  }
  return taken;
}

void Client::receive(base::Slice octets, base::Instant now) {
  if (state_ == ClientState::broken || state_ == ClientState::refused) return;
  if (state_ == ClientState::ready && framer_.idle()) {
    const std::size_t taken = repeats(octets.view(), now);
    octets.data += taken;
    octets.size -= taken;
    if (octets.size == 0) return;
  }
  framer_.feed(std::move(octets));
  while (true) {
    const msrp::Event event = framer_.next();
    switch (event.kind) {
      case msrp::EventKind::need_more: return;
      case msrp::EventKind::head: on_head(framer_.head()); break;
      case msrp::EventKind::part:
        if (in_send_) receiver_->part(event.part.view());
        break;
      case msrp::EventKind::collision: break;  // no guard is ever set
      case msrp::EventKind::end:
        if (in_send_) receiver_->end(event.flag, outbox_, now);
        in_send_ = false;
        break;
      case msrp::EventKind::malformed:
        tally_.count(Fault::malformed);
        in_send_ = false;
        // While the session is set up every answer counts: waiting for a better one would be waiting for ever.
        if (framer_.recoverable() && state_ == ClientState::ready) break;
        state_ = ClientState::broken;
        return;
    }
  }
}

std::string mint_client_uri(std::string_view scheme, std::string_view authority, std::string_view prefix, base::Entropy& entropy) {
  std::array<std::uint8_t, 10> random{};
  entropy.fill(random);
  std::string uri(scheme);
  uri.append("://").append(authority).append("/").append(prefix);
  for (const std::uint8_t octet : random) {
    uri += "0123456789abcdef"[octet >> 4];
    uri += "0123456789abcdef"[octet & 15];
  }
  return uri + ";tcp";
}

std::string receiver_prefix(std::uint32_t pair) {
  std::string prefix(1 + MessageId::pair_digits, 'b');
  write_hexadecimal(prefix.data() + 1, MessageId::pair_digits, pair);
  return prefix;
}

std::optional<std::uint32_t> pair_of_first_frame(std::string_view octets) {
  static constexpr std::string_view name = "To-Path: ";
  const std::size_t path = octets.find(name);
  const std::size_t end = path == std::string_view::npos ? path : octets.find("\r\n", path);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = octets.substr(path + name.size(), end - path - name.size());
  const std::size_t slash = value.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view session = value.substr(slash + 1);
  if (session.size() < 1 + MessageId::pair_digits || session[0] != 'b') return std::nullopt;
  const auto pair = parse_hexadecimal(session.substr(1, MessageId::pair_digits));
  if (!pair) return std::nullopt;
  return static_cast<std::uint32_t>(*pair);
}

}  // namespace blaster
