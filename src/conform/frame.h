#pragma once
// MSRP frames as a strict stranger writes and reads them: shares no code with src/msrp, so that the codec and its examiner cannot be wrong
// alike. What a relay sends must be exactly what RFC 4975 section 9 allows; what a case sends may be anything.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conform {

struct Range {
  std::uint64_t start = 1;
  std::optional<std::uint64_t> end;    // nullopt: *
  std::optional<std::uint64_t> total;  // nullopt: *
};
// nullopt: not what the grammar allows.
std::optional<Range> parse_range(std::string_view value);

struct Frame {
  std::string tid;
  std::string method;  // empty: a response
  int code = 0;
  std::string comment;
  std::vector<std::string> to, from;                         // To-Path and From-Path
  std::vector<std::pair<std::string, std::string>> headers;  // the others, in order
  std::optional<std::string> body;                           // nullopt: none; "": an empty one
  char flag = '$';

  bool is_response() const { return method.empty(); }
  const std::string* header(std::string_view name) const;  // nullptr: it has none
  std::string value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  // Replaces the header, or puts a new one behind the others but before Content-Type.
  Frame& set(std::string_view name, std::string_view value);
  Frame& add(std::string_view name, std::string_view value);
  Frame& remove(std::string_view name);
  std::optional<Range> range() const;

  std::string head() const;      // up to and with the blank line before a body, or up to the end-line
  std::string end_line() const;  // with the CRLF between body and end-line, if there is a body
  std::string encode() const { return head() + body.value_or("") + end_line(); }
};

// One line for a person: "SEND of 5 octets", "403 Forbidden", "REPORT 000 408".
std::string describe(const Frame& frame);
std::string join(const std::vector<std::string>& words, std::string_view between = " ");
std::vector<std::string> split(std::string_view text, char at);
// Octets in a message to a person: controls and what is not ASCII as \xNN, cut after `most`.
std::string printable(std::string_view octets, std::size_t most = 120);
bool is_ident(std::string_view text);  // transaction ids and Message-IDs: ALPHANUM 3*31ident-char

class FrameReader {
 public:
  void feed(std::string_view octets) { input_.append(octets); }
  // The next whole frame. nullopt: more is needed, or fault() says what is wrong with what came.
  std::optional<Frame> next();
  const std::string& fault() const { return fault_; }
  // The frame whose head is there and whose end is not; its body as far as it has come. nullptr: none.
  const Frame* in_progress();
  std::size_t octets_of_body() const { return head_done_ ? input_.size() : 0; }
  bool empty() const { return input_.empty() && !head_done_; }

 private:
  bool read_head();
  bool read_start(std::string_view line);
  bool read_headers(std::string_view lines);
  bool fail(std::string_view what, std::string_view seen);

  std::string input_;
  std::string fault_;
  Frame frame_;
  bool head_done_ = false;
  bool has_body_ = false;
  std::size_t searched_ = 0;
};

}  // namespace conform
