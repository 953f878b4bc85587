#include "transport/der.h"

#include <ctime>

#include "transport/wolfssl.h"

namespace transport {

std::optional<DerElement> take_element(std::string_view& rest) {
  const auto octet = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(rest[at])); };
  if (rest.size() < 2 || (octet(0) & 0x1FU) == 0x1FU) return std::nullopt;
  std::size_t head = 2, size = octet(1);
  if (size >= 0x80) {
    const std::size_t count = size - 0x80;
    if (count == 0 || count > 4 || rest.size() < 2 + count) return std::nullopt;
    size = 0;
    for (std::size_t at = 0; at < count; ++at) size = size << 8U | octet(2 + at);
    head += count;
  }
  if (size > rest.size() - head) return std::nullopt;
  const DerElement element{static_cast<unsigned char>(rest[0]), rest.substr(head, size), rest.substr(0, head + size)};
  rest.remove_prefix(head + size);
  return element;
}

std::optional<std::string_view> take(std::string_view& rest, unsigned char tag) {
  std::string_view after = rest;
  const auto element = take_element(after);
  if (!element || element->tag != tag) return std::nullopt;
  rest = after;
  return element->content;
}

std::optional<std::chrono::sys_seconds> time_of(std::string_view whole) {
  const unsigned char* content = nullptr;
  unsigned char format = 0;
  int length = 0;
  std::tm time{};
  if (wc_GetDateInfo(unsigned_octets(whole.data()), static_cast<int>(whole.size()), &content, &format, &length) != 0) return std::nullopt;
  if (wc_GetDateAsCalendarTime(content, length, format, &time) != 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&time)));
}

}  // namespace transport
