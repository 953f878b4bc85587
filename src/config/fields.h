#pragma once
// How the keys that are neither duration, size nor plain number are read and printed. Each pair belongs to one row of the table in keys.cc.
#include <string>

#include "config/keys.h"

namespace config {

// [relay]
void read_name(const Input& input, Target target);
std::string print_name(Target target);
void read_realm(const Input& input, Target target);
std::string print_realm(Target target);
void read_cores(const Input& input, Target target);
std::string print_cores(Target target);

// [[listen]]
void read_listen_uri(const Input& input, Target target);
std::string print_listen_uri(Target target);
void read_listen_name(const Input& input, Target target);
std::string print_listen_name(Target target);
void read_advertise(const Input& input, Target target);
std::string print_advertise(Target target);
void read_listen_realm(const Input& input, Target target);
std::string print_listen_realm(Target target);
void read_plaintext_auth(const Input& input, Target target);
std::string print_plaintext_auth(Target target);
void read_protocols(const Input& input, Target target);
std::string print_protocols(Target target);

void read_certificate(const Input& input, Target target);
std::string print_certificate(Target target);
void read_private_key(const Input& input, Target target);
std::string print_private_key(Target target);
void read_ocsp_response(const Input& input, Target target);
std::string print_ocsp_response(Target target);

// [tls]
void read_ca_file(const Input& input, Target target);
std::string print_ca_file(Target target);
void read_crl_file(const Input& input, Target target);
std::string print_crl_file(Target target);
void read_kernel_tls(const Input& input, Target target);
std::string print_kernel_tls(Target target);
void read_relay_names(const Input& input, Target target);
std::string print_relay_names(Target target);

// [users]
void read_users_file(const Input& input, Target target);
std::string print_users_file(Target target);
void read_algorithms(const Input& input, Target target);
std::string print_algorithms(Target target);

// [relays], [destinations], [dns]
void read_relay_addresses(const Input& input, Target target);
std::string print_relay_addresses(Target target);
void read_destinations(const Input& input, Target target);
std::string print_destinations(Target target);
void read_dns_servers(const Input& input, Target target);
std::string print_dns_servers(Target target);
void read_dns_hosts(const Input& input, Target target);
std::string print_dns_hosts(Target target);

// [http]
void read_http_listen(const Input& input, Target target);
std::string print_http_listen(Target target);

// [accounting]
void read_accounting_folder(const Input& input, Target target);
std::string print_accounting_folder(Target target);
void read_accounting_format(const Input& input, Target target);
std::string print_accounting_format(Target target);

// [control]
void read_control_socket(const Input& input, Target target);
std::string print_control_socket(Target target);
void read_operators(const Input& input, Target target);
std::string print_operators(Target target);
void read_observers(const Input& input, Target target);
std::string print_observers(Target target);

// [limits]
void read_links(const Input& input, Target target);
std::string print_links(Target target);

// Longest realm, in octets: auth::UserTable takes no longer one.
constexpr std::size_t realm_octets_max = 128;
// For both kinds of realm. False after a fault.
bool read_realm_into(const Input& input, std::string& realm);

// "[a, b]" of what `print` makes of each.
template <class List, class Print>
std::string print_list(const List& list, Print print) {
  std::string text = "[";
  for (const auto& item : list) text.append(text.size() == 1 ? "" : ", ").append(print(item));
  return text + "]";
}

}  // namespace config
