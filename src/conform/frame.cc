#include "conform/frame.h"

#include <algorithm>
#include <array>
#include <limits>

namespace conform {
namespace {

constexpr std::size_t head_octets_max = 256 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_ident_char(char c) { return is_digit(c) || is_alpha(c) || c == '.' || c == '-' || c == '+' || c == '%' || c == '='; }
bool is_token_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u == 0x21 || (u >= 0x23 && u <= 0x27) || u == 0x2A || u == 0x2B || u == 0x2D || u == 0x2E || (u >= 0x30 && u <= 0x39) ||
         (u >= 0x41 && u <= 0x5A) || (u >= 0x5E && u <= 0x7E);
}

// utf8text of RFC 4975: HTAB, printable ASCII, and well-formed sequences.
bool is_utf8text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    std::size_t more = 0;
    if (c == 0x09 || (c >= 0x20 && c <= 0x7E)) {
      more = 0;
    } else if (c >= 0xC0 && c <= 0xDF) {
      more = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
      more = 2;
    } else if (c >= 0xF0 && c <= 0xF7) {
      more = 3;
    } else {
      return false;
    }
    if (text.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return false;
    }
    i += more + 1;
  }
  return true;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (is_alpha(x) ? x | 0x20 : x) == (is_alpha(y) ? y | 0x20 : y); });
}

// More digits than 64 bits hold are legal: the largest number then.
std::optional<std::uint64_t> number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return value;
}

bool is_uri(std::string_view uri) {
  const std::size_t colon = uri.find("://");
  if (colon == std::string_view::npos || uri.find(';') == std::string_view::npos) return false;
  const std::string_view scheme = uri.substr(0, colon);
  return (same_name(scheme, "msrp") || same_name(scheme, "msrps")) && std::ranges::all_of(uri, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

bool is_ident(std::string_view text) {
  return text.size() >= 4 && text.size() <= 32 && (is_digit(text[0]) || is_alpha(text[0])) && std::ranges::all_of(text, is_ident_char);
}

std::optional<Range> parse_range(std::string_view value) {
  const std::size_t hyphen = value.find('-'), slash = value.find('/');
  if (hyphen == std::string_view::npos || slash == std::string_view::npos || slash < hyphen) return std::nullopt;
  const std::string_view end = value.substr(hyphen + 1, slash - hyphen - 1), total = value.substr(slash + 1);
  const auto start = number(value.substr(0, hyphen));
  if (!start) return std::nullopt;
  Range range{*start, number(end), number(total)};
  if ((!range.end && end != "*") || (!range.total && total != "*")) return std::nullopt;
  return range;
}

const std::string* Frame::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (same_name(known, name)) return &value;
  }
  return nullptr;
}

std::string Frame::value(std::string_view name) const {
  const std::string* found = header(name);
  return found != nullptr ? *found : std::string();
}

std::vector<std::string> Frame::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [known, value] : headers) {
    if (same_name(known, name)) found.push_back(value);
  }
  return found;
}

Frame& Frame::add(std::string_view name, std::string_view value) {
  auto at = headers.end();
  if (at != headers.begin() && same_name(headers.back().first, "Content-Type")) --at;
  headers.emplace(at, name, value);
  return *this;
}

Frame& Frame::set(std::string_view name, std::string_view value) {
  for (auto& [known, old] : headers) {
    if (same_name(known, name)) {
      old = value;
      return *this;
    }
  }
  return add(name, value);
}

Frame& Frame::remove(std::string_view name) {
  std::erase_if(headers, [&](const auto& header) { return same_name(header.first, name); });
  return *this;
}

std::optional<Range> Frame::range() const {
  const std::string* value = header("Byte-Range");
  return value != nullptr ? parse_range(*value) : std::nullopt;
}

std::string Frame::head() const {
  std::string out = "MSRP " + tid + " ";
  out += is_response() ? std::to_string(code) + (comment.empty() ? "" : " " + comment) : method;
  out += "\r\nTo-Path: " + join(to) + "\r\nFrom-Path: " + join(from) + "\r\n";
  for (const auto& [name, value] : headers) out.append(name).append(": ").append(value).append("\r\n");
  if (body) out += "\r\n";
  return out;
}

std::string Frame::end_line() const { return std::string(body ? "\r\n" : "") + "-------" + tid + flag + "\r\n"; }

std::string describe(const Frame& frame) {
  std::string out;
  if (frame.is_response()) {
    out = std::to_string(frame.code) + (frame.comment.empty() ? "" : " " + printable(frame.comment, 60));
  } else {
    out = frame.method;
    if (frame.header("Status") != nullptr) out += " " + printable(frame.value("Status"), 60);
    if (frame.body) out += " of " + std::to_string(frame.body->size()) + " octets";
    if (frame.header("Byte-Range") != nullptr) out += " (" + frame.value("Byte-Range") + ")";
    if (frame.flag != '$') out.append(" ending in ").push_back(frame.flag);
  }
  return out;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : between).append(word);
  return out;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

std::string printable(std::string_view octets, std::size_t most) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (const char c : octets.substr(0, most)) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (u < 0x20 || u > 0x7E) {
      out.append("\\x").append({hex[u >> 4U], hex[u & 15U]});
    } else {
      out += c;
    }
  }
  if (octets.size() > most) out += "...";
  return out;
}

