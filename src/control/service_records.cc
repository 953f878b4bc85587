#include "control/service_records.h"

#include <arpa/nameser.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace control {

ServiceAnswer read_service_records(std::span<const unsigned char> message) {
  ServiceAnswer answer;
  ns_msg parsed{};
  if (ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) != 0) return answer;
  for (int at = 0; at < ns_msg_count(parsed, ns_s_an) && answer.records.size() < ServiceAnswer::records_max; ++at) {
    ns_rr record{};
    if (ns_parserr(&parsed, ns_s_an, at, &record) != 0) break;
    constexpr std::size_t fixed = 6;  // priority, weight, port
    if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) <= fixed) continue;
    const unsigned char* octets = ns_rr_rdata(record);
    const auto number = [&](std::size_t offset) { return static_cast<std::uint16_t>(octets[offset] << 8U | octets[offset + 1]); };
    std::array<char, NS_MAXDNAME> target{};
    if (dn_expand(ns_msg_base(parsed), ns_msg_end(parsed), octets + fixed, target.data(), static_cast<int>(target.size())) < 0) continue;
    answer.ttl_s = answer.records.empty() ? ns_rr_ttl(record) : std::min<std::uint32_t>(answer.ttl_s, ns_rr_ttl(record));
    const std::string name = target.data();
    answer.records.push_back({.priority = number(0), .weight = number(2), .port = number(4), .target = name.empty() ? "." : name});
  }
  return answer;
}

// RFC 2782, "Usage rules": those of weight 0 stand first, then one is drawn by the running sum, and again of what is left.
void order_service_records(std::vector<ServiceRecord>& records, const std::function<std::uint32_t(std::uint32_t)>& below) {
  std::sort(records.begin(), records.end(), [](const ServiceRecord& a, const ServiceRecord& b) {
    return a.priority != b.priority ? a.priority < b.priority : a.weight == 0 && b.weight != 0;
  });
  for (auto next = records.begin(); next != records.end(); ++next) {
    const auto end = std::find_if(next, records.end(), [&](const ServiceRecord& record) { return record.priority != next->priority; });
    const std::uint32_t sum =
        std::accumulate(next, end, 0U, [](std::uint32_t so_far, const ServiceRecord& record) { return so_far + record.weight; });
    const std::uint32_t drawn = below(sum + 1);
    std::uint32_t running = 0;
    const auto chosen = std::find_if(next, end, [&](const ServiceRecord& record) { return (running += record.weight) >= drawn; });
    std::rotate(next, chosen, chosen + 1);
  }
}

}  // namespace control
