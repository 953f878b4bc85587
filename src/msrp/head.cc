// Head of a frame, RFC 4975 section 9. One look for the lines (head_index), one over the lines in order (here).
#include "msrp/head.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "msrp/characters.h"
#include "msrp/head_parser.h"
#include "msrp/tid.h"
#include "msrp/uri_parser.h"

namespace msrp {
namespace {

enum class HeaderKind : std::uint8_t {
  to_path,
  from_path,
  message_id,
  byte_range,
  failure_report,
  success_report,
  content_type,
  expires,
  authorization,
  status,
  other,
};

struct HeaderName {
  std::string_view with_colon;  // "Name: " as the RFC spells it
  std::string_view lower;       // "name"
};
// In the order of HeaderKind.
constexpr std::array<HeaderName, 10> header_names{{
    {"To-Path: ", "to-path"},
    {"From-Path: ", "from-path"},
    {"Message-ID: ", "message-id"},
    {"Byte-Range: ", "byte-range"},
    {"Failure-Report: ", "failure-report"},
    {"Success-Report: ", "success-report"},
    {"Content-Type: ", "content-type"},
    {"Expires: ", "expires"},
    {"Authorization: ", "authorization"},
    {"Status: ", "status"},
}};
constexpr unsigned bit(HeaderKind kind) { return 1U << static_cast<unsigned>(kind); }
// twice is malformed.
constexpr unsigned only_once = bit(HeaderKind::to_path) | bit(HeaderKind::from_path) | bit(HeaderKind::message_id) |
                               bit(HeaderKind::byte_range) | bit(HeaderKind::failure_report) | bit(HeaderKind::success_report) |
                               bit(HeaderKind::content_type);

// What is wrong, or nothing.
using Fault = std::optional<ParseError>;

struct NamedLine {
  HeaderKind kind = HeaderKind::other;
  std::size_t name_size = 0;  // 0: no "Name: value"
};

// The usual spelling is one comparison; any other takes the slow way.
template <HeaderKind kind>
bool spelled(std::string_view line) {
  constexpr std::string_view name = header_names[static_cast<std::size_t>(kind)].with_colon;
  return line.size() >= name.size() && std::memcmp(line.data(), name.data(), name.size()) == 0;
}
template <HeaderKind kind>
NamedLine found() {
  return {kind, header_names[static_cast<std::size_t>(kind)].lower.size()};
}

NamedLine name_slowly(std::string_view line) {
  std::size_t size = 0;
  while (size < line.size() && is_of(line[size], token_class)) ++size;
  if (size == 0 || !is_of(line[0], alpha_class) || size + 1 >= line.size() || line[size] != ':' || line[size + 1] != ' ') return {};
  const std::string_view name = line.substr(0, size);
  for (std::size_t i = 0; i < header_names.size(); ++i) {
    if (equals_lower(name, header_names[i].lower)) return {static_cast<HeaderKind>(i), size};
  }
  return {HeaderKind::other, size};
}

NamedLine name_line(std::string_view line) {
  if (line.empty()) return {};
  switch (line[0]) {
    case 'A':
      if (spelled<HeaderKind::authorization>(line)) return found<HeaderKind::authorization>();
      break;
    case 'B':
      if (spelled<HeaderKind::byte_range>(line)) return found<HeaderKind::byte_range>();
      break;
    case 'C':
      if (spelled<HeaderKind::content_type>(line)) return found<HeaderKind::content_type>();
      break;
    case 'E':
      if (spelled<HeaderKind::expires>(line)) return found<HeaderKind::expires>();
      break;
    case 'F':
      if (spelled<HeaderKind::from_path>(line)) return found<HeaderKind::from_path>();
      if (spelled<HeaderKind::failure_report>(line)) return found<HeaderKind::failure_report>();
      break;
    case 'M':
      if (spelled<HeaderKind::message_id>(line)) return found<HeaderKind::message_id>();
      break;
    case 'S':
      if (spelled<HeaderKind::success_report>(line)) return found<HeaderKind::success_report>();
      if (spelled<HeaderKind::status>(line)) return found<HeaderKind::status>();
      break;
    case 'T':
      if (spelled<HeaderKind::to_path>(line)) return found<HeaderKind::to_path>();
      break;
    default: break;
  }
  return name_slowly(line);
}

// UTF8-NONASCII of RFC 4975 among ASCII.
bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i++]);
    if (c < 0x80) continue;
    if (c < 0xC0 || c > 0xFD) return false;
    const int more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF8 ? 3 : c < 0xFC ? 4 : 5;
    for (int k = 0; k < more; ++k, ++i) {
      if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

std::size_t ident_length(std::string_view text, std::size_t most) {
  const std::size_t end = std::min(text.size(), most);
  std::size_t i = 0;
  while (i < end && is_of(text[i], ident_class)) ++i;
  return i;
}

bool good_status(std::string_view value) {
  return value.size() >= 7 && all_of_class(value.substr(0, 3), digit_class) && value[3] == ' ' &&
         all_of_class(value.substr(4, 3), digit_class) && (value.size() == 7 || value[7] == ' ');
}

// The URIs of a path, cut at its blanks; the first ones are parsed, into `first` and `second` where there is such a place.
// Where a URI may lack its port: the To-Path of AUTH, and responses, which carry a relay's URI back as it was written there.
Fault take_path(std::string_view rest, bool may_lack_port, std::size_t limit, Path& path, Uri* first, Uri* second) {
  path.value = rest;
  limit = std::min(limit, uris_capacity);
  std::size_t count = 0;
  for (;;) {
    Uri* place = count == 0 ? first : count == 1 ? second : nullptr;
    std::size_t size = place == nullptr ? 0 : take_common_uri(rest, *place);
    if (size == 0) {
      size = std::min(rest.find(' '), rest.size());
      if (size == 0) return ParseError::uri;
      if (place != nullptr && (parse_uri_by_grammar(rest.substr(0, size), *place) || lacks_port(*place, may_lack_port)))
        return ParseError::uri;
    }
    if (count == limit) return ParseError::uris_per_path;
    path.uris[count++] = RawUri(rest.substr(0, size));
    if (size == rest.size()) break;
    rest.remove_prefix(size + 1);
  }
  path.count = static_cast<std::uint8_t>(count);
  return {};
}

Fault take_report_flag(HeaderKind kind, std::string_view value, Head& head) {
  if (kind == HeaderKind::success_report) {
    head.success_report = equals_lower(value, "yes");
    if (!head.success_report && !equals_lower(value, "no")) return ParseError::report_flag;
  } else if (equals_lower(value, "yes")) {
    head.failure_report = FailureReport::yes;
  } else if (equals_lower(value, "no")) {
    head.failure_report = FailureReport::no;
  } else if (equals_lower(value, "partial")) {
    head.failure_report = FailureReport::partial;
  } else {
    return ParseError::report_flag;
  }
  return {};
}

Fault take_value(HeaderKind kind, std::string_view value, const HeadLimits& limits, Head& head) {
  switch (kind) {
    case HeaderKind::to_path:
      return take_path(value, head.is_response || head.method == Method::auth, limits.uris, head.to_path, &head.first_to, &head.second_to);
    case HeaderKind::from_path: return take_path(value, head.is_response, limits.uris, head.from_path, &head.first_from, nullptr);
    case HeaderKind::message_id:
      if (value.empty() || value.size() > message_id_max || ident_length(value, value.size()) != value.size())
        return ParseError::message_id;
      head.message_id = value;
      return {};
    case HeaderKind::byte_range: {
      const auto range = parse_byte_range(value);
      if (!range) return ParseError::byte_range;
      head.byte_range = *range;
      head.byte_range_line = static_cast<std::uint8_t>(head.line_count - 1);
      return {};
    }
    case HeaderKind::failure_report:
    case HeaderKind::success_report: return take_report_flag(kind, value, head);
    case HeaderKind::content_type:
      if (value.empty()) return ParseError::content_type;
      head.content_type = value;
      return {};
    // R-022 does not name the next three: the first one counts.
    case HeaderKind::expires:
      if (!head.expires) head.expires = value;
      return {};
    case HeaderKind::authorization:
      if (!head.authorization) head.authorization = value;
      return {};
    case HeaderKind::status:
      if (head.method == Method::report && !head.is_response && !good_status(value)) return ParseError::status;
      if (!head.status) head.status = value;
      return {};
    case HeaderKind::other: return {};
  }
  return {};
}

// What only the whole header section can tell.
Fault check_whole(const Head& head, bool content_type_last) {
  if (head.line_count < 2) return ParseError::path_order;
  if (head.is_response) return head.has_body ? Fault(ParseError::end_line) : Fault();
  if (head.has_body != head.content_type.has_value() || (head.has_body && !content_type_last)) return ParseError::content_type;
  if ((head.method == Method::send || head.method == Method::report) && !head.message_id) return ParseError::message_id;
  return {};
}

// Copies an empty one over it: reset() would look at what is there, and in memory that was no Head before there is nothing to look at.
template <class Value>
void forget(std::optional<Value>& optional) {
  optional = std::optional<Value>();
}

void begin_head(std::string_view octets, const StartLine& start, bool has_body, Head& head) {
  head.octets = octets;
  head.transaction_id = start.transaction_id;
  head.is_response = start.is_response;
  head.method = start.method;
  head.method_name = start.method_name;
  head.status_code = start.status_code;
  head.comment = start.comment;
  head.has_body = has_body;
  head.to_path.value = {};
  head.from_path.value = {};
  head.to_path.count = 0;
  head.from_path.count = 0;
  forget(head.message_id);
  forget(head.byte_range);
  head.failure_report = FailureReport::yes;
  head.success_report = false;
  forget(head.content_type);
  forget(head.expires);
  forget(head.authorization);
  forget(head.status);
  head.line_count = 0;
  head.byte_range_line = 0;
}

}  // namespace

