#include "blaster/auth_exchange.h"

#include <strings.h>
#include <charconv>

#include "msrp/status.h"

namespace blaster {
namespace {

bool is_header(const msrp::HeaderLine& line, const char* name) {
  return line.name.size() == std::char_traits<char>::length(name) && strncasecmp(line.name.data(), name, line.name.size()) == 0;
}

}  // namespace

const char* describe(AuthRefusal refusal) {
  switch (refusal) {
    case AuthRefusal::none: return "";
    case AuthRefusal::credentials:
      return "the relay does not accept this user and password: check --user and --password (and that the user is in the relay's realm)";
    case AuthRefusal::forbidden:
      return "the relay forbids AUTH here: over plain TCP msrp-relay wants `plaintext_auth = true` in its [[listen]]; else the user may "
             "not use it";
    case AuthRefusal::status: return "the relay refused AUTH";
    case AuthRefusal::no_challenge:
      return "the relay asks for credentials without a Digest challenge (MD5 or SHA-256, qop=auth) that can be answered";
    case AuthRefusal::realm: return "the relay asks for credentials of another realm: leave --realm out or correct it";
    case AuthRefusal::no_use_path: return "the relay accepted AUTH without a Use-Path: is it an MSRP relay (RFC 4976)?";
    case AuthRefusal::authentication_info: return "the relay's Authentication-Info does not prove that it knows the password";
  }
  return "";
}

AuthExchange::AuthExchange(const Account& account, base::Entropy& entropy)
    : account_(account), entropy_(entropy), family_(msrp::TidFamily::mint(entropy)) {}

void AuthExchange::start(std::string_view own_uri, Outbox& outbox) {
  own_uri_ = own_uri;
  write_request(outbox, {});
}

void AuthExchange::renew(Outbox& outbox) {
  answered_ = answered_stale_ = false;
  authorization_.clear();
  write_request(outbox, {});
}

void AuthExchange::write_request(Outbox& outbox, std::string_view authorization) {
  tid_ = msrp::MintedTid(family_, number_++);
  outbox.put("MSRP ");
  outbox.put(tid_.octets());
  outbox.put(" AUTH\r\nTo-Path: ");
  outbox.put(account_.relay_uri);
  outbox.put("\r\nFrom-Path: ");
  outbox.put(own_uri_);
  if (!authorization.empty()) {
    outbox.put("\r\nAuthorization: ");
    outbox.put(authorization);
  }
  outbox.put("\r\n-------");
  outbox.put(tid_.octets());
  outbox.put("$\r\n");
}

AuthState AuthExchange::refuse(AuthRefusal refusal) {
  refusal_ = refusal;
  return AuthState::refused;
}

AuthState AuthExchange::on_response(const msrp::Head& head, Outbox& outbox) {
  if (head.transaction_id != tid_.octets()) return AuthState::waiting;
  status_ = head.status_code;
  if (head.status_code == msrp::status_ok) return grant(head);
  if (head.status_code == msrp::status_unauthorized) return challenged(head, outbox);
  return refuse(head.status_code == msrp::status_forbidden ? AuthRefusal::forbidden : AuthRefusal::status);
}

AuthState AuthExchange::challenged(const msrp::Head& head, Outbox& outbox) {
  bool challenge_is_foreign = false;
  // The strongest comes first (RFC 7616 section 3.7); one that cannot be answered is passed over.
  for (const msrp::HeaderLine& line : head.all_lines()) {
    if (!is_header(line, "WWW-Authenticate")) continue;
    auto challenge = auth::parse_challenge(line.value);
    if (!challenge) continue;
    if (!account_.realm.empty() && challenge->realm != account_.realm) {
      challenge_is_foreign = true;
      foreign_realm_ = challenge->realm;
      continue;
    }
    // A second 401 means a wrong password, unless the digest was right and only the nonce too old; that is believed once.
    if (answered_ && (!challenge->stale || answered_stale_)) return refuse(AuthRefusal::credentials);
    answered_stale_ = answered_;
    answered_ = true;
    challenge_ = *std::move(challenge);
    authorization_ = auth::answer_challenge(challenge_, account_.user, account_.password, account_.relay_uri, 1, entropy_);
    write_request(outbox, authorization_);
    return AuthState::waiting;
  }
  return refuse(challenge_is_foreign ? AuthRefusal::realm : AuthRefusal::no_challenge);
}

AuthState AuthExchange::grant(const msrp::Head& head) {
  const msrp::HeaderLine* const use_path = head.find("Use-Path");
  if (use_path == nullptr || use_path->value.empty()) return refuse(AuthRefusal::no_use_path);
  // Some relays send none (it proves that the relay knows the password); one that does must be right.
  const msrp::HeaderLine* const info = head.find("Authentication-Info");
  if (info != nullptr && answered_ && !auth::check_authentication_info(info->value, authorization_, account_.password))
    return refuse(AuthRefusal::authentication_info);
  use_path_ = use_path->value;
  if (head.expires) std::from_chars(head.expires->data(), head.expires->data() + head.expires->size(), expires_s_);
  return AuthState::granted;
}

}  // namespace blaster
