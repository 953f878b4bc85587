// A Byte-Range that parses is possible, and written again it is the same but for leading zeros.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "msrp/writer.h"

namespace {

std::string without_leading_zeros(std::string_view text) {
  std::string result;
  bool number_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit_follows = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    if (number_begins && text[i] == '0' && digit_follows) continue;
    result += text[i];
    number_begins = text[i] < '0' || text[i] > '9';
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  const auto range = msrp::parse_byte_range(value);
  if (!range) return 0;
  CHECK(range->start.value() >= 1);
  CHECK(!range->end || *range->end >= range->start.value() - 1);
  CHECK(!range->end || !range->total || *range->end <= *range->total);
  std::array<char, 128> room;
  msrp::Writer writer(room);
  write_byte_range(writer, *range);
  CHECK(writer.good());
  CHECK(writer.written() == "Byte-Range: " + without_leading_zeros(value) + "\r\n");
  return 0;
}
