// [[listen]].
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/check.h"
#include "config/fields.h"
#include "config/host_name.h"

namespace config {
namespace {

constexpr std::uint16_t port_msrp = 2855;
constexpr std::size_t name_octets_max = 128;

Listen& listen_of(Target target) {
  CHECK(target.listen != nullptr);
  return *target.listen;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// Of a transport that this build does not have; empty: it has.
std::string_view missing_feature(Transport transport) {
  switch (transport) {
    case Transport::tcp: return {};
    case Transport::tls: return {};
    case Transport::ws:
    case Transport::wss: return "WebSocket";
  }
  return {};
}

std::optional<Transport> transport_of(std::string_view scheme) {
  if (scheme == "msrp") return Transport::tcp;
  if (scheme == "msrps") return Transport::tls;
  if (scheme == "ws") return Transport::ws;
  if (scheme == "wss") return Transport::wss;
  return std::nullopt;
}

struct Authority {
  std::string_view host;  // without brackets
  bool bracketed = false;
  std::optional<std::string_view> port;
};

// "HOST", "HOST:PORT", "[V6]", "[V6]:PORT". nullopt: neither.
std::optional<Authority> split(std::string_view text) {
  Authority authority;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    authority.host = text.substr(1, end - 1);
    authority.bracketed = true;
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    authority.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (rest.empty()) return authority;
  if (rest.front() != ':') return std::nullopt;
  authority.port = rest.substr(1);
  return authority;
}

// What is wrong with the part behind "://", or empty; `endpoint` is set then.
std::string read_endpoint(std::string_view text, base::Endpoint& endpoint) {
  if (text.find_first_of("/;?") != std::string_view::npos) return "nothing may follow the port: no path and no `;tcp`";
  if (!text.starts_with('[') && std::count(text.begin(), text.end(), ':') > 1) return "an IPv6 address stands in brackets: `[::1]:2855`";
  const auto authority = split(text);
  if (!authority) return "ADDRESS:PORT is wanted after `://`";
  const auto address = base::IpAddress::parse(authority->host);
  if (!address) {
    return "`" + std::string(authority->host) +
           "` is no IP address: 127.0.0.1 for this machine alone, 0.0.0.0 or [::] for all its addresses";
  }
  if (authority->bracketed != (authority->host.find(':') != std::string_view::npos)) return "brackets are for IPv6 addresses";
  const auto port = authority->port ? port_of(*authority->port) : port_msrp;
  if (!port) return "`" + std::string(*authority->port) + "` is no port: 0 to 65535";
  endpoint = {*address, *port};
  return {};
}

}  // namespace

void read_listen_uri(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "a URI, such as \"msrp://127.0.0.1:2855\",", input.report);
  if (text == nullptr) return;
  const auto wrong = [&](std::string reason, std::string_view nearest = {}) {
    input.report.error(input.value.place, input.key, std::move(reason), nearest);
  };
  const std::size_t end = text->find("://");
  if (end == std::string::npos) return wrong("a URI, such as \"msrp://127.0.0.1:2855\", is wanted");
  const std::string scheme = lower(std::string_view(*text).substr(0, end));
  const auto transport = transport_of(scheme);
  if (!transport)
    return wrong("unknown scheme `" + scheme + "`: msrp:// or msrps://", nearest_name(scheme, {"msrp", "msrps", "ws", "wss"}));
  base::Endpoint endpoint;
  if (std::string fault = read_endpoint(std::string_view(*text).substr(end + 3), endpoint); !fault.empty()) return wrong(std::move(fault));
  if (const auto feature = missing_feature(*transport); !feature.empty()) {
    wrong("this build has no " + std::string(feature) + " yet: use msrp:// or msrps://");
  }
  listen_of(target).uri = *text;
  listen_of(target).transport = *transport;
  listen_of(target).endpoint = endpoint;
}
std::string print_listen_uri(Target target) { return in_quotes(listen_of(target).uri); }

void read_listen_name(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "a name", input.report);
  if (text == nullptr) return;
  if (text->size() > name_octets_max) {
    return input.report.error(input.value.place, input.key, "a name has at most " + std::to_string(name_octets_max) + " octets");
  }
  listen_of(target).name = *text;
}
std::string print_listen_name(Target target) { return in_quotes(listen_of(target).name); }

void read_advertise(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "HOST:PORT, such as \"relay.example.org:2855\",", input.report);
  if (text == nullptr) return;
  const auto wrong = [&](std::string reason) { input.report.error(input.value.place, input.key, std::move(reason)); };
  const auto authority = split(*text);
  if (!authority || authority->bracketed || text->find("//") != std::string::npos) {
    return wrong("HOST:PORT, such as \"relay.example.org:2855\", is wanted");
  }
  if (std::string fault = full_name_fault(authority->host); !fault.empty()) return wrong(std::move(fault));
  std::uint16_t port = 0;
  if (authority->port) {
    const auto number = port_of(*authority->port);
    if (!number || *number == 0) return wrong("`" + std::string(*authority->port) + "` is no port: 1 to 65535");
    port = *number;
  }
  listen_of(target).advertise_host = authority->host;
  listen_of(target).advertise_port = port;
}
std::string print_advertise(Target target) {
  const Listen& listen = listen_of(target);
  return in_quotes(listen.advertise_host + (listen.advertise_port == 0 ? "" : ":" + std::to_string(listen.advertise_port)));
}

void read_listen_realm(const Input& input, Target target) { read_realm_into(input, listen_of(target).realm); }
std::string print_listen_realm(Target target) { return in_quotes(listen_of(target).realm); }

void read_plaintext_auth(const Input& input, Target target) {
  const auto* const flag = std::get_if<bool>(&input.value.is);
  if (flag == nullptr) return input.report.wrong_type(input.value, input.key, "true or false, without quotes,");
  listen_of(target).plaintext_auth = *flag;
}
std::string print_plaintext_auth(Target target) { return listen_of(target).plaintext_auth ? "true" : "false"; }

void read_protocols(const Input& input, Target target) {
  const Array* const list = list_of(input.value, input.key, "a list such as [\"msrp\", \"sip\"]", input.report);
  if (list == nullptr) return;
  bool msrp = false, sip = false;
  for (const Value& item : *list) {
    const std::string* const name = text_of(item, input.key, "\"msrp\" or \"sip\"", input.report);
    if (name == nullptr) return;
    if (*name != "msrp" && *name != "sip") {
      return input.report.error(item.place, input.key, "unknown protocol `" + *name + "`: \"msrp\" or \"sip\"",
                                nearest_name(*name, {"msrp", "sip"}));
    }
    bool& seen = *name == "msrp" ? msrp : sip;
    if (seen) return input.report.error(item.place, input.key, "`" + *name + "` is named twice");
    seen = true;
  }
  if (!msrp) return input.report.error(input.value.place, input.key, "\"msrp\" must be among the protocols");
  listen_of(target).sip = sip;
}
std::string print_protocols(Target target) { return listen_of(target).sip ? "[\"msrp\", \"sip\"]" : "[\"msrp\"]"; }

}  // namespace config
