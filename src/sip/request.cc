#include "sip/request.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sip {
namespace {

constexpr std::string_view msrp_start = "MSRP ";
constexpr std::size_t method_max = 32;

bool is_token(char c) {
  constexpr std::string_view marks = "-.!%*_+`'~";
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(x) == lower(y);
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Line {
  std::string_view whole;  // with its CRLF and its folded continuations
  std::string_view name;
  std::string_view value;
};

// Takes the first header line off `rest`; a line that begins with a blank continues the one before it (RFC 3261 7.3.1).
Line take_line(std::string_view& rest) {
  std::size_t end = rest.find("\r\n");
  while (end != std::string_view::npos && end + 2 < rest.size() && (rest[end + 2] == ' ' || rest[end + 2] == '\t'))
    end = rest.find("\r\n", end + 2);
  const std::size_t size = end == std::string_view::npos ? rest.size() : end + 2;
  Line line;
  line.whole = rest.substr(0, size);
  const std::size_t colon = line.whole.find(':');
  if (colon != std::string_view::npos) {
    line.name = trimmed(line.whole.substr(0, colon));
    line.value = trimmed(line.whole.substr(colon + 1, size - std::min(size, colon + 3)));
  }
  rest.remove_prefix(size);
  return line;
}

struct Name {
  std::string_view full, compact;
};
constexpr std::array<Name, 5> copied = {{{"Via", "v"}, {"From", "f"}, {"To", "t"}, {"Call-ID", "i"}, {"CSeq", "CSeq"}}};

bool is(const Line& line, const Name& name) { return same(line.name, name.full) || same(line.name, name.compact); }

bool has_tag(std::string_view value) {
  // Parameters of the header stand behind the address: after ">" where there is one.
  const std::size_t bracket = value.rfind('>');
  std::string_view parameters = bracket == std::string_view::npos ? value : value.substr(bracket);
  for (std::size_t at = parameters.find(';'); at != std::string_view::npos; at = parameters.find(';', at + 1)) {
    if (same(trimmed(parameters.substr(at + 1)).substr(0, 4), "tag=")) return true;
  }
  return false;
}

}  // namespace

Opening opening_of(std::string_view octets) {
  if (octets.empty()) return Opening::undecided;
  const std::size_t common = std::min(octets.size(), msrp_start.size());
  if (octets.substr(0, common) == msrp_start.substr(0, common)) return common == msrp_start.size() ? Opening::msrp : Opening::undecided;
  for (std::size_t i = 0; i < octets.size() && i <= method_max; ++i) {
    if (octets[i] == ' ') return i > 0 ? Opening::sip : Opening::other;
    if (!is_token(octets[i])) return Opening::other;
  }
  return octets.size() > method_max ? Opening::other : Opening::undecided;
}

base::Result<Request, RequestError> parse_request(std::string_view octets, std::size_t head_max) {
  Request request;
  const std::size_t end = octets.substr(0, head_max).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (octets.size() >= head_max) return base::fail(RequestError::too_big);
    return request;
  }
  request.head_octets = end + 4;
  const std::size_t first_end = octets.find("\r\n");
  const std::string_view first = octets.substr(0, first_end);
  const std::size_t blank = first.find(' ');
  const std::size_t last_blank = first.rfind(' ');
  if (blank == std::string_view::npos || blank == last_blank || first.substr(last_blank + 1) != "SIP/2.0")
    return base::fail(RequestError::malformed);
  request.method = first.substr(0, blank);
  request.headers = first_end == end ? std::string_view() : octets.substr(first_end + 2, end - first_end);

  std::array<bool, copied.size()> seen{};
  for (std::string_view rest = request.headers; !rest.empty();) {
    const Line line = take_line(rest);
    for (std::size_t i = 0; i < copied.size(); ++i) seen[i] = seen[i] || is(line, copied[i]);
    if (!same(line.name, "Content-Length") && !same(line.name, "l")) continue;
    const auto [stop, error] = std::from_chars(line.value.data(), line.value.data() + line.value.size(), request.content_length);
    if (error == std::errc::result_out_of_range) return base::fail(RequestError::too_big);
    if (error != std::errc() || stop != line.value.data() + line.value.size()) return base::fail(RequestError::malformed);
  }
  if (!std::all_of(seen.begin(), seen.end(), [](bool one) { return one; })) return base::fail(RequestError::malformed);
  if (request.content_length > body_max) return base::fail(RequestError::too_big);
  request.complete = true;
  return request;
}

void write_response(msrp::Writer& writer, const Request& request, std::uint16_t code, std::string_view reason,
                    std::string_view extra_headers, base::Entropy& entropy) {
  if (request.method == "ACK") return;
  writer.put("SIP/2.0 ").put_number(code).put(' ').put(reason).put("\r\n");
  for (std::string_view rest = request.headers; !rest.empty();) {
    const Line line = take_line(rest);
    const auto name = std::find_if(copied.begin(), copied.end(), [&](const Name& one) { return is(line, one); });
    if (name == copied.end()) continue;
    if (name->full != "To" || has_tag(line.value)) {
      writer.put(line.whole);
      continue;
    }
    std::array<std::uint8_t, 8> random{};
    entropy.fill(random);
    writer.put(line.whole.substr(0, line.whole.size() - 2)).put(";tag=");
    for (const std::uint8_t octet : random) writer.put("0123456789abcdef"[octet >> 4]).put("0123456789abcdef"[octet & 15]);
    writer.put("\r\n");
  }
  writer.put(extra_headers).put("Content-Length: 0\r\n\r\n");
}

}  // namespace sip