std::optional<StartLine> parse_start_line(std::string_view line) {
  if (!line.starts_with("MSRP ")) return std::nullopt;
  line.remove_prefix(5);
  StartLine start;
  const std::size_t tid = ident_length(line, transaction_id_max + 1);
  if (tid < 4 || tid > transaction_id_max || !is_of(line[0], alphanum_class) || tid == line.size() || line[tid] != ' ') return std::nullopt;
  start.transaction_id = line.substr(0, tid);
  line.remove_prefix(tid + 1);
  if (line.empty()) return std::nullopt;

  if (is_of(line[0], digit_class)) {
    if (line.size() < 3 || !all_of_class(line.substr(0, 3), digit_class)) return std::nullopt;
    if (line.size() > 3 && line[3] != ' ') return std::nullopt;
    start.is_response = true;
    start.status_code = static_cast<std::uint16_t>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
    start.comment = line.substr(std::min<std::size_t>(4, line.size()));
    return start;
  }
  if (!all_of_class(line, upper_class)) return std::nullopt;
  start.method_name = line;
  if (line == "SEND") {
    start.method = Method::send;
  } else if (line == "REPORT") {
    start.method = Method::report;
  } else if (line == "AUTH") {
    start.method = Method::auth;
  }
  return start;
}

bool may_become_start_line(std::string_view beginning) {
  constexpr std::string_view protocol = "MSRP ";
  beginning = beginning.substr(0, 64);
  const std::size_t known = std::min(beginning.size(), protocol.size());
  if (beginning.substr(0, known) != protocol.substr(0, known)) return false;
  beginning.remove_prefix(known);
  if (beginning.empty()) return true;
  const std::size_t tid = ident_length(beginning, transaction_id_max + 1);
  if (tid > transaction_id_max || !is_of(beginning[0], alphanum_class)) return false;
  if (tid == beginning.size()) return true;
  if (tid < 4 || beginning[tid] != ' ') return false;
  beginning.remove_prefix(tid + 1);
  if (beginning.empty()) return true;
  // The CR of the end of the line may be there already.
  if (is_of(beginning[0], upper_class)) {
    const std::size_t bare = beginning.size() - (beginning.back() == '\r' ? 1 : 0);
    return all_of_class(beginning.substr(0, bare), upper_class);
  }
  const std::size_t digits = std::min<std::size_t>(3, beginning.size());
  return all_of_class(beginning.substr(0, digits), digit_class) && (beginning.size() < 4 || beginning[3] == ' ' || beginning[3] == '\r');
}

