// What clients and relays claim in authentication headers. First octet: which side reads. An Authorization that parses is within its bounds
// and free of controls; no credentials but the right ones verify; a challenge that parses is answered so that our own reader takes it, and
// the relay that made it accepts.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/digest.h"
#include "auth/expires.h"
#include "base/check.h"

namespace {

class Counting final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) octet = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

constexpr std::string_view uri = "msrp://relay.example.org:2855;tcp";
// HA1 of no known password.
constexpr std::string_view users = "alice:example.org:0123456789abcdef0123456789abcdef\n";

bool clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

void relay_reads(std::string_view value) {
  std::vector<auth::UserFault> faults;
  const auto table = auth::UserTable::parse(users, faults);
  auth::NonceKeys keys;
  auth::AuthContext context;
  context.users = table.get();
  context.realm = "example.org";
  context.keys = &keys;
  context.now = base::Instant::from_nanoseconds(1'000'000'000);
  auth::NonceCounts counts;
  const auto parsed = auth::parse_authorization(value);
  const auto verified = auth::verify(context, value, uri, counts);
  CHECK(!verified);
  if (value.empty()) CHECK(verified.error() == auth::AuthFailure::no_credentials);
  if (!parsed) return;
  CHECK(verified.error() == auth::AuthFailure::refused || verified.error() == auth::AuthFailure::uri_mismatch);
  CHECK((verified.error() == auth::AuthFailure::uri_mismatch) == (parsed->has_uri && parsed->uri != uri));
  for (const std::string_view part : {parsed->username, parsed->realm, parsed->nonce, parsed->cnonce, parsed->opaque, parsed->nc}) {
    CHECK(clean(part) && part.size() <= auth::parameter_octets_max);
    CHECK(part.empty() || (part.data() >= value.data() && part.data() + part.size() <= value.data() + value.size()));
  }
  CHECK(clean(parsed->uri) && parsed->count > 0 && parsed->nc.size() == 8);
}

void client_reads(std::string_view value) {
  const auto challenge = auth::parse_challenge(value);
  if (!challenge) return;
  Counting entropy;
  const base::Secret password("secret");
  const std::string answer = auth::answer_challenge(*challenge, "al\"ice", password, uri, 1, entropy);
  CHECK(clean(answer));
  const auto parsed = auth::parse_authorization(answer);
  if (challenge->nonce.size() > auth::parameter_octets_max || challenge->opaque.size() > auth::parameter_octets_max ||
      challenge->realm.size() > 128)
    return;
  CHECK(parsed);
  CHECK(parsed->nonce == challenge->nonce && parsed->opaque == challenge->opaque && parsed->uri == uri);
  CHECK(parsed->algorithm == challenge->algorithm && parsed->username == "al\\\"ice");
}

void user_file(std::string_view text) {
  std::vector<auth::UserFault> faults;
  const auto table = auth::UserTable::parse(text, faults);
  CHECK((table == nullptr) == !faults.empty());
  std::size_t before = 0;
  for (const auth::UserFault& fault : faults) {
    CHECK(fault.line > before && !fault.reason.empty());
    before = fault.line;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string value(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'a': relay_reads(value); break;
    case 'c': client_reads(value); break;
    case 'i':
      CHECK(!auth::check_authentication_info(
          value,
          "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", qop=auth, nc=00000001, cnonce=\"c\", "
          "response=\"00000000000000000000000000000000\"",
          base::Secret("secret")));
      break;
    case 'u': user_file(value); break;
    case 'e': {
      const auto granted = auth::negotiate_expires(value, {1800, 60, 3600});
      CHECK(granted                                                             ? *granted >= 60 && *granted <= 3600
            : granted.error().malformed != !granted.error().header_line.empty() ? true
                                                                                : false);
      break;
    }
    default: break;
  }
  return 0;
}
