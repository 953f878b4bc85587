#pragma once
// Host names as relay.name, advertise and dns.hosts take them.
#include <string>
#include <string_view>

namespace config {

// Why `name` is no host name (RFC 1123: labels of letters, digits and inner hyphens), or empty.
std::string host_name_fault(std::string_view name);
// The same, and it must be a full name: with a dot, and no address.
std::string full_name_fault(std::string_view name);

}  // namespace config
