#include "conform/credentials.h"

#include <algorithm>
#include <cstdio>

#include "auth/digest.h"
#include "auth/hash.h"

namespace conform {

std::string unquoted(std::string_view value) { return std::string(is_quoted(value) ? value.substr(1, value.size() - 2) : value); }

bool is_quoted(std::string_view value) { return value.size() >= 2 && value.front() == '"' && value.back() == '"'; }

std::string parameter(std::string_view list, std::string_view name) {
  if (list.starts_with("Digest ")) list.remove_prefix(7);
  while (!list.empty()) {
    // A comma between quotes divides nothing.
    std::size_t end = 0;
    for (bool quoted = false; end < list.size() && (quoted || list[end] != ','); ++end) {
      if (list[end] == '\\' && quoted)
        ++end;
      else if (list[end] == '"')
        quoted = !quoted;
    }
    end = std::min(end, list.size());
    std::string_view one = list.substr(0, end);
    list.remove_prefix(std::min(list.size(), end + 1));
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return std::string(one.substr(name.size() + 1));
  }
  return {};
}

Credentials::Credentials(std::string_view challenge, const Account& account, std::string_view digest_uri, unsigned nc,
                         std::string_view cnonce) {
  const auto asked = auth::parse_challenge(challenge);
  if (!asked) fail("a Digest challenge with realm, nonce and qop=\"auth\"", std::string(challenge));
  char count[9];
  std::snprintf(count, sizeof(count), "%08x", nc);
  const auto ha1 = auth::hash(asked->algorithm, {account.user, asked->realm, account.password});
  const auto ha2 = auth::hash(asked->algorithm, {"AUTH", digest_uri});
  const auto response = auth::hash(asked->algorithm, {ha1.view(), asked->nonce, count, cnonce, "auth", ha2.view()});
  const auto ha2_of_answer = auth::hash(asked->algorithm, {"", digest_uri});
  rspauth_ = auth::hash(asked->algorithm, {ha1.view(), asked->nonce, count, cnonce, "auth", ha2_of_answer.view()}).view();
  const auto with_quotes = [](std::string_view text) { return "\"" + std::string(text) + "\""; };
  parameters_ = {{"username", with_quotes(account.user)},
                 {"realm", with_quotes(asked->realm)},
                 {"nonce", with_quotes(asked->nonce)},
                 {"response", with_quotes(response.view())},
                 {"qop", "auth"},
                 {"nc", count},
                 {"cnonce", with_quotes(cnonce)}};
  if (!asked->opaque.empty()) set("opaque", with_quotes(asked->opaque));
  if (asked->names_algorithm) set("algorithm", parameter(challenge, "algorithm"));
}

Credentials& Credentials::set(std::string_view name, std::string_view value) {
  for (auto& [known, old] : parameters_) {
    if (known == name) {
      old = value;
      return *this;
    }
  }
  parameters_.emplace_back(name, value);
  return *this;
}

Credentials& Credentials::remove(std::string_view name) {
  std::erase_if(parameters_, [&](const auto& one) { return one.first == name; });
  return *this;
}

std::string Credentials::value(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return unquoted(value);
  }
  return {};
}

std::string Credentials::text() const {
  std::string out = "Digest ";
  for (const auto& [name, value] : parameters_) out.append(out.size() > 7 ? ", " : "").append(name).append("=").append(value);
  return out;
}

Credentials usual_credentials(const Target& target, std::string_view challenge, const Account& account, unsigned nc) {
  Credentials credentials(challenge, account, target.uri, nc);
  if (target.digest_uri) credentials.set("uri", "\"" + target.uri + "\"");
  return credentials;
}

}  // namespace conform
