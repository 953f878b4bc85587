#pragma once
// CPU time of other processes, as /proc tells it (steps of 10 ms).
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace blaster {

// User and system time of the processes and all their descendants that live now, in nanoseconds. nullopt: one of them does not exist.
std::optional<std::uint64_t> cpu_time_ns(std::span<const int> processes);

// Memory of the processes themselves that is not paged out (VmRSS), in octets. nullopt: one of them does not exist.
std::optional<std::uint64_t> resident_octets(std::span<const int> processes);

// utime + stime in clock ticks from a line of /proc/PID/stat. The name in it may contain anything. nullopt: no such line.
std::optional<std::uint64_t> ticks_of_stat(std::string_view line);

}  // namespace blaster