base::Result<void, ParseError> parse_indexed_head(std::string_view octets, const HeadIndex& index, const StartLine& start, bool has_body,
                                                  const HeadLimits& limits, Head& head) {
  octets = octets.substr(0, index.head_size());
  begin_head(octets, start, has_body, head);
  if (index.bad_octets || (index.high_octets && !is_utf8(octets))) return base::fail(ParseError::header_syntax);

  unsigned seen = 0;
  HeaderKind last = HeaderKind::other;
  std::size_t begin = index.line_ends[0];
  for (std::size_t i = 1; i < index.line_count; ++i) {
    const std::string_view whole(octets.data() + begin, index.line_ends[i] - begin);
    const std::string_view line(whole.data(), whole.size() - 2);
    begin += whole.size();
    const NamedLine named = name_line(line);
    if (named.name_size == 0) return base::fail(ParseError::header_syntax);
    // To-Path first, From-Path second, nothing else there.
    if ((i == 1 && named.kind != HeaderKind::to_path) || (i == 2 && named.kind != HeaderKind::from_path))
      return base::fail(ParseError::path_order);
    if ((seen & bit(named.kind) & only_once) != 0) return base::fail(ParseError::duplicate_header);
    seen |= bit(named.kind);
    last = named.kind;
    const std::string_view value(line.data() + named.name_size + 2, line.size() - named.name_size - 2);
    head.lines[i - 1] = {line.substr(0, named.name_size), value, whole};
    head.line_count = static_cast<std::uint8_t>(i);
    if (const Fault fault = take_value(named.kind, value, limits, head)) return base::fail(*fault);
  }
  if (const Fault fault = check_whole(head, last == HeaderKind::content_type)) return base::fail(*fault);
  return {};
}

