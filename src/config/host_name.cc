#include "config/host_name.h"

#include <algorithm>

#include "base/address.h"

namespace config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_label_octet(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-'; }

}  // namespace

std::string host_name_fault(std::string_view name) {
  if (name.empty()) return "an empty host name";
  if (name.size() > 253) return "a host name has at most 253 octets";
  for (;;) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty()) return "a host name has no empty part between its dots";
    if (label.size() > 63) return "a part of a host name has at most 63 octets";
    if (!std::all_of(label.begin(), label.end(), is_label_octet)) return "a host name has letters, digits, hyphens and dots only";
    if (label.front() == '-' || label.back() == '-') return "no part of a host name begins or ends with a hyphen";
    if (dot == std::string_view::npos) return {};
    name.remove_prefix(dot + 1);
  }
}

std::string full_name_fault(std::string_view name) {
  if (base::IpAddress::parse(name) || (name.starts_with('[') && name.ends_with(']'))) {
    return "a name is wanted, not an address: clients put it into URIs that others must find";
  }
  if (std::string fault = host_name_fault(name); !fault.empty()) return fault;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return "`" + std::string(name) + "` has no dot: a full name such as relay.example.org is wanted";
  const std::string_view last = name.substr(dot + 1);
  if (std::all_of(last.begin(), last.end(), is_digit)) return "the last part of a host name is not a number";
  return {};
}

}  // namespace config
