// Links that this relay opens: only where the destination guard lets it, and one per core to the same place.
#include <algorithm>

#include "msrp/status.h"
#include "relay/worker.h"

namespace relay {
namespace {

bool same_host(std::string_view lower, std::string_view host) {
  return std::equal(lower.begin(), lower.end(), host.begin(), host.end(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); });
}

constexpr std::uint16_t default_port = 2855;  // RFC 4975 15.4, RFC 4976 8

bool is_tcp(std::string_view transport) {
  return transport.size() == 3 && (transport[0] | 0x20) == 't' && (transport[1] | 0x20) == 'c' && (transport[2] | 0x20) == 'p';
}

}  // namespace

// What two URIs have in common that lead over one link.
std::string Worker::dial_key(const msrp::Uri& uri) {
  std::string key;
  if (uri.address) {
    key = uri.address->to_string();
  } else {
    key.assign(uri.host);
    std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return key + (uri.secure ? "|s" : "|") + std::to_string(uri.port.value_or(0));
}

Worker::Target Worker::dial(const msrp::Uri& next, const rules::Verdict& verdict) {
  if (!is_tcp(next.transport)) return {{}, msrp::status_forbidden, "Transport Of Next Hop Not Supported"};
  if (next.secure && tls_.client == nullptr) return {{}, msrp::status_forbidden, "Next Hop Needs TLS"};  // never a downgrade
  const bool portless = next.port ? *next.port == 0 : next.address.has_value();  // a name without one has a usual port, or SRV records
  if (portless) return {{}, msrp::status_bad_request, "Next Hop Has No Port"};
  std::string key = dial_key(next);
  const std::optional<base::IpAddress> local = verdict.options != nullptr ? verdict.options->local : std::nullopt;
  if (local) key += "|" + local->to_string();
  if (verdict.link != rules::LinkChoice::fresh) {
    if (Link* link = links_.dialled(key); link != nullptr && link->state != LinkState::closing && link->state != LinkState::draining) {
      return {.link = name_of(*link)};
    }
  }
  if (verdict.link == rules::LinkChoice::existing) return {{}, msrp::status_no_such_session, "No Connection To Next Hop"};
  return open_link(next, std::move(key), verdict.link != rules::LinkChoice::fresh, local);
}

// `key`: under which it is found again when it is `reusable`.
Worker::Target Worker::open_link(const msrp::Uri& next, std::string key, bool reusable, const std::optional<base::IpAddress>& local) {
  auto dialling = std::make_unique<Dialling>();
  dialling->port = next.port.value_or(default_port);
  dialling->local = local;
  dialling->secure = next.secure;
  dialling->server.assign(next.host);
  dialling->server_address = next.address;
  if (next.address) {
    dialling->endpoints.push_back({*next.address, dialling->port});
  } else {
    dialling->host.assign(next.host);
    for (const auto& [host, address] : settings_.dns_hosts) {
      if (same_host(host, next.host)) dialling->endpoints.push_back({address, dialling->port});
    }
  }
  if (!dialling->endpoints.empty()) {
    const base::Endpoint& first = dialling->endpoints.front();
    const auto allowed = settings_.guard.check(first);
    if (!allowed && dialling->endpoints.size() == 1) {
      ++counters_.destinations_refused;
      log(LogLevel::warning, LogEvent::destination_refused, nullptr, first.port, first.address.to_string());
      return {{}, msrp::status_forbidden, session::describe(allowed.error())};
    }
  }
  if (stopping_ || (counters_.links >= settings_.links_per_core && !make_room_for_link())) {
    return {{}, msrp::status_timeout, "Relay Has No Connection Left"};
  }
  Link& link = links_.insert(head_limits_, pool_);
  link.dialled = std::make_unique<Dialled>();
  link.dialled->key = std::move(key);
  link.dialled->dialling = std::move(dialling);
  link.on_probation = false;  // links we dialled are exempt
  link.last_used = now();
  ++counters_.links;
  ++counters_.links_dialled;
  ++by_listener_[0].links;
  if (reusable) links_.remember_dialled(link);
  probation_.set(link.id.slot, now() + settings_.timers.first_request);
  idle_.set(link.id.slot, now() + settings_.timers.idle);
  if (link.dialling()->endpoints.empty()) {
    link.state = LinkState::resolving;
    const ResolveMail mail{.link = name_of(link), .port = link.dialling()->port, .services = next.secure && !next.port};
    post(office_.control(), ring::MailLane::control, ResolveMail::kind, mail, link.dialling()->host);
  } else {
    link.state = LinkState::connecting;
    connect_next(link);
  }
  return {.link = name_of(link)};
}

// The next address that the guard allows; none left: the link ends, and with it what waited for it.
void Worker::connect_next(Link& link) {
  Dialling& dialling = *link.dialling();
  while (dialling.next < dialling.endpoints.size()) {
    const base::Endpoint to = dialling.endpoints[dialling.next++];
    if (const auto allowed = settings_.guard.check(to); !allowed) {
      ++counters_.destinations_refused;
      log(LogLevel::warning, LogEvent::destination_refused, &link, to.port, to.address.to_string());
      link.dialled->failure_code = msrp::status_forbidden;
      link.dialled->failure_reason = session::describe(allowed.error());
      continue;
    }
    if (dialling.local && dialling.local->is_v4() != to.address.is_v4()) continue;
    const auto socket = ring_.open_socket(to, dialling.local ? std::optional(base::Endpoint{*dialling.local, 0}) : std::nullopt);
    if (!socket) continue;
    link.peer = to;
    link.socket = *socket;
    ring_.configure(link.socket, {settings_.timers.keepalive, settings_.timers.write_stall});
    ++link.operations;
    ring_.connect(token(ring::Op::connect, link), link.socket, to);
    return;
  }
  ++counters_.links_failed;
  close(link, LogLevel::info, "no address of the next hop could be reached");
}

void Worker::on_connect(Link& link, std::int32_t result) {
  if (link.state != LinkState::connecting) return;  // it is being closed
  if (result < 0) {
    log(LogLevel::info, LogEvent::link_failed, &link, static_cast<std::uint64_t>(-result), {});
    // The socket of a failed attempt; its own close completes under no link's name.
    ring_.close({ring::Op::close, 0, UINT32_MAX}, link.socket);
    link.socket = {};
    return connect_next(link);
  }
  if (const auto local = ring_.local_of(link.socket)) link.local = *local;
  if (link.dialling()->secure) {
    begin_tls(link);
    return update_reading(link);
  }
  on_connected(link);
}

void Worker::on_connected(Link& link) {
  link.state = LinkState::open;
  link.dialled->fallback = {};
  probation_.clear(link.id.slot);
  link.dialled->dialling.reset();
  link.dialled->failure_reason = "Connection Lost";
  log(LogLevel::debug, LogEvent::link_dialled, &link, 0, {});
  update_reading(link);
  mark_dirty(link);
}

void Worker::on_resolved(const ResolvedMail& mail) {
  Link* link = links_.find(mail.link);
  if (link == nullptr || link->state != LinkState::resolving) return;
  link->state = LinkState::connecting;
  const std::size_t count = std::min<std::size_t>(mail.count, mail.endpoints.size());
  link->dialling()->endpoints.assign(mail.endpoints.begin(), mail.endpoints.begin() + static_cast<std::ptrdiff_t>(count));
  connect_next(*link);
}

}  // namespace relay
