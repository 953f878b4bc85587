#pragma once
// SRV records (RFC 2782): read from an answer, and put into the order in which to try them.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace control {

struct ServiceRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  // ".": the service is decidedly not there
};

struct ServiceAnswer {
  std::vector<ServiceRecord> records;  // at most records_max
  std::uint32_t ttl_s = 0;             // the shortest of them
  static constexpr std::size_t records_max = 8;
};

// A whole DNS message. What is no SRV record, or a broken one, is passed over.
ServiceAnswer read_service_records(std::span<const unsigned char> message);

// Lower priorities first; of the same, at random by weight. `below(n)`: a number from 0 to n - 1.
void order_service_records(std::vector<ServiceRecord>& records, const std::function<std::uint32_t(std::uint32_t)>& below);

}  // namespace control
