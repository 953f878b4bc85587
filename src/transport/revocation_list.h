#pragma once
// Certificate revocation lists (RFC 5280 5) as they stand in a file. Who has signed them and whom they name is wolfSSL's matter.
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace transport {

// The lists in a file in PEM form, each with its lines of "BEGIN" and "END".
base::Result<std::vector<std::string_view>, std::string> split_revocation_lists(std::string_view pem);
// When the list will be out of date. nullopt: it does not say, or cannot be read.
std::optional<std::chrono::sys_seconds> next_update(std::string_view list);

}  // namespace transport
