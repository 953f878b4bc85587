#include "msrp/writer.h"

#include <array>
#include <charconv>

#include "msrp/characters.h"

namespace msrp {
namespace {

bool is_mime_header(std::string_view name) {
  constexpr std::string_view beginning = "content-";
  return name.size() > beginning.size() && equals_lower(name.substr(0, beginning.size()), beginning);
}

// the first `moved` To-Path URIs go to the front of From-Path, the last of them foremost; the rest as received.
void write_moved_paths(Writer& writer, const Head& head, std::size_t moved) {
  CHECK(moved > 0 && head.to_path.count > moved);
  const std::string_view path = head.to_path.value;
  const auto rest_at = static_cast<std::size_t>(head.to_path.uris[moved].octets().data() - path.data());
  writer.put("To-Path: ").put(path.substr(rest_at)).put("\r\nFrom-Path: ");
  for (std::size_t i = moved; i-- > 0;) writer.put(head.to_path.uris[i].octets()).put(' ');
  writer.put(head.from_path.value).put("\r\n");
}

// Lines stand one behind the other in the head: [from, to) is one piece of memory.
std::string_view lines_between(const Head& head, std::size_t from, std::size_t to) {
  if (from >= to) return {};
  const char* begin = head.lines[from].line.data();
  const std::string_view last = head.lines[to - 1].line;
  return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
}

constexpr std::size_t lines_of_paths = 2;

void write_status_line(Writer& writer, std::string_view tid, std::uint16_t code, std::string_view comment) {
  const std::array<char, 3> digits{static_cast<char>('0' + code / 100 % 10), static_cast<char>('0' + code / 10 % 10),
                                   static_cast<char>('0' + code % 10)};
  writer.put("MSRP ").put(tid).put(' ').put({digits.data(), digits.size()});
  if (!comment.empty()) writer.put(' ').put(comment);
  writer.put("\r\n");
}

}  // namespace

Writer& Writer::put_number(std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return put({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

std::size_t write_forwarded_headers(Writer& writer, const Head& head, std::size_t moved) {
  const std::size_t begin = writer.size();
  write_moved_paths(writer, head, moved);
  const std::size_t count = head.line_count;
  std::size_t place = count;  // before this line stands Byte-Range
  std::size_t behind = count;
  if (head.byte_range_line != 0) {
    place = head.byte_range_line;
    behind = place + 1;
  } else {
    for (std::size_t i = count; i-- > lines_of_paths;) {
      if (is_mime_header(head.lines[i].name)) place = behind = i;
    }
  }
  writer.put(lines_between(head, lines_of_paths, place));
  const std::size_t before = writer.size() - begin;
  writer.put(lines_between(head, behind, count));
  return before;
}

void write_request_line(Writer& writer, const MintedTid& tid, std::string_view method_name) {
  writer.put("MSRP ").put(tid.octets()).put(' ').put(method_name).put("\r\n");
}

void write_byte_range(Writer& writer, const ByteRange& range) {
  writer.put("Byte-Range: ").put_number(range.start.value()).put('-');
  range.end ? writer.put_number(*range.end) : writer.put('*');
  writer.put('/');
  range.total ? writer.put_number(*range.total) : writer.put('*');
  writer.put("\r\n");
}

void write_end_line(Writer& writer, std::string_view tid, ContinuationFlag flag, bool after_body) {
  if (after_body) writer.put("\r\n");
  writer.put("-------").put(tid).put(static_cast<char>(flag)).put("\r\n");
}

void write_response(Writer& writer, std::string_view tid, std::uint16_t code, std::string_view comment, std::string_view to_path,
                    std::string_view from_uri, std::string_view extra_headers) {
  write_status_line(writer, tid, code, comment);
  writer.put("To-Path: ").put(to_path).put("\r\nFrom-Path: ").put(from_uri).put("\r\n").put(extra_headers);
  write_end_line(writer, tid, ContinuationFlag::end, false);
}

void write_forwarded_response(Writer& writer, const Head& response, const PeerTid& tid, std::string_view to_path, std::string_view passed) {
  write_status_line(writer, tid.octets(), response.status_code, response.comment);
  writer.put("To-Path: ").put(to_path).put("\r\nFrom-Path: ").put(passed).put(' ').put(response.from_path.value).put("\r\n");
  writer.put(lines_between(response, lines_of_paths, response.line_count));
  write_end_line(writer, tid.octets(), ContinuationFlag::end, false);
}

}  // namespace msrp
