#include "auth/parameters.h"

#include <algorithm>

namespace auth {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// No controls: what is read may be echoed, and an echo must never begin a line of its own.
bool is_text(char c) { return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7F : c == '\t'; }

bool is_name(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// A bare value: more than a token may hold (a bare URI, base64), but nothing that ends or quotes.
bool is_bare(char c) { return c > 0x20 && c < 0x7F && c != ',' && c != '"' && c != '\\'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

void ParameterReader::skip_blanks() {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

std::string_view ParameterReader::token() {
  const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_name);
  const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(found.size());
  return found;
}

bool ParameterReader::in_quotes(std::string_view& value) {
  std::size_t at = 1;
  for (; at < rest_.size() && rest_[at] != '"'; ++at) {
    if (rest_[at] == '\\') ++at;
    if (at == rest_.size()) return false;
    if (!is_text(rest_[at])) return false;
  }
  if (at >= rest_.size()) return false;
  value = rest_.substr(1, at - 1);
  rest_.remove_prefix(at + 1);
  return true;
}

bool ParameterReader::next(Parameter& parameter) {
  skip_blanks();
  bool comma = first_;
  while (!rest_.empty() && rest_.front() == ',') {
    comma = true;
    rest_.remove_prefix(1);
    skip_blanks();
  }
  if (rest_.empty()) return false;
  if (!comma) return fail();
  first_ = false;
  parameter.name = token();
  skip_blanks();
  if (parameter.name.empty() || rest_.empty() || rest_.front() != '=') return fail();
  rest_.remove_prefix(1);
  skip_blanks();
  if (!rest_.empty() && rest_.front() == '"') return in_quotes(parameter.value) || fail();
  const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_bare);
  parameter.value = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(parameter.value.size());
  return !parameter.value.empty() || fail();
}

std::string_view after_digest(std::string_view value) {
  constexpr std::string_view scheme = "Digest";
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  if (value.size() <= scheme.size() || !same_token(value.substr(0, scheme.size()), scheme) || !is_blank(value[scheme.size()])) return {};
  return value.substr(scheme.size() + 1);
}

bool same_token(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string unescaped(std::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\' && at + 1 < value.size()) ++at;
    text += value[at];
  }
  return text;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace auth
