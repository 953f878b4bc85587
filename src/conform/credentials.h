#pragma once
// Digest credentials that a case takes apart: right by default, each parameter changed, dropped or added by hand.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conform/stage.h"

namespace conform {

class Credentials {
 public:
  // The right answer to a WWW-Authenticate value, without `uri` (RFC 4976 section 7). Fails the case where the challenge cannot be read.
  Credentials(std::string_view challenge, const Account& account, std::string_view digest_uri, unsigned nc = 1,
              std::string_view cnonce = "0a4f113b9d2e");

  Credentials& set(std::string_view name, std::string_view value);  // as it stands in the header, with its quotes if any
  Credentials& remove(std::string_view name);
  std::string value(std::string_view name) const;  // without quotes
  std::string text() const;
  // rspauth of an Authentication-Info that answers these credentials.
  std::string rspauth() const { return rspauth_; }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::string rspauth_;
};

// What the relay asks for: with `uri` where it wants that.
Credentials usual_credentials(const Target& target, std::string_view challenge, const Account& account, unsigned nc = 1);

// A parameter of a challenge or an Authentication-Info as it stands, quotes and all; empty: absent.
std::string parameter(std::string_view list, std::string_view name);
std::string unquoted(std::string_view value);
bool is_quoted(std::string_view value);

}  // namespace conform
