#pragma once
// The pieces of parse_head() that the framer calls one by one: it must judge a start line before the rest of a head has arrived.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "msrp/head.h"
#include "msrp/head_index.h"

namespace msrp {

struct StartLine {
  std::string_view transaction_id;
  bool is_response = false;
  Method method = Method::other;
  std::string_view method_name;
  std::uint16_t status_code = 0;
  std::string_view comment;
};

// `line` without CRLF. nullopt: ParseError::start_line. The octets of a comment are not judged here.
std::optional<StartLine> parse_start_line(std::string_view line);

// May these first octets of a frame, in which no CRLF has come yet, still become a start line? Looks at the first 64 only, so that
// other protocols and garbage are refused at their first octet and not at the end of a line that may never come.
bool may_become_start_line(std::string_view beginning);

// Everything of the head but the start line, which is handed in. `index` covers `octets` and has found the end of the head.
base::Result<void, ParseError> parse_indexed_head(std::string_view octets, const HeadIndex& index, const StartLine& start, bool has_body,
                                                  const HeadLimits& limits, Head& head);

// As much of an error's addressee as the complete lines show.
void fill_answerable(std::string_view octets, const HeadIndex& index, const StartLine& start, Answerable& answerable);

}  // namespace msrp
