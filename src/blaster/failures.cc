#include "blaster/failures.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace blaster {
namespace {

std::string_view advice_for_connect(int error_number) {
  switch (error_number) {
    case ECONNREFUSED: return "nothing listens there: is the relay running, and on this address and port?";
    case EADDRNOTAVAIL:
      return "no free port is left towards it (or --source is no address of this machine): fewer --pairs, more --source addresses, or "
             "widen net.ipv4.ip_local_port_range";
    case EMFILE:
    case ENFILE: return "the open-file limit is reached: fewer --pairs, or raise it (ulimit -n)";
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: return "it cannot be reached from here: check address, route and firewall";
    default: return "check the address";
  }
}

}  // namespace

std::string explain_connect(const base::Endpoint& to, int error_number) {
  return fmt::format("cannot connect to {}: {}: {}", to.to_string(), std::strerror(error_number), advice_for_connect(error_number));
}

std::string explain_loss(const base::Endpoint& relay, int error_number) {
  if (error_number == 0)
    return fmt::format(
        "{} closed the connection before the session was set up: it may allow fewer links (links_per_address), or want TLS on this port",
        relay.to_string());
  return fmt::format("the connection to {} broke before the session was set up: {}", relay.to_string(), std::strerror(error_number));
}

std::string explain_tls(const base::Endpoint& relay, std::string_view fault) {
  const bool untrusted = fault.find("ertificate") != std::string_view::npos;
  return fmt::format(
      "TLS with {} failed: {}{}", relay.to_string(), fault,
      untrusted ? " (--ca-file FILE says whom to trust, --relay-uri which name the certificate must have, --insecure lets any pass)"
                : ": does it expect TLS on this port?");
}

std::string explain_auth(const base::Endpoint& relay, const AuthExchange& exchange) {
  std::string text = fmt::format("AUTH at {} failed with {}: {}", relay.to_string(), exchange.status(), describe(exchange.refusal()));
  if (exchange.refusal() == AuthRefusal::realm) text += fmt::format(" (the relay's is \"{}\")", exchange.foreign_realm());
  return text;
}

}  // namespace blaster
