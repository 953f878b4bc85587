// AUTH for this relay: challenge, verify, grant.
#include <charconv>
#include <string>

#include "auth/expires.h"
#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {

void Worker::authenticate(Arrival& arrival, Route& route) {
  const msrp::Head& head = arrival.head;
  Link* link = links_.live(arrival.source.link);
  if (link == nullptr) return;
  const auto deny = [&](std::uint16_t code, std::string_view reason, std::string_view headers) {
    ++counters_.auth_refused;
    refuse(arrival, route, code, reason, headers);
  };
  if (draining_) return deny(msrp::status_forbidden, "This Relay Is Being Drained", {});
  if (!arrival.listener) return deny(msrp::status_forbidden, "Not On A Connection Of This Relay's Own", {});
  const Listener& listener = settings_.listeners[arrival.listener->value()];
  if (!listener.secure && !listener.plaintext_auth) return deny(msrp::status_forbidden, "AUTH Needs TLS", {});
  // nobody is the next hop back to himself under a name of ours.
  const auto client = msrp::parse_uri(head.from_path.first().octets());
  if (!client || is_ours(arrival, *client)) return deny(msrp::status_forbidden, "From-Path Names This Relay", {});

  auth::AuthContext context;
  context.users = users_.get();
  context.realm = listener.realm;
  context.configured = settings_.algorithms;
  context.keys = &settings_.nonce_keys;
  context.binding = {arrival.source};
  context.now = now();
  const auto verified = auth::verify(context, head.authorization.value_or(std::string_view()), head.to_path.last().octets(), link->nonces);
  if (!verified) {
    switch (verified.error()) {
      case auth::AuthFailure::no_credentials: ++counters_.auth_challenged; break;
      case auth::AuthFailure::stale: ++counters_.auth_failed; break;
      case auth::AuthFailure::refused:
        ++counters_.auth_failed;
        log(LogLevel::warning, LogEvent::auth_failed, link, 0, listener.realm);
        break;
      case auth::AuthFailure::malformed: return deny(msrp::status_bad_request, "Malformed Authorization", {});
      case auth::AuthFailure::uri_mismatch: return deny(msrp::status_bad_request, "Digest URI Is Not The Last Of To-Path", {});
    }
    const std::string challenge = auth::challenge(context, verified.error() == auth::AuthFailure::stale, entropy_);
    refuse(arrival, route, msrp::status_unauthorized, "Unauthorized", challenge);
    if (verified.error() == auth::AuthFailure::refused) auth_failed(*link);
    return;
  }
  const auto granted = auth::negotiate_expires(head.expires, {settings_.expires_s, settings_.expires_min_s, settings_.expires_max_s});
  if (!granted) {
    if (granted.error().malformed) return deny(msrp::status_bad_request, "Malformed Expires", {});
    return deny(msrp::status_interval_out_of_bounds, "Interval Out-of-Bounds", granted.error().header_line);
  }
  grant(arrival, route, *link, *verified, *granted, listener.realm);
}

void Worker::grant(Arrival& arrival, Route& route, Link& link, const auth::Verified& verified, std::int64_t seconds,
                   std::string_view realm) {
  const msrp::Head& head = arrival.head;
  const Listener& listener = settings_.listeners[arrival.listener->value()];
  std::uint8_t choice = 0;
  entropy_.fill(std::span(&choice, 1));
  session::Session session;
  session.token = session::Token::mint(own_shards_[choice % own_shards_.size()], entropy_);
  session.link = link.id;
  session.expires = now() + std::chrono::seconds(seconds);
  session.user = verified.user;
  session.realm = realm;
  session.client_uri = head.from_path.first().octets();
  session.uri = std::string(listener.secure ? "msrps://" : "msrp://") + listener.advertised_host + ":" +
                std::to_string(listener.advertised_port) + "/";
  session.uri += session.token.text().view();
  session.uri += ";tcp";
  // From-Path has the relays it came through. Who is not known as one speaks for itself: its URI is good on this connection only.
  const auto first_from = msrp::parse_uri(head.from_path.first().octets());
  if (head.from_path.count > 1 && first_from && is_relay(link, *first_from)) {
    session.relay = link.peer.address;
    if (!settings_.is_relay(link.peer.address)) session.relay_name = link.security->peer();
  }
  const session::Token token = session.token;

  // the relays it came through, nearest to the client first, then this one.
  std::string headers = "Use-Path: ";
  for (std::size_t i = head.from_path.count - 1U; i-- > 0;) headers.append(head.from_path.uris[i].octets()).append(" ");
  headers += session.uri + "\r\nExpires: " + std::to_string(seconds) + "\r\n" + verified.authentication_info;

  const std::string user = session.user;
  const auto inserted = sessions_.insert(std::move(session), link.sessions.size());
  if (!inserted) {
    ++counters_.auth_refused;
    ++counters_.sessions_refused;
    return refuse(arrival, route, msrp::status_forbidden, session::describe(inserted.error()));
  }
  link.sessions.push_back(token);
  open_account(**inserted, link);
  link.auth_failures = 0;
  ++counters_.auth_accepted;
  ++counters_.sessions;
  log(LogLevel::info, LogEvent::session_started, &link, static_cast<std::uint64_t>(seconds), user);
  reply(arrival, msrp::status_ok, "OK", headers);
  forget_route(route);
  route.kind = Route::Kind::none;
}

// a guesser is shown out, after the answer.
void Worker::auth_failed(Link& link) {
  if (settings_.is_relay(link.peer.address) || link.security->is_relay) return;
  if (++link.auth_failures < settings_.limits.auth_failures) return;
  ends(link, LinkEnd::passwords);
  drain(link);
}

}  // namespace relay