void fill_answerable(std::string_view octets, const HeadIndex& index, const StartLine& start, Answerable& answerable) {
  answerable = {};
  answerable.transaction_id = start.transaction_id;
  answerable.method_name = start.method_name;
  answerable.is_response = start.is_response;
  const auto visible = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  };
  for (std::size_t i = 1; i < index.line_count; ++i) {
    const std::string_view line = index.line(octets, i);
    const NamedLine named = name_line(line);
    if (named.name_size == 0 || !visible(line)) continue;
    const std::string_view value = line.substr(named.name_size + 2);
    const std::string_view first = value.substr(0, value.find(' '));
    if (named.kind == HeaderKind::to_path && answerable.first_to_uri.empty()) {
      answerable.first_to_uri = first;
    } else if (named.kind == HeaderKind::from_path && answerable.from_path.empty()) {
      answerable.first_from_uri = first;
      answerable.from_path = first.empty() ? first : value;
    } else if (named.kind == HeaderKind::failure_report) {
      answerable.failure_report_no |= equals_lower(value, "no");
    }
  }
}

base::Result<void, ParseError> parse_head(std::string_view octets, bool has_body, const HeadLimits& limits, Head& head,
                                          Answerable* answerable) {
  if (answerable != nullptr) *answerable = {};
  HeadIndex index;
  index_head(octets.substr(0, limits.bytes), limits.lines, index);
  const auto start = index.line_count == 0 ? std::optional<StartLine>() : parse_start_line(index.line(octets, 0));
  if (!start) return base::fail(ParseError::start_line);
  base::Result<void, ParseError> result;
  if (index.end == HeadEnd::too_many_lines) {
    result = base::fail(ParseError::header_lines);
  } else if (octets.size() > limits.bytes) {
    result = base::fail(ParseError::header_bytes);
  } else if (index.head_size() != octets.size()) {
    // An empty line, an end-line or half a line inside.
    result = base::fail(ParseError::header_syntax);
  } else {
    result = parse_indexed_head(octets, index, *start, has_body, limits, head);
  }
  if (!result && answerable != nullptr) fill_answerable(octets, index, *start, *answerable);
  return result;
}

const HeaderLine* Head::find(std::string_view name) const {
  for (const HeaderLine& line : all_lines()) {
    if (line.name.size() == name.size() &&
        std::equal(name.begin(), name.end(), line.name.begin(), [](char a, char b) { return lower_case(a) == lower_case(b); })) {
      return &line;
    }
  }
  return nullptr;
}

const char* describe(ParseError error) {
  switch (error) {
    case ParseError::start_line: return "not an MSRP start line";
    case ParseError::header_bytes: return "header section too long";
    case ParseError::header_lines: return "too many header lines";
    case ParseError::uris_per_path: return "too many URIs in a path";
    case ParseError::header_syntax: return "malformed header line";
    case ParseError::path_order: return "To-Path and From-Path must come first";
    case ParseError::duplicate_header: return "header given twice";
    case ParseError::uri: return "malformed URI";
    case ParseError::byte_range: return "malformed Byte-Range";
    case ParseError::report_flag: return "malformed Success-Report or Failure-Report";
    case ParseError::content_type: return "Content-Type missing, misplaced or without body";
    case ParseError::message_id: return "Message-ID missing or malformed";
    case ParseError::status: return "malformed Status";
    case ParseError::end_line: return "malformed end-line";
  }
  return "unknown";
}

}  // namespace msrp
