#include "frame.h"

#include <algorithm>
#include <charconv>

namespace sim {
namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_tid(std::string_view tid) {
  if (tid.size() < 4 || tid.size() > 32 || !is_alphanumeric(tid.front())) return false;
  return std::all_of(tid.begin(), tid.end(),
                     [](char c) { return is_alphanumeric(c) || std::string_view(".-+%=").find(c) != std::string_view::npos; });
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

const std::string* Frame::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string Frame::value(std::string_view name) const {
  const std::string* found = header(name);
  return found == nullptr ? std::string() : *found;
}

std::optional<Range> Frame::range() const {
  const std::string* text = header("Byte-Range");
  if (text == nullptr) return std::nullopt;
  const std::size_t hyphen = text->find('-');
  const std::size_t slash = text->find('/');
  if (hyphen == std::string::npos || slash == std::string::npos || slash < hyphen) return std::nullopt;
  Range range;
  const auto start = number(std::string_view(*text).substr(0, hyphen));
  if (!start) return std::nullopt;
  range.start = *start;
  range.end = number(std::string_view(*text).substr(hyphen + 1, slash - hyphen - 1));
  range.total = number(std::string_view(*text).substr(slash + 1));
  return range;
}

bool FrameReader::fail(std::string_view what) {
  fault_ = std::string(what) + " in: " + input_.substr(0, 300);
  return false;
}

// Takes the head off the input. False: it is not all there, or faulty.
bool FrameReader::read_head() {
  const std::size_t line_end = input_.find("\r\n");
  if (line_end == std::string::npos) return input_.size() < 20'000 ? false : fail("endless start line");
  const std::vector<std::string> words = split(std::string_view(input_).substr(0, line_end), ' ');
  if (words.size() < 3 || words[0] != "MSRP" || !is_tid(words[1])) return fail("start line");
  const bool response = words[2].size() == 3 && std::all_of(words[2].begin(), words[2].end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!response && (words.size() != 3 || !std::all_of(words[2].begin(), words[2].end(), [](char c) { return c >= 'A' && c <= 'Z'; })))
    return fail("method");
  const std::string end_line = "-------" + words[1];
  Frame frame;
  frame.tid = words[1];
  if (response) {
    frame.code = std::stoi(words[2]);
  } else {
    frame.method = words[2];
  }
  std::size_t at = line_end + 2;
  for (;;) {
    const std::size_t end = input_.find("\r\n", at);
    if (end == std::string::npos) return input_.size() - at < 20'000 ? false : fail("endless header");
    const std::string_view line = std::string_view(input_).substr(at, end - at);
    if (line.empty()) {
      if (frame.headers.empty() || frame.headers.back().first != "Content-Type") return fail("Content-Type is not last");
      frame.has_body = true;
      input_.erase(0, end + 2);
      break;
    }
    if (line.starts_with(end_line)) {
      input_.erase(0, at);
      break;
    }
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos || colon == 0) return fail("header");
    frame.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    at = end + 2;
  }
  if (frame.headers.size() < 2 || frame.headers[0].first != "To-Path" || frame.headers[1].first != "From-Path")
    return fail("paths do not stand first");
  if (response && frame.has_body) return fail("body of a response");
  for (std::size_t i = 0; i < frame.headers.size(); ++i) {
    const std::string& name = frame.headers[i].first;
    const bool once = name == "To-Path" || name == "From-Path" || name == "Byte-Range" || name == "Message-ID";
    if (once && frame.header(name) != &frame.headers[i].second) return fail("header twice");
  }
  frame_ = std::move(frame);
  head_done_ = true;
  searched_ = 0;
  return true;
}

std::optional<Frame> FrameReader::next() {
  if (!fault_.empty() || (!head_done_ && !read_head())) return std::nullopt;
  const std::string end_line = (frame_.has_body ? "\r\n-------" : "-------") + frame_.tid;
  for (std::size_t at = searched_;; ++at) {
    at = input_.find(end_line, at);
    if (at == std::string::npos || (!frame_.has_body && at != 0)) {
      if (!frame_.has_body && input_.size() > end_line.size()) fail("end-line");
      searched_ = input_.size() > end_line.size() + 3 ? input_.size() - end_line.size() - 3 : 0;
      return std::nullopt;
    }
    const std::size_t flag_at = at + end_line.size();
    if (input_.size() < flag_at + 3) {
      searched_ = at;
      return std::nullopt;
    }
    const char flag = input_[flag_at];
    if ((flag != '$' && flag != '+' && flag != '#') || input_.compare(flag_at + 1, 2, "\r\n") != 0) {
      if (frame_.has_body) continue;
      fail("end-line's flag");
      return std::nullopt;
    }
    frame_.flag = flag;
    frame_.body = input_.substr(0, at);
    input_.erase(0, flag_at + 3);
    if (frame_.is_response() && flag != '$') {
      fail("response with a flag of its own");
      return std::nullopt;
    }
    head_done_ = false;
    return std::exchange(frame_, {});
  }
}

}  // namespace sim
