#pragma once
// What uring_ring.cc and uring_setup.cc share: the user_data that never reaches a caller.
#include <cstdint>

namespace ring {

// In the place of Token's Op.
enum class Internal : std::uint8_t { nobody = 0xFC, send = 0xFD, wake_failed = 0xFE, event = 0xFF };
constexpr std::uint64_t first_internal = 0xFC;
// Tells a single-shot recv from a multishot one.
constexpr std::uint64_t once_bit = std::uint64_t{0x40} << 56;
constexpr std::uint16_t buffer_group = 1;

}  // namespace ring
