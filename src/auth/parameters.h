#pragma once
// The list of parameters in WWW-Authenticate, Authorization and Authentication-Info: `name=token, name="quoted"` (RFC 7235 section 2.1,
// RFC 4976 section 7). Generous in white space and in quotes, as deployed clients are; strict in what ends up in an answer.
#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

struct Parameter {
  std::string_view name;   // a token; compared without case
  std::string_view value;  // as it stands: without its quotes, escapes left in
};

class ParameterReader {
 public:
  explicit ParameterReader(std::string_view list) : rest_(list) {}
  // False at the end and at the first fault; failed() tells which.
  bool next(Parameter& parameter);
  bool failed() const { return failed_; }

 private:
  bool fail() {
    failed_ = true;
    return false;
  }
  void skip_blanks();
  std::string_view token();
  bool in_quotes(std::string_view& value);

  std::string_view rest_;
  bool failed_ = false;
  bool first_ = true;
};

// The list after "Digest " (the scheme without case), or a view without data if another scheme is named.
std::string_view after_digest(std::string_view value);

bool same_token(std::string_view a, std::string_view b);  // without case, ASCII
// The text that a quoted string means: "\x" is x.
std::string unescaped(std::string_view value);
// Appends `text` so that it may stand between quotes.
void append_escaped(std::string& out, std::string_view text);

}  // namespace auth
