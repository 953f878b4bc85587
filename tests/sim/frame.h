#pragma once
// MSRP frames as an independent reader sees them: shares no code with src/msrp, so that both cannot be wrong alike. Strict: what a relay
// sends must be exactly what RFC 4975 section 9 allows.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sim {

struct Range {
  std::uint64_t start = 1;
  std::optional<std::uint64_t> end;    // nullopt: *
  std::optional<std::uint64_t> total;  // nullopt: *
};

struct Frame {
  std::string tid;
  std::string method;  // empty: a response
  int code = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // in order
  bool has_body = false;
  std::string body;
  char flag = '$';

  bool is_response() const { return method.empty(); }
  // nullptr: it has none.
  const std::string* header(std::string_view name) const;
  std::string value(std::string_view name) const;
  std::optional<Range> range() const;  // of Byte-Range
};

std::vector<std::string> split(std::string_view text, char at);

class FrameReader {
 public:
  void feed(std::string_view octets) { input_.append(octets); }
  // The next whole frame. nullopt: more is needed, or fault() says what is wrong with what came.
  std::optional<Frame> next();
  const std::string& fault() const { return fault_; }
  // The frame whose end has not come, as far as it is there.
  const std::string& tid_in_progress() const { return frame_.tid; }
  bool in_frame() const { return !input_.empty() || !frame_.tid.empty(); }

 private:
  bool read_head();
  bool fail(std::string_view what);

  std::string input_;
  std::string fault_;
  Frame frame_;
  bool head_done_ = false;
  std::size_t searched_ = 0;
};

}  // namespace sim
