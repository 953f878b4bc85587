#pragma once
// The records that threads send each other. Plain octets: a fixed part, then what it says follows. Read with read_mail<T>(), written with
// Worker's and the control thread's post().
//
// Order holds per lane. Data lane: begin, part, end, fence. Control lane: all else; it never waits behind data.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "auth/user_table.h"
#include "base/address.h"
#include "base/check.h"
#include "base/ids.h"
#include "base/time.h"
#include "msrp/head.h"
#include "msrp/tid.h"
#include "relay/account_book.h"
#include "relay/core_rules.h"
#include "relay/counters.h"
#include "relay/link_security.h"
#include "session/session_table.h"
#include "session/token.h"
#include "transport/core_tls.h"

namespace relay {

enum class MailKind : std::uint32_t {
  // Data lane, core to core: a frame on its way, by its source link (which has at most one chunk in progress).
  begin,  // BeginMail, head octets, body octets in hand
  part,   // PartMail, body octets
  end,    // EndMail
  fence,  // FenceMail: comes back as fence_back when everything before it is done
  // Control lane, core to core.
  octets,           // OctetsMail, whole frames for the link: replies, REPORTs, routed responses
  pause,            // FlowMail
  resume,           // FlowMail
  gone,             // GoneMail: a link that a session is bound to is no more
  carried,          // CarriedMail: octets of a message that have gone
  stopped_message,  // StoppedMessageMail: no more chunks of it are taken
  fence_back,       // FenceMail
  failure,          // FailureMail: a request to a session has failed
  // Control lane, control thread to core.
  users,         // UsersMail
  tls,           // TlsMail
  tickets,       // TicketsMail
  rules,         // RulesMail: to be kept at hand
  use_rules,     // UseRulesMail: every core has them, they are in force now
  stop,          // StopMail
  resolved,      // ResolvedMail
  ask_counters,  // AskCountersMail
  ask_list,      // AskListMail, user name
  kick,          // KickMail
  drain,         // DrainMail
  bans,          // BansMail
  // Control lane, core to control thread.
  log,        // LogMail, text
  resolve,    // ResolveMail, host name
  counters,   // CountersMail
  done,       // DoneMail: an order is carried out
  rule_hits,  // RuleHitsMail, so many std::uint64_t
  account,    // AccountMail, user, peers: by the data lane
  list,       // ListMail, so many records
  kicked,     // KickedMail
  stopped,    // StoppedMail: this core has no links left. To the other cores as well: the loop ends when all have said so
};

struct BeginMail {
  static constexpr MailKind kind = MailKind::begin;
  base::LinkName source;
  std::uint32_t chunk = 0;  // counts the frames of the source link
  std::uint32_t head_octets = 0;
  std::uint32_t body_octets = 0;
  msrp::TidFamily family = {};
  base::Endpoint peer;  // of the source link
  base::Endpoint local;
  base::ListenerId listener;
  LinkSecurity security;
  std::uint8_t moved = 0;  // own URIs passed so far
  bool has_body = false;
  bool whole = false;  // no part and no end follow
  bool has_listener = false;
  bool from_trunk = false;                                    // the source is not to be paused for one session
  bool forward = false;                                       // decided already by the session's owner: write it to `target`
  msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;  // when whole
  std::uint32_t rules_version = 0;                            // by which it is judged
  std::uint32_t ahead_octets = 0;                             // behind the body: what rules may see of it (Arrival::body_ahead)
  std::uint32_t edits_octets = 0;                             // behind that
  std::uint32_t stop_reason_octets = 0;                       // behind that
  bool ends_ahead = false;
  bool counts_size = false;
  bool close_after_response = false;  // when forward: rules::RelayOptions
  std::uint16_t stop_code = 0;
  std::uint64_t stop_left = UINT64_MAX;
  std::array<char, session::Token::text_size> first_session{};  // of the first hop, when there were two
  bool has_first_session = false;
  base::LinkId target;                                    // when forward: the link on the addressed core
  std::array<char, session::Token::text_size> session{};  // when forward: the session that permitted it
};
struct PartMail {
  static constexpr MailKind kind = MailKind::part;
  base::LinkName source;
  std::uint32_t chunk = 0;
};
struct EndMail {
  static constexpr MailKind kind = MailKind::end;
  base::LinkName source;
  std::uint32_t chunk = 0;
  msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;
  bool sender_lost = false;  // nobody is there to be answered
  bool collision = false;    // not an end: the body goes on under `family`
  msrp::TidFamily family = {};
};
struct FenceMail {
  static constexpr MailKind kind = MailKind::fence;
  base::LinkName link;
};
struct OctetsMail {
  static constexpr MailKind kind = MailKind::octets;
  base::LinkId link;
  std::uint32_t frames = 1;
  bool permitted = false;  // what was answered is a success: probation ends
  bool refused = false;    // what was asked was refused: several of that end a link on probation
  bool close_after = false;
};
// `source` is to be paused, or may go on, because of `by`.
struct FlowMail {  // MailKind::pause or resume
  base::LinkId source;
  base::LinkName by;
};
struct CarriedMail {
  static constexpr MailKind kind = MailKind::carried;
  session::MessageHash message = 0;
  std::uint64_t octets = 0;
  bool ended = false;
  std::array<char, session::Token::text_size> session{};
};
struct StoppedMessageMail {
  static constexpr MailKind kind = MailKind::stopped_message;
  session::MessageHash message = 0;
  std::array<char, session::Token::text_size> session{};
};
struct FailureMail {
  static constexpr MailKind kind = MailKind::failure;
  std::uint16_t code = 0;
  std::array<char, session::Token::text_size> session{};
};
struct GoneMail {
  static constexpr MailKind kind = MailKind::gone;
  base::LinkName link;
  std::array<char, session::Token::text_size> session{};
};

// The record owns `table`, `rules` or `bans`: the reader takes it over with std::unique_ptr.
struct UsersMail {
  static constexpr MailKind kind = MailKind::users;
  std::uint32_t version = 0;
  std::shared_ptr<const auth::UserTable>* table = nullptr;
};
struct TlsMail {
  static constexpr MailKind kind = MailKind::tls;
  std::uint32_t version = 0;
  transport::CoreTls* tls = nullptr;
};
struct TicketsMail {
  static constexpr MailKind kind = MailKind::tickets;
  std::shared_ptr<const transport::TicketKeys>* tickets = nullptr;
};
struct RulesMail {
  static constexpr MailKind kind = MailKind::rules;
  CoreRules* rules = nullptr;
};
struct UseRulesMail {
  static constexpr MailKind kind = MailKind::use_rules;
  std::uint32_t version = 0;
};
struct StopMail {
  static constexpr MailKind kind = MailKind::stop;
  base::Duration grace{};  // 0: at once
};
struct ResolvedMail {
  static constexpr MailKind kind = MailKind::resolved;
  base::LinkId link;        // the link that waits for it
  std::uint32_t count = 0;  // 0: no address, or no answer in time
  std::array<base::Endpoint, 8> endpoints{};
};
struct AskCountersMail {
  static constexpr MailKind kind = MailKind::ask_counters;
};

// A look at links, sessions or malformed frames, slice by slice: no core is asked for more than a slice at a time.
enum class LinkState : std::uint8_t;
enum class Listed : std::uint8_t { links, sessions, malformed };
struct AskListMail {
  static constexpr MailKind kind = MailKind::ask_list;
  std::uint32_t question = 0;
  Listed what = Listed::links;
  bool has_address = false;
  base::IpAddress address;  // of the link's peer,
  base::LinkId link;        // the link, or none for all
  std::uint32_t from = 0;   // slot
};
struct ListMail {
  static constexpr MailKind kind = MailKind::list;
  static constexpr std::uint32_t slots = 256;  // looked at for one of these
  static constexpr std::uint32_t all = UINT32_MAX;
  std::uint32_t question = 0;
  std::uint32_t next = all;  // slot to go on from
  std::uint32_t count = 0;   // records
};
struct LinkRecord {
  base::LinkId id;
  base::Endpoint peer;
  base::Endpoint local;
  LinkState state = {};
  transport::TlsVersion tls = {};
  bool in_kernel = false;
  bool is_relay = false;
  bool on_probation = false;
  bool paused = false;         // not read, because of a slow reader
  std::uint16_t listener = 0;  // 0: dialled, else from 1 in the order of the configuration
  std::uint32_t sessions = 0;
  std::uint32_t unanswered = 0;
  std::uint64_t waiting_octets = 0;  // to be sent
  base::Duration idle{};
};
struct SessionRecord {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  base::LinkId link;
  base::Endpoint peer;  // of the link
  base::Duration left{};
  std::uint32_t peers = 0;  // bound to links that they opened
  bool by_relay = false;
  std::uint8_t user_octets = 0;  // behind it, at most
  static constexpr std::size_t user_octets_max = 128;
};
struct MalformedRecord {
  base::Duration ago{};
  base::LinkId link;
  base::Endpoint peer;
  std::uint16_t listener = 0;  // as LinkRecord's
  msrp::ParseError error = {};
  std::uint16_t octets = 0;  // of its head, behind it
};
// Ends one: a session with its link untouched, or a link with all its sessions.
struct KickMail {
  static constexpr MailKind kind = MailKind::kick;
  std::uint32_t question = 0;
  bool is_session = false;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};
struct KickedMail {
  static constexpr MailKind kind = MailKind::kicked;
  std::uint32_t question = 0;
  bool done = false;  // false: there is none of that name
};
// No AUTH is taken any more, and links are closed one after the other until `within` is over; or all that no longer.
struct DrainMail {
  static constexpr MailKind kind = MailKind::drain;
  bool on = false;
  base::Duration within{};
};
// Addresses without a place here, sorted: the whole list each time.
struct BansMail {
  static constexpr MailKind kind = MailKind::bans;
  std::shared_ptr<const std::vector<base::IpAddress>>* bans = nullptr;
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogEvent : std::uint8_t {
  link_accepted,
  link_dialled,
  link_closed,
  link_refused,
  link_failed,
  malformed_frame,
  auth_failed,
  session_started,
  session_ended,
  destination_refused,
  pool_exhausted,
  probation_failed,
  write_stalled,
  message_stopped,
  link_secured,
  kernel_tls_refused,
  key_used_up,
  message_too_large,
  rule_said,
  accept_failed,
};
struct LogMail {
  static constexpr MailKind kind = MailKind::log;
  LogLevel level = LogLevel::info;
  LogEvent event = LogEvent::link_accepted;
  base::CoreId core;
  base::LinkId link;
  base::Endpoint peer;
  std::uint64_t number = 0;  // octets, code, errno: what the event says
  // A short text follows, at most 120 octets (1200 when a rule said it): a user, a reason. Never a token, a credential or a body.
};
struct ResolveMail {
  static constexpr MailKind kind = MailKind::resolve;
  base::LinkName link;     // the link that waits
  std::uint16_t port = 0;  // of the answer's endpoints
  bool services = false;   // SRV records come first, and name ports of their own
};
struct CountersMail {
  static constexpr MailKind kind = MailKind::counters;
  base::CoreId core;
  Counters counters;
  Gauges gauges;
  std::uint32_t listeners =
      0;  // behind it: so many ListenerCounters, the first of links that this relay dialled, then in the order of the configuration
};
struct DoneMail {
  static constexpr MailKind kind = MailKind::done;
  base::CoreId core;
  MailKind order = MailKind::users;  // users, tls, rules or use_rules
  std::uint32_t version = 0;         // as the order had it
};
struct RuleHitsMail {
  static constexpr MailKind kind = MailKind::rule_hits;
  base::CoreId core;
  std::uint32_t version = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
// What has become of a session, until `at`.
struct AccountMail {
  static constexpr MailKind kind = MailKind::account;
  base::CoreId core;
  AccountEvent event = AccountEvent::start;
  base::Instant began;
  base::Instant at;
  base::Endpoint client;
  base::ListenerId listener;
  transport::TlsVersion tls_version = transport::TlsVersion::none;
  std::uint16_t tls_suite = 0;
  std::array<char, session::Token::text_size> session{};  // only a hash of it leaves the process
  TerminationCode termination{};                          // when it has stopped
  AccountNumbers numbers;
  std::uint64_t lost = 0;  // records of this core that are missing, in all
  std::uint32_t peers_left_out = 0;
  std::uint32_t user_octets = 0;  // behind it: the user; then the peers' hosts, a space between each two
};
struct StoppedMail {
  static constexpr MailKind kind = MailKind::stopped;
  base::CoreId core;
};

inline MailKind mail_kind(std::string_view record) {
  MailKind kind{};
  CHECK(record.size() >= sizeof kind);
  std::memcpy(&kind, record.data(), sizeof kind);
  return kind;
}

// Octets of a record: the kind, the fixed part, the rest.
template <class Mail>
constexpr std::size_t mail_size(std::size_t rest) {
  return sizeof(std::uint64_t) + sizeof(Mail) + rest;
}
// Writes kind and fixed part; returns where the rest goes.
template <class Mail>
char* write_mail(char* room, MailKind kind, const Mail& mail) {
  static_assert(std::is_trivially_copyable_v<Mail>);
  std::memcpy(room, &kind, sizeof kind);
  std::memcpy(room + sizeof(std::uint64_t), &mail, sizeof mail);
  return room + sizeof(std::uint64_t) + sizeof mail;
}
template <class Mail>
Mail read_mail(std::string_view record, std::string_view& rest) {
  static_assert(std::is_trivially_copyable_v<Mail>);
  CHECK(record.size() >= mail_size<Mail>(0));
  Mail mail;
  std::memcpy(&mail, record.data() + sizeof(std::uint64_t), sizeof mail);
  rest = record.substr(mail_size<Mail>(0));
  return mail;
}

}  // namespace relay
