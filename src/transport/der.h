#pragma once
// The little of DER that is needed to know when a revocation list or an answer about a certificate is out of date. Of files that the
// operator names, and of nothing that peers send.
#include <chrono>
#include <optional>
#include <string_view>

namespace transport {

struct DerElement {
  unsigned char tag = 0;
  std::string_view content;
  std::string_view whole;  // with its tag and length
};

enum DerTag : unsigned char {
  der_integer = 0x02,
  der_octets = 0x04,
  der_enumerated = 0x0A,
  der_utc_time = 0x17,
  der_time = 0x18,
  der_sequence = 0x30,
};

// The first element of `rest`, which is what comes after it then. nullopt: there is none that is whole.
std::optional<DerElement> take_element(std::string_view& rest);
// The content of the first element of `rest`, where it has that tag.
std::optional<std::string_view> take(std::string_view& rest, unsigned char tag);
// Of an element that is a time.
std::optional<std::chrono::sys_seconds> time_of(std::string_view whole);

}  // namespace transport
