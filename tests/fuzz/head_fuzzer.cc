// A head that parses is written as it is forwarded, and what was written parses again: one URI moved, every other line the same, octet by
// octet and in order. An answer to a head that does not parse is a response that parses.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "msrp/head.h"
#include "msrp/writer.h"

namespace {

std::string other_lines(const msrp::Head& head) {
  std::string lines;
  for (const msrp::HeaderLine& line : head.all_lines().subspan(2)) {
    if (head.byte_range_line == 0 || line.line.data() != head.lines[head.byte_range_line].line.data()) lines += line.line;
  }
  return lines;
}

void check_forwarded(const msrp::Head& head, const msrp::HeadLimits& limits) {
  std::array<char, 70'000> room;
  msrp::Writer writer(room);
  writer.put("MSRP ").put(head.transaction_id).put(' ').put(head.is_response ? "200" : head.method_name).put("\r\n");
  const std::size_t start = writer.size();
  const std::size_t before = write_forwarded_headers(writer, head);
  CHECK(writer.good());
  std::string again(writer.written());
  if (head.byte_range) {
    msrp::Writer range_writer(std::span<char>(room).subspan(writer.size()));
    write_byte_range(range_writer, *head.byte_range);
    again.insert(start + before, range_writer.written());
  }
  static msrp::Head second;
  const auto parsed = msrp::parse_head(again, head.has_body, limits, second, nullptr);
  CHECK(parsed.has_value() || parsed.error() == msrp::ParseError::uri || parsed.error() == msrp::ParseError::uris_per_path);
  if (!parsed) return;  // the third To-Path URI has become the second, and is looked at for the first time
  CHECK(second.to_path.count == head.to_path.count - 1 && second.from_path.count == head.from_path.count + 1);
  CHECK(second.from_path.first().octets() == head.to_path.first().octets());
  CHECK(second.to_path.value == head.to_path.value.substr(head.to_path.first().octets().size() + 1));
  CHECK(second.from_path.value.ends_with(head.from_path.value));
  CHECK(other_lines(second) == other_lines(head));
  CHECK(second.byte_range.has_value() == head.byte_range.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::unique_ptr<char[]> copy(new char[size - 1]);
  std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1).copy(copy.get(), size - 1);
  const std::string_view octets(copy.get(), size - 1);
  const msrp::HeadLimits limits{8192, 24, 6};
  static msrp::Head head;
  msrp::Answerable answerable;
  const auto parsed = msrp::parse_head(octets, (data[0] & 1) != 0, limits, head, &answerable);
  if (parsed) {
    CHECK(head.octets == octets && head.line_count >= 2);
    if (head.to_path.count > 1) check_forwarded(head, {70'000 - 1024, 24, 7});
    return 0;
  }
  if (answerable.first_to_uri.empty() || answerable.from_path.empty()) return 0;
  std::array<char, 20'000> room;
  msrp::Writer writer(room);
  write_response(writer, answerable.transaction_id, 400, "Bad Request", answerable.first_from_uri, answerable.first_to_uri);
  CHECK(writer.good());
  const std::string_view response = writer.written().substr(0, writer.size() - answerable.transaction_id.size() - 10);
  static msrp::Head answer;
  const auto good = msrp::parse_head(response, false, {20'000, 4, 4}, answer, nullptr);
  CHECK(good.has_value() || good.error() == msrp::ParseError::uri);
  return 0;
}
