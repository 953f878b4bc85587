#pragma once
// Numbers as people read them.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace msrpctl {

std::string with_commas(std::uint64_t number);  // 1,234,567
std::string octets(std::uint64_t number);       // 512 B, 1.5 KiB, 3.2 GiB
std::string duration(std::int64_t seconds);     // 59s, 3m 20s, 2h 5m, 4d 3h
std::string utc(std::int64_t unix_ms);          // 2026-01-02 03:04:05Z

// The member as a number; 0 where there is none.
std::uint64_t number(const nlohmann::json& from, const char* member);
// With commas; "-" where there is none.
std::string count(const nlohmann::json& from, const char* member);
// What a peer has named cannot steer a terminal: control characters are shown as "?".
std::string text(const nlohmann::json& from, const char* member);

}  // namespace msrpctl
