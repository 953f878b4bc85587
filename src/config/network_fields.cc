// [relays], [destinations], [dns] and [http].
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "config/fields.h"
#include "config/host_name.h"

namespace config {
namespace {

constexpr std::uint16_t dns_port = 53;

// "192.0.2.53:5353", "[2001:db8::53]:5353".
std::optional<base::Endpoint> endpoint_of(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = base::IpAddress::parse(host);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!address || address->is_v4() == bracketed || error != std::errc() || end != digits.data() + digits.size() || port == 0)
    return std::nullopt;
  return base::Endpoint{*address, port};
}

// The same, or an address alone.
std::optional<base::Endpoint> name_server(std::string_view text) {
  if (const auto address = base::IpAddress::parse(text)) return base::Endpoint{*address, dns_port};
  return endpoint_of(text);
}

// Reads a list of texts; each item goes to `read`, which returns why not, or nothing.
template <class ReadItem>
void each_text(const Input& input, const Array& list, std::string_view wanted, ReadItem read) {
  for (const Value& item : list) {
    const std::string* const text = text_of(item, input.key, wanted, input.report);
    if (text == nullptr) continue;
    if (std::string fault = read(item, *text); !fault.empty()) input.report.error(item.place, input.key, std::move(fault));
  }
}

std::string no_address(const std::string& text) { return "`" + text + "` is no IP address"; }

std::string network_fault(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto address = base::IpAddress::parse(std::string_view(text).substr(0, slash));
  if (!address) return "`" + text + "` is no network: an address with the length of its prefix, such as 192.0.2.0/24";
  if (slash == std::string::npos) return {};
  // What is left are a prefix that is no number, or bits behind it.
  const std::string whole = address->is_v4() ? "32" : "128";
  const std::string_view bits = std::string_view(text).substr(slash + 1);
  const bool number =
      !bits.empty() && bits.size() <= 3 && std::all_of(bits.begin(), bits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number || std::stoul(std::string(bits)) > (address->is_v4() ? 32U : 128U)) return "the length of the prefix is 0 to " + whole;
  return "`" + text + "` has bits set behind its prefix: write the network's first address, or /" + whole + " for this address alone";
}

}  // namespace

void read_relay_addresses(const Input& input, Target target) {
  const Array* const list = list_of(input.value, input.key, "a list of addresses", input.report);
  if (list == nullptr) return;
  std::vector<base::IpAddress> addresses;
  each_text(input, *list, "an IP address", [&](const Value&, const std::string& text) {
    const auto address = base::IpAddress::parse(text);
    if (!address) return no_address(text);
    if (std::find(addresses.begin(), addresses.end(), *address) != addresses.end()) return "`" + text + "` is named twice";
    addresses.push_back(*address);
    return std::string();
  });
  target.config.relay_addresses = std::move(addresses);
}
std::string print_relay_addresses(Target target) {
  return print_list(target.config.relay_addresses, [](const base::IpAddress& address) { return in_quotes(address.to_string()); });
}

void read_destinations(const Input& input, Target target) {
  const Array* const list = list_of(input.value, input.key, "a list of networks", input.report);
  if (list == nullptr) return;
  std::vector<base::Network> networks;
  each_text(input, *list, "a network, such as \"192.0.2.0/24\",", [&](const Value& item, const std::string& text) {
    const auto network = base::Network::parse(text);
    if (!network) return network_fault(text);
    if (std::find(networks.begin(), networks.end(), *network) != networks.end()) return "`" + text + "` is named twice";
    if (network->to_string().ends_with("/0")) {
      input.report.warn(item.place, input.key,
                        "`" + text + "` lets clients reach every address, this machine and your own networks among them");
    }
    networks.push_back(*network);
    return std::string();
  });
  target.config.destinations_allowed = std::move(networks);
}
std::string print_destinations(Target target) {
  return print_list(target.config.destinations_allowed, [](const base::Network& network) { return in_quotes(network.to_string()); });
}

