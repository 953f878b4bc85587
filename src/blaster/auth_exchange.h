#pragma once
// A client's AUTH at its relay: 401, the answer to the challenge, 200 with Use-Path (RFC 4976 sections 5.1 and 9.1). Pure.
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/digest.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "blaster/outbox.h"
#include "msrp/head.h"
#include "msrp/tid.h"

namespace blaster {

// Who authenticates where. Lives as long as every client that uses it.
struct Account {
  std::string relay_uri;  // To-Path of AUTH: "msrp://relay.example.org:2855;tcp"
  std::string user;
  base::Secret password;
  std::string realm;  // a challenge for another realm is not answered; empty: any is
};

enum class AuthState : std::uint8_t { waiting, granted, refused };

// Why it was refused; describe() tells it and what to do next.
enum class AuthRefusal : std::uint8_t {
  none,
  credentials,          // 401 to a right answer: user or password
  forbidden,            // 403
  status,               // any other code but 200
  no_challenge,         // 401 without a challenge that can be answered
  realm,                // challenges for other realms only
  no_use_path,          // 200 without Use-Path
  authentication_info,  // the relay did not prove that it knows the password
};
const char* describe(AuthRefusal refusal);

class AuthExchange {
 public:
  AuthExchange(const Account& account, base::Entropy& entropy);

  // Writes the first AUTH. `own_uri` is the client's.
  void start(std::string_view own_uri, Outbox& outbox);
  // Once more, after it was granted: the URI stays (RFC 4976 section 5.1).
  void renew(Outbox& outbox);
  // A response came; writes the answer to a challenge.
  AuthState on_response(const msrp::Head& head, Outbox& outbox);

  AuthRefusal refusal() const { return refusal_; }
  std::uint16_t status() const { return status_; }  // of the last response
  std::string_view use_path() const { return use_path_; }
  // Seconds for which the relay keeps the URI; 0: it did not say.
  std::uint64_t expires_s() const { return expires_s_; }
  // The realms of challenges that were not answered, for the message.
  const std::string& foreign_realm() const { return foreign_realm_; }

 private:
  void write_request(Outbox& outbox, std::string_view authorization);
  AuthState challenged(const msrp::Head& head, Outbox& outbox);
  AuthState grant(const msrp::Head& head);
  AuthState refuse(AuthRefusal refusal);

  const Account& account_;
  base::Entropy& entropy_;
  msrp::TidFamily family_;
  std::string own_uri_;
  std::uint32_t number_ = 0;
  msrp::MintedTid tid_;
  auth::Challenge challenge_;
  std::string authorization_;
  bool answered_ = false;
  bool answered_stale_ = false;
  AuthRefusal refusal_ = AuthRefusal::none;
  std::uint16_t status_ = 0;
  std::string use_path_;
  std::string foreign_realm_;
  std::uint64_t expires_s_ = 0;
};

}  // namespace blaster
