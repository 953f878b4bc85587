#pragma once
// What the minimal hop must see of the octets it passes on: where each frame ends, and of a SEND what its 200 says. It judges nothing: load
// is well-formed, and a relay's duties are just what the limit leaves out. Not checked: paths, ranges, sizes, methods other than SEND.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "msrp/hyphen_scan.h"

namespace bench {

class HopReader {
 public:
  // The next octets of a link; the 200 of each SEND that ends in them is appended to `replies`.
  void feed(std::string_view octets, std::string& replies) {
    if (carry_.empty()) return keep(octets.substr(read(octets, replies)));
    carry_.append(octets);
    const std::size_t taken = read(carry_, replies);
    carry_.erase(0, taken);
  }

 private:
  static constexpr std::size_t head_max = 8192;

  void keep(std::string_view rest) { carry_.assign(rest); }

  // How many octets are done with.
  std::size_t read(std::string_view text, std::string& replies) {
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t before = at;
      at += in_frame_ ? read_body(text.substr(at), replies) : read_head(text.substr(at));
      if (at == before) break;
    }
    return at;
  }

  static std::string_view line_of(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) return {};
    const std::string_view value = head.substr(at + name.size());
    return value.substr(0, value.find_first_of(" \r"));
  }

  // "MSRP tid SEND", To-Path and From-Path: the lines that every frame begins with.
  std::size_t read_head(std::string_view text) {
    const std::size_t first = text.find("\r\n");
    const std::size_t second = first == std::string_view::npos ? first : text.find("\r\n", first + 2);
    const std::size_t third = second == std::string_view::npos ? second : text.find("\r\n", second + 2);
    if (third == std::string_view::npos) {
      CHECK(text.size() < head_max);
      return 0;
    }
    const std::string_view start = text.substr(5, first - 5);
    tid_ = start.substr(0, start.find(' '));
    reply_.clear();
    if (start.substr(tid_.size()) == " SEND") {
      const std::string_view head = text.substr(0, third + 2);
      reply_.append("MSRP ").append(tid_).append(" 200 OK\r\nTo-Path: ").append(line_of(head, "\r\nFrom-Path: "));
      reply_.append("\r\nFrom-Path: ").append(line_of(head, "\r\nTo-Path: ")).append("\r\n-------").append(tid_).append("$\r\n");
    }
    in_frame_ = true;
    return third;  // its line end may be that of the end-line's
  }

  // Up to the end-line, or as far as it cannot have begun.
  std::size_t read_body(std::string_view text, std::string& replies) {
    const std::size_t tail = tid_.size() + 3;  // tid, flag, line end
    for (std::size_t at = 0;;) {
      const msrp::HyphenRun run = msrp::find_hyphen_run(text.data() + at, text.data() + text.size());
      if (run.empty()) return text.size() - std::min(text.size(), msrp::end_line_hyphens - 1);
      const auto behind = static_cast<std::size_t>(run.end - text.data());
      if (text.size() - behind < tail) return static_cast<std::size_t>(run.begin - text.data());
      if (text.substr(behind, tid_.size()) == tid_) {
        replies += reply_;
        in_frame_ = false;
        return behind + tail;
      }
      at = behind;
    }
  }

  std::string carry_;
  std::string tid_;
  std::string reply_;  // of the SEND under way; empty: of no SEND
  bool in_frame_ = false;
};

}  // namespace bench