void read_dns_servers(const Input& input, Target target) {
  const Array* const list = list_of(input.value, input.key, "a list of addresses, such as [\"192.0.2.53\"],", input.report);
  if (list == nullptr) return;
  std::vector<base::Endpoint> servers;
  each_text(input, *list, "an address, or an address and a port", [&](const Value&, const std::string& text) {
    const auto endpoint = name_server(text);
    if (!endpoint) {
      return "`" + text + "` is no address of a name server: \"192.0.2.53\", \"192.0.2.53:5353\", \"[2001:db8::53]:5353\"";
    }
    if (std::find(servers.begin(), servers.end(), *endpoint) != servers.end()) return "`" + text + "` is named twice";
    servers.push_back(*endpoint);
    return std::string();
  });
  target.config.dns_servers = std::move(servers);
}
std::string print_dns_servers(Target target) {
  return print_list(target.config.dns_servers, [](const base::Endpoint& server) { return in_quotes(server.to_string()); });
}

void read_dns_hosts(const Input& input, Target target) {
  const auto* const table = std::get_if<Table>(&input.value.is);
  if (table == nullptr) return input.report.wrong_type(input.value, input.key, "a table such as { \"b.example.net\" = \"192.0.2.7\" }");
  std::vector<std::pair<std::string, base::IpAddress>> hosts;
  for (const Member& member : *table) {
    const std::string key = std::string(input.key) + ".\"" + member.key + "\"";
    const Input entry{member.value, key, input.report};
    if (std::string fault = host_name_fault(member.key); !fault.empty()) {
      // Without quotes the dots of a name make tables of it.
      if (std::holds_alternative<Table>(member.value.is)) fault = "a name with dots stands in quotes";
      input.report.error(member.key_place, key, std::move(fault));
      continue;
    }
    if (std::holds_alternative<Table>(member.value.is)) {
      input.report.error(member.key_place, key,
                         "an address or a list of addresses is wanted, not a table; a name with dots stands in quotes");
      continue;
    }
    const auto add = [&](const Value&, const std::string& text) {
      const auto address = base::IpAddress::parse(text);
      if (!address) return no_address(text);
      hosts.emplace_back(member.key, *address);
      return std::string();
    };
    if (const auto* const list = std::get_if<Array>(&member.value.is)) {
      each_text(entry, *list, "an IP address", add);
    } else {
      const Array one{member.value};
      each_text(entry, one, "an IP address or a list of them", add);
    }
  }
  target.config.dns_hosts = std::move(hosts);
}
std::string print_dns_hosts(Target target) {
  const auto& hosts = target.config.dns_hosts;
  std::string text = "{";
  for (std::size_t i = 0; i < hosts.size();) {
    std::vector<base::IpAddress> addresses;
    const std::string& name = hosts[i].first;
    for (; i < hosts.size() && hosts[i].first == name; ++i) addresses.push_back(hosts[i].second);
    text.append(text.size() == 1 ? " " : ", ").append(in_quotes(name)).append(" = ");
    const auto print = [](const base::IpAddress& address) { return in_quotes(address.to_string()); };
    text += addresses.size() == 1 ? print(addresses.front()) : print_list(addresses, print);
  }
  return text + (hosts.empty() ? "}" : " }");
}

void read_http_listen(const Input& input, Target target) {
  const std::string* const text = text_of(input.value, input.key, "\"ADDRESS:PORT\" or \"unix:PATH\"", input.report);
  if (text == nullptr) return;
  constexpr std::string_view unix_socket = "unix:";
  constexpr std::size_t path_octets_max = 107;  // sockaddr_un
  HttpListen& http = target.config.http;
  if (*text == "off") return;
  if (text->starts_with(unix_socket)) {
    http.path = text->substr(unix_socket.size());
    if (!http.path.starts_with('/') || http.path.size() > path_octets_max) {
      input.report.error(input.value.place, input.key, "the path of a UNIX socket begins with / and has at most 107 octets");
    }
    return;
  }
  http.endpoint = endpoint_of(*text);
  if (!http.endpoint) {
    return input.report.error(
        input.value.place, input.key,
        "`" + *text + "` is no address with a port: \"127.0.0.1:9255\", \"[::1]:9255\", \"unix:/run/msrp-relay/http.sock\"");
  }
  static const base::Network loopback = *base::Network::parse("127.0.0.0/8");
  const base::IpAddress& address = http.endpoint->address;
  if (!loopback.contains(address) && address != *base::IpAddress::parse("::1")) {
    input.report.warn(input.value.place, input.key,
                      "`" + *text + "` is no loopback address: whoever reaches it reads what this relay does");
  }
}
std::string print_http_listen(Target target) {
  const HttpListen& http = target.config.http;
  if (!http.path.empty()) return in_quotes("unix:" + http.path);
  return in_quotes(http.endpoint ? http.endpoint->to_string() : "off");
}

}  // namespace config
