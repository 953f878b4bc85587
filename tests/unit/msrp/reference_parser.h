#pragma once
// The receiver of the property tests: MSRP framing as RFC 4975 7.1 tells it, with std::string::find over the whole text. Shares no code
// with the product; no limits, no meaning, complete frames only.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace msrp_test {

struct ReferenceFrame {
  std::string tid;
  std::string head;  // up to the CRLF of the last header line
  bool has_body = false;
  std::string body;
  char flag = 0;
};

// How a receiver looks for the end of a body. The RFC tells the CRLF before the hyphens; some receivers search for the rest alone.
enum class EndLineSearch { with_crlf, hyphens_alone };

inline bool is_end_line_at(std::string_view text, std::size_t at, const std::string& hyphens_and_tid) {
  if (text.substr(at, hyphens_and_tid.size()) != hyphens_and_tid) return false;
  const std::string_view behind = text.substr(at + hyphens_and_tid.size(), 3);
  return behind == "$\r\n" || behind == "+\r\n" || behind == "#\r\n";
}

// nullopt: `text` is not a row of whole frames.
inline std::optional<std::vector<ReferenceFrame>> parse_frames(std::string_view text, EndLineSearch search) {
  std::vector<ReferenceFrame> frames;
  while (!text.empty()) {
    ReferenceFrame frame;
    if (!text.starts_with("MSRP ")) return std::nullopt;
    frame.tid = std::string(text.substr(5, text.find(' ', 5) - 5));
    const std::string end = "-------" + frame.tid;
    const std::size_t blank = text.find("\r\n\r\n");
    const std::size_t hyphens = text.find("\r\n-------");
    if (hyphens == std::string_view::npos) return std::nullopt;
    std::size_t at = 0;
    if (blank != std::string_view::npos && blank < hyphens) {
      frame.has_body = true;
      frame.head = std::string(text.substr(0, blank + 2));
      const std::size_t begin = blank + 4;
      // An empty body may leave out the CRLF of its own.
      for (at = begin; at < text.size(); ++at) {
        const bool line_begins = text.substr(at - 2, 2) == "\r\n";
        if ((line_begins || search == EndLineSearch::hyphens_alone) && is_end_line_at(text, at, end)) break;
      }
      if (at == text.size()) return std::nullopt;
      const std::size_t body_end = at == begin ? begin : at - 2;
      frame.body = std::string(text.substr(begin, body_end - begin));
    } else {
      frame.head = std::string(text.substr(0, hyphens + 2));
      at = hyphens + 2;
      if (!is_end_line_at(text, at, end)) return std::nullopt;
    }
    frame.flag = text[at + end.size()];
    text.remove_prefix(at + end.size() + 3);
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace msrp_test