bool FrameReader::fail(std::string_view what, std::string_view seen) {
  fault_ = std::string(what) + ": \"" + printable(seen) + "\"";
  return false;
}

bool FrameReader::read_start(std::string_view line) {
  if (!line.starts_with("MSRP ")) return fail("no MSRP start line", line);
  line.remove_prefix(5);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return fail("start line without a method or status", line);
  frame_.tid = line.substr(0, space);
  if (!is_ident(frame_.tid)) return fail("transaction id", frame_.tid);
  const std::string_view rest = line.substr(space + 1);
  if (rest.size() >= 3 && std::ranges::all_of(rest.substr(0, 3), is_digit)) {
    if (rest.size() > 3 && rest[3] != ' ') return fail("status line", rest);
    frame_.code = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
    frame_.comment = rest.size() > 4 ? rest.substr(4) : std::string_view();
    return is_utf8text(frame_.comment) || fail("comment", frame_.comment);
  }
  frame_.method = rest;
  if (rest.empty() || !std::ranges::all_of(rest, [](char c) { return c >= 'A' && c <= 'Z'; })) return fail("method", rest);
  return true;
}

bool FrameReader::read_headers(std::string_view lines) {
  for (std::size_t number = 0; !lines.empty(); ++number) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos || colon == 0) return fail("header line", line);
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    if (!is_alpha(name[0]) || !std::ranges::all_of(name, is_token_char)) return fail("header name", line);
    if (!is_utf8text(value)) return fail("header value", line);
    if (number < 2) {
      if (name != (number == 0 ? "To-Path" : "From-Path")) return fail("To-Path and From-Path do not come first", line);
      auto& path = number == 0 ? frame_.to : frame_.from;
      path = split(value, ' ');
      if (!std::ranges::all_of(path, is_uri)) return fail("URI in a path", line);
      continue;
    }
    if (same_name(name, "To-Path") || same_name(name, "From-Path")) return fail("second path header", line);
    if (frame_.header("Content-Type") != nullptr) return fail("header behind Content-Type", line);
    if (same_name(name, "Byte-Range") && !parse_range(value)) return fail("Byte-Range", value);
    frame_.headers.emplace_back(name, value);
  }
  return (!frame_.to.empty() && !frame_.from.empty()) || fail("a path header is missing", frame_.tid);
}

// False: more is needed, or it is faulty.
bool FrameReader::read_head() {
  const std::size_t line_end = input_.find("\r\n");
  if (line_end == std::string::npos) {
    // What cannot become a start line is told at once.
    constexpr std::string_view magic = "MSRP ";
    const std::size_t n = std::min(input_.size(), magic.size());
    if (input_.compare(0, n, magic, 0, n) != 0) return fail("no MSRP start line", input_);
    return input_.size() <= head_octets_max || fail("start line without an end", input_);
  }
  frame_ = {};
  if (!read_start(std::string_view(input_).substr(0, line_end))) return false;
  const std::string end_line = "\r\n-------" + frame_.tid;
  const std::size_t blank = input_.find("\r\n\r\n", line_end), end = input_.find(end_line, line_end);
  has_body_ = blank < end;
  const std::size_t at = std::min(blank, end);
  if (at == std::string::npos) return input_.size() <= head_octets_max || fail("head without an end", input_);
  if (!read_headers(std::string_view(input_).substr(line_end + 2, at + 2 - line_end - 2))) return false;
  const bool typed = frame_.header("Content-Type") != nullptr;
  if (has_body_ && frame_.is_response()) return fail("response with a body", input_);
  if (has_body_ != typed) return fail(has_body_ ? "body without Content-Type" : "Content-Type without a body", input_);
  // The CRLF of the last header line is kept where no body follows: end-lines are found by it.
  input_.erase(0, has_body_ ? at + 4 : at);
  head_done_ = true;
  searched_ = 0;
  return true;
}

std::optional<Frame> FrameReader::next() {
  if (!fault_.empty() || input_.empty()) return std::nullopt;
  if (!head_done_ && !read_head()) return std::nullopt;
  const std::string end_line = "\r\n-------" + frame_.tid;
  for (std::size_t at = searched_;; ++at) {
    at = input_.find(end_line, at);
    if (at == std::string::npos || at + end_line.size() + 3 > input_.size()) {
      const std::size_t keep = end_line.size() + 2;
      searched_ = std::min(at, input_.size() > keep ? input_.size() - keep : 0);
      return std::nullopt;
    }
    const char flag = input_[at + end_line.size()];
    const bool ends = (flag == '$' || flag == '+' || flag == '#') && input_.compare(at + end_line.size() + 1, 2, "\r\n") == 0;
    if (!ends && has_body_) continue;
    if (!ends || (!has_body_ && at != 0)) {
      fail("end-line", std::string_view(input_).substr(at));
      return std::nullopt;
    }
    if (frame_.is_response() && flag != '$') {
      fail("response that continues", std::string_view(input_).substr(at));
      return std::nullopt;
    }
    frame_.flag = flag;
    if (has_body_) frame_.body = input_.substr(0, at);
    input_.erase(0, at + end_line.size() + 3);
    head_done_ = false;
    return std::move(frame_);
  }
}

const Frame* FrameReader::in_progress() {
  if (!fault_.empty()) return nullptr;
  if (!head_done_ && (input_.empty() || !read_head())) return nullptr;
  return &frame_;
}

}  // namespace conform
