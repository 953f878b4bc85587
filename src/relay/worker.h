#pragma once
// One core: its ring, its links, its sessions. Nothing is shared with another core but mail. Who has read turn() has seen the relay:
//
//   worker.cc    one turn                                     ingress.cc   octets to frames, parts and ends
//   walk.cc      head -> facts -> verdict -> permit -> link   forward.cc   a permitted request to its link
//   answer.cc    responses and REPORTs of our own             response.cc  responses that come in
//   sip.cc       SIP on our port                          tls.cc       TLS in user space
//   kernel_tls.cc   links whose TLS goes on in the kernel
//   auth.cc      AUTH for us                                  dial.cc      links we open
//   flow.cc      pausing and resuming sources, sending        post.cc      mail out and in
//   close.cc     how links end                                control.cc   what the control thread says
//   own_link.cc  links for large messages                     judge.cc     what the rules say, and what comes of it
//   accounting.cc   what sessions carry, for who wants to know
//   listing.cc   what operators see                           removal.cc   whom they send away
//   known.cc     the short way for frames like the one before
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "auth/user_table.h"
#include "base/buffer_pool.h"
#include "base/entropy.h"
#include "base/fifo_deadlines.h"
#include "base/ids.h"
#include "relay/account_book.h"
#include "relay/counters.h"
#include "relay/known_frames.h"
#include "relay/link_table.h"
#include "relay/mail.h"
#include "relay/report.h"
#include "relay/scratch.h"
#include "relay/settings.h"
#include "ring/mailbox.h"
#include "ring/ring.h"
#include "rules/rule_set.h"
#include "session/permit.h"
#include "session/session_table.h"
#include "transport/core_tls.h"

namespace relay {

struct ListeningSocket {
  ring::Socket socket;
  base::ListenerId listener;
};

// A request's head on its way through the sessions it names. Views; good during one walk.
struct Arrival {
  const msrp::Head& head;
  msrp::TidFamily family;
  base::LinkName source;
  std::uint32_t chunk = 0;
  base::Endpoint peer;
  base::Endpoint local;
  std::optional<base::ListenerId> listener = {};
  const LinkSecurity* security = &not_secured;  // of the source link
  std::uint8_t moved = 0;                       // own URIs passed
  bool from_trunk = false;                      // the source is not to be paused for one session
  session::Token session = {};                  // that permitted it
  AccountsOfChunk accounts = {};                // of those of this core that permitted it
  bool accountable = false;                     // its failure is counted for the session it asks; only with accounting
  bool whole = false;                           // the frame is complete: `body`, `flag`
  std::span<const base::Slice> body = {};
  msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;

  // What rules ask and say (judge.cc).
  std::uint32_t rules_version = 0;  // by which it is judged at all its hops; 0: not yet
  std::string_view ahead = {};      // rules::Facts::buffer, and of that the body
  std::string_view body_ahead = {};
  bool ends_ahead = false;  // the frame ends within `ahead`
  rules::Edits edits = {};
  bool counts_size = false;              // octets of the message are to be counted
  std::uint64_t stop_left = UINT64_MAX;  // so many octets of its body, and it is refused
  std::uint16_t stop_code = 0;
  std::string_view stop_reason = {};
  std::optional<session::Token> first_session = {};  // when it has passed two of ours
  const rules::RelayOptions* options = nullptr;      // of the rule that relays it
};

class Worker final : private transport::PlaintextSink {
 public:
  // All references outlive the worker. The ring is started by the thread that calls start().
  Worker(const Settings& settings, base::CoreId core, ring::Ring& ring, ring::PostOffice& office, base::Entropy& entropy,
         std::shared_ptr<const auth::UserTable> users, std::shared_ptr<const rules::RuleSet> rules, std::vector<ListeningSocket> listeners);
  ~Worker() override;

  // Before start(), where a listener or a next hop speaks TLS.
  void use_tls(transport::CoreTls tls) { tls_ = std::move(tls); }
  // On the core's own thread: arms the listeners. Then turn() until finished().
  void start();
  void turn();
  // True after StopMail, when every link of every core has closed; the control thread has been told (StoppedMail).
  bool finished() const { return finished_; }

  const Counters& counters() const { return counters_; }
  // For the simulator's properties: what must be nothing when all is over.
  struct Held {
    std::size_t links, sessions, blocks, reports, mail_waiting;
  };
  Held held();
  const std::vector<std::uint64_t>& rule_hits() const { return rules_.state->hits(); }

 private:
  // worker.cc
  void complete(ring::Completion& completion);
  void end_of_turn(base::Duration took);
  ListenerCounters& listener_counters(const Link& link) { return by_listener_[link.listener ? link.listener->value() + 1U : 0]; }
  void arm_accept(std::size_t listener);
  void expire();
  void sweep_transactions();
  void expire_transactions(Link& link, base::Instant time);
  base::Instant next_deadline() const;
  bool may_sleep();
  const OutboxContext& outbox_context() const { return outbox_context_; }
  base::Instant now() const { return now_; }
  ring::Token token(ring::Op op, const Link& link) const { return {op, link.id.generation & ring::Token::generation_mask, link.id.slot}; }
  base::LinkName name_of(const Link& link) const { return {core_, link.id}; }
  void log(LogLevel level, LogEvent event, const Link* link, std::uint64_t number, std::string_view text);
  void post_log(LogMail mail, std::string_view text);
  void log_rule(LogLevel level, const base::Endpoint& peer, std::string_view text);

  // ingress.cc
  void on_accept(ring::Completion& completion);
  void on_recv(Link& link, ring::Completion& completion);
  bool plaintext(base::Slice octets) override;
  void run_framer(Link& link);
  // tls.cc
  void begin_tls(Link& link);
  void on_ciphertext(Link& link, std::string_view octets);
  void go_on_securing();
  bool may_step(const base::IpAddress& address, std::size_t most);
  void decipher(Link& link, std::string_view octets);
  void on_secured(Link& link);
  bool is_relay(const Link& link, const msrp::Uri& first_from) const;
  static bool is_of_relay(const session::Session& session, const base::Endpoint& peer, const LinkSecurity& security);
  void seal(Link& link);
  bool send_sealed(Link& link);
  static std::size_t sealed_sent(LinkTls& tls, std::size_t octets);
  void say_farewell(Link& link);

  // kernel_tls.cc
  void consider_kernel(Link& link);
  void go_to_kernel(Link& link);
  void stay_in_user_space(Link& link, std::string_view why);
  void on_control_record(Link& link);
  void on_key_update(Link& link, bool requested);
  bool update_key(Link& link);
  void count_sealed(Link& link, std::size_t octets);
  // sip.cc
  bool admit_protocol(Link& link, base::Slice& octets);
  void answer_sip(Link& link);
  // ingress.cc
  void on_head(Link& link);
  void on_malformed(Link& link, const msrp::Event& event);
  void count_request(msrp::Method method);
  void take_body(Link& link, Arrival& arrival);
  struct BodyInHand {
    msrp::TidFamily family;
    bool whole = false;
    msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;
    std::uint64_t octets = 0;
  };
  bool gather_body(Link& link, BodyInHand& body);
  void route_body(Link& link, Arrival& arrival);
  void on_part(Link& link, base::Slice part);
  void on_collision(Link& link);
  static HeldFrame& hold(Link& link, const msrp::Head& head);
  void release_held(Link& link, bool whole, msrp::ContinuationFlag flag);
  void on_end(Link& link, msrp::ContinuationFlag flag);
  void end_of_gathered(Link& link, msrp::ContinuationFlag flag);
  void on_end_of_input(Link& link);
  void on_truncated(Link& link);
  // The same for a route that came here by mail or from a link of this core.
  void route_part(Route& route, base::LinkName source, base::Slice part);
  void route_collision(Route& route, base::LinkName source, const msrp::TidFamily& family);
  void route_end(Route& route, base::LinkName source, msrp::ContinuationFlag flag, bool sender_lost);
  void forget_route(Route& route);
  void abandon_route(Route& route);

  // walk.cc
  void walk(Arrival& arrival, Route& route);
  struct Hop {
    msrp::Uri uri;
    std::optional<session::Token> token;
  };
  void note_session(Arrival& arrival, const session::Token& token);
  static bool note_session(Link& link, const session::Token& token, bool large);
  void note_hop(const Hop& hop, const session::Session* session, const rules::Verdict& verdict, const CoreRules& rules, std::uint64_t size);
  static void secure_facts(rules::Facts& facts, const LinkSecurity& security);
  static bool leads_to(const session::Session& session, const Arrival& arrival);
  std::optional<base::LinkId> came_on(const Arrival& arrival, const session::Session* session) const;
  bool is_ours(const Arrival& arrival, const msrp::Uri& uri) const { return settings_.is_ours(uri, arrival.local); }
  rules::Facts facts_of(const Arrival& arrival, const Hop& hop, const session::Session* session, const msrp::Path& rest) const;
  bool relay_request(Arrival& arrival, Route& route, session::Session* session, const rules::Verdict& verdict, CoreRules& rules,
                     const rules::Facts& facts);
  void bind_peer(session::Session& session, const msrp::Head& head, base::LinkName link);
  bool relay_without_session(Arrival& arrival, Route& route, const rules::Verdict& verdict);
  void refuse(const Arrival& arrival, Route& route, std::uint16_t code, std::string_view reason, std::string_view headers = {});
  void drop(Route& route, const Arrival& arrival);
  void drain_source(base::LinkName source);

  // known.cc
  enum class ShortWay : std::uint8_t {
    gone,     // it has taken it
    not_now,  // this one must take the long way
    stale     // what is known is no longer so
  };
  bool take_known(Link& link);
  bool take_known_response(Link& link, std::string_view input);
  void take_known_send(Link& link, KnownSend& known, std::string_view input, const msrp::HeadFields& fields);
  ShortWay pass_known_hops(const Link& link, KnownSend& known, const msrp::HeadFields& fields, const BodyInHand& body,
                           session::Session*& session);
  Link* known_target(const KnownSend& known, const session::Session& session);
  ShortWay forward_known(Link& link, KnownSend& known, const msrp::HeadFields& fields, const BodyInHand& body);
  void accept_known(Link& link, std::string_view response);
  void remember_send(const Arrival& arrival, const Link& target, std::string_view headers, std::size_t before);
  void remember_response(const Link& link, const msrp::Head& head);

  // judge.cc
  CoreRules& rules_of(std::uint32_t version);
  void take_rules(CoreRules rules);
  void use_rules(std::uint32_t version);
  void tell_rule_hits();
  void say(const CoreRules& rules, const base::Endpoint& peer);
  rules::Verdict judge(Arrival& arrival, CoreRules& rules, const rules::Facts& facts);
  void look_ahead(Arrival& arrival, rules::Needs needs);
  void look_ahead(Arrival& arrival, std::string_view body);
  std::size_t begin_ahead(const Arrival& arrival);
  static std::uint64_t carried_before(const session::Session& session, const msrp::Head& head);
  std::optional<rules::SizeStop> watch_size(Arrival& arrival, CoreRules& rules, const rules::Facts& facts, const session::Session& session);
  void carried(const session::Token& token, session::MessageHash message, std::uint64_t octets, bool ended);
  void carried(const Route& route, bool ended);

  // forward.cc
  struct Target {
    base::LinkName link;
    std::uint16_t code = 0;  // not 0: there is none, and this is the answer
    std::string_view reason = {};
  };
  Target target_of(const Arrival& arrival, session::Session& session, const session::Permit& permit, const msrp::Uri& next,
                   const rules::Verdict& verdict);
  void forward(const session::Permit& permit, Arrival& arrival, Route& route, base::LinkName target);
  std::string_view forwarded_headers(const Arrival& arrival, std::size_t& before);
  struct NotTaken {
    std::uint16_t code;
    const char* reason;
  };
  std::optional<NotTaken> forward_here(Arrival& arrival, Route& route, Link& link);
  static std::uint64_t message_of(const Arrival& arrival);
  std::optional<NotTaken> forward_send(Arrival& arrival, Route& route, Link& link, std::string_view headers, std::size_t before);
  std::optional<NotTaken> forward_other(Arrival& arrival, Link& link, std::string_view headers, std::size_t before);
  void list_clock(Link& link);

  Target way_to_client(const Arrival& arrival, session::Session& session, const msrp::Uri& next, const rules::Verdict& verdict);

  // own_link.cc
  bool is_of_large_message(const msrp::Head& head) const;
  bool is_of_large_message(const msrp::ByteRange& range) const;
  bool may_leave(Link& link, const Arrival& arrival, bool has_begun);
  std::size_t unanswered_from(Link& link, base::LinkName source);
  void one_less_unanswered(Link& link, base::LinkName source);
  base::LinkName link_for(const Arrival& arrival, session::Session& session, const msrp::Uri& next, base::LinkName shared);
  base::LinkName own_link(const Arrival& arrival, const session::Session& session, const msrp::Uri& next, base::LinkName shared,
                          bool has_begun);
  void fall_back(Link& link);
  void stop_message(Link& target, Route& route, base::LinkName source);
  void stop_here(Link& target, Route& route, base::LinkName source, std::uint16_t code, std::string_view reason);
  void stop_rest(Link& link, ReportId report, std::uint16_t code);
  void message_ends(const Route& route);
  void stop_chunks(const session::Token& token, session::MessageHash message);

  // accounting.cc
  void open_account(session::Session& session, const Link& link);
  void close_account(session::AccountId id, const Link* link, bool expired, LinkEnd why = LinkEnd::other);
  static LinkWork work_of(const Link& link);
  static void ends(Link& link, LinkEnd why);
  void note_account(Arrival& arrival, const session::Session& session, session::Direction direction);
  void carry_on(const Arrival& arrival, Route& route);
  void carry_on(const KnownSend& known, const BodyInHand& body);
  void count_carried(const AccountsOfChunk& accounts, const AccountTraffic& more);
  void count_failure(std::string_view first_to, std::uint16_t code);
  void count_failure(const session::Token& token, std::uint16_t code);
  void tell_accounts();
  bool tell_account(const Account& account, AccountEvent event);

  // answer.cc
  void reply(const Arrival& arrival, std::uint16_t code, std::string_view reason, std::string_view headers = {});
  bool reply_due(const Arrival& arrival, std::uint16_t code) const;
  static std::string with_status(std::string_view reply, std::uint16_t code, std::string_view reason);
  base::Slice compose_reply(const Arrival& arrival, std::uint16_t code, std::string_view reason, std::string_view headers);
  void accept(const Arrival& arrival, Route& route);
  void deliver(base::LinkName link, base::Slice frames, bool permitted);
  void put_control(Link& link, base::Slice frames, std::uint32_t count);
  void note_control(Link& link, std::uint32_t count);
  ReportId make_report(const Arrival& arrival);
  void fail(ReportId report, std::uint16_t code, std::string_view comment);
  void hand_over(base::LinkName link, base::Slice frames, const OctetsMail& how);

  // response.cc
  void on_response(Link& link, const msrp::Head& head);
  void send_answered(Link& link, Transaction& transaction, std::uint16_t code, std::string_view comment);

  // auth.cc
  void authenticate(Arrival& arrival, Route& route);
  void grant(Arrival& arrival, Route& route, Link& link, const auth::Verified& verified, std::int64_t seconds, std::string_view realm);
  void auth_failed(Link& link);

  // dial.cc
  Target dial(const msrp::Uri& next, const rules::Verdict& verdict);
  static std::string dial_key(const msrp::Uri& uri);
  Target open_link(const msrp::Uri& next, std::string key, bool reusable, const std::optional<base::IpAddress>& local = {});
  void connect_next(Link& link);
  void on_connect(Link& link, std::int32_t result);
  void on_connected(Link& link);
  void on_resolved(const ResolvedMail& mail);

  // flow.cc
  void mark_dirty(Link& link);
  void flush();
  void flush_link(Link& link);
  void on_send(Link& link, std::int32_t result);
  void on_poll_out(Link& link, std::int32_t result);
  // False: watch_source() has nothing to say.
  bool may_be_too_much(const Link& target) const {
    return target.outbox.lanes() > 0 || target.outbox.committed() > settings_.limits.link_output;
  }
  void watch_source(Link& target, base::LinkName source, bool from_trunk, Route* route);
  void pause(Link& source, base::LinkName by);
  void resume(Link& source, base::LinkName by);
  void let_waiters_go(Link& target, bool all);
  void arm_recv(Link& link);
  void update_reading(Link& link);
  void pool_exhausted(Link& link);

  // post.cc
  template <class Mail>
  void post(base::CoreId to, ring::MailLane lane, MailKind kind, const Mail& mail, std::string_view a = {}, std::string_view b = {});
  void post_record(base::CoreId to, ring::MailLane lane, std::span<const std::string_view> pieces);
  void post_begin(base::CoreId to, const Arrival& arrival, Route& route, const BeginMail& more);
  void flush_mail();
  void read_mail_from(base::CoreId from, ring::MailLane kind);
  void read_data(base::CoreId from, std::string_view record);
  void read_control(base::CoreId from, std::string_view record);
  void on_begin(base::CoreId from, const BeginMail& mail, std::string_view rest);
  Route& remote_route(base::LinkName source);
  bool mail_waits_for(base::CoreId core) const;
  void watch_mail(base::LinkName source, base::CoreId to);

  // close.cc
  void success(Link& link);
  void drain(Link& link);
  void close(Link& link, LogLevel level, std::string_view why);
  void close_if_drained(Link& link);
  void close_if_answered(Link& link);
  void release_closed();
  void end_sessions(Link& link);
  bool make_room_for_link();

  // control.cc
  void read_order(std::string_view record);
  void stop(base::Duration grace);
  void check_finished();
  void tell_counters();
  Gauges gauges() const;

  // listing.cc
  void list(const AskListMail& ask, std::string_view user);
  bool list_link(const AskListMail& ask, std::uint32_t slot);
  bool list_session(const AskListMail& ask, std::string_view user, std::uint32_t slot);
  bool list_malformed(std::uint32_t slot);
  void keep_malformed(const Link& link, msrp::ParseError error, std::string_view head);

  // removal.cc
  void kick(const KickMail& mail);
  void drain_links(const DrainMail& mail);
  void drain_some();
  Link* next_to_drain(base::Duration left);
  void use_bans(std::shared_ptr<const std::vector<base::IpAddress>> bans);
  bool is_banned(const base::IpAddress& address) const;
  void close_banned();

  const Settings& settings_;
  base::CoreId core_;
  ring::Ring& ring_;
  base::Instant now_;  // the ring's, of this turn
  ring::PostOffice& office_;
  base::Entropy& entropy_;
  std::shared_ptr<const auth::UserTable> users_;
  CoreRules rules_;           // in force
  CoreRules previous_rules_;  // for frames that other cores began to judge by them
  CoreRules next_rules_;      // every core will soon use them, and some already do
  std::vector<ListeningSocket> listeners_;
  msrp::HeadLimits head_limits_;
  std::vector<base::Shard> own_shards_;

  Counters counters_;
  std::vector<ListenerCounters> by_listener_;  // [0]: links dialled, then each listener
  base::BufferPool pool_;
  Scratch forward_scratch_;  // what goes on
  Scratch reply_scratch_;    // what goes back: apart, so that each link's octets lie together
  SendStore sends_;
  ReportRecords reports_;
  session::SessionTable sessions_;
  std::unique_ptr<AccountBook> accounts_;  // nullptr: there is no accounting
  OutboxContext outbox_context_;
  LinkTable links_;
  boost::unordered_flat_map<std::string, std::size_t> links_of_address_;
  std::vector<base::Slice> body_in_hand_;
  std::unique_ptr<msrp::Head> mailed_head_;  // of frames that come by mail or were gathered
  msrp::Path rest_of_path_;
  std::array<char, base::BufferPool::block_bytes> headers_;  // of the request that is being forwarded
  std::array<char, base::BufferPool::block_bytes> edited_;   // the same with the edits of rules
  std::array<char, 2 * rules::CoreState::edits_max> edits_;  // of the request that is being judged
  std::string ahead_;                                        // what rules see of it
  std::string stop_reason_;

  KnownFrames<KnownSend> known_sends_;
  KnownFrames<KnownResponse> known_responses_;
  std::uint64_t key_seed_ = 0;
  std::uint64_t frame_key_ = 0;  // of the frame that is being looked at; 0: none, or it is not to be remembered
  Trail trail_;                  // of the last walk

  std::array<ring::Octets, ring::Ring::send_pieces_max> pieces_;  // of one send: too many to be made anew for each
  std::vector<base::LinkId> dirty_;
  std::vector<base::LinkId> rearm_;
  std::vector<base::LinkId> clocked_;  // links with transactions
  std::vector<base::LinkId> closing_;  // links that are free after their last completion
  std::vector<ring::Completion> completions_;
  Link* unwrapping_ = nullptr;
  transport::CoreTls tls_;
  bool kernel_refusal_told_ = false;
  // Handshakes cost up to milliseconds each: so many steps a turn, for one address so many while others wait; the rest comes next.
  static constexpr std::size_t handshake_steps_per_turn = 8;
  static constexpr std::size_t handshake_steps_per_address = 2;
  std::array<base::IpAddress, handshake_steps_per_turn> stepping_;  // whose steps this turn has seen,
  std::uint32_t handshake_steps_ = 0;                               // so many
  std::vector<base::LinkId> securing_;                              // links whose handshake goes on in the next

  base::FifoDeadlines probation_;
  base::FifoDeadlines idle_;
  base::FifoDeadlines stall_;
  base::Instant next_sweep_ = base::Instant::never();
  std::size_t accepting_ = 0;  // listeners whose accept has not ended
  std::vector<bool> accept_retry_;
  base::Instant accept_again_ = base::Instant::never();

  struct Waiting {
    std::deque<std::string> records;
    std::size_t octets = 0;
  };
  std::vector<Waiting> waiting_mail_;              // [core * lanes + lane]
  std::vector<bool> mailed_;                       // [core]: woken at the end of the turn
  std::vector<std::vector<Route>> remote_routes_;  // [source core][slot of the source link]
  std::vector<std::string_view> mail_pieces_;
  struct PausedForMail {
    base::LinkName source;
    base::CoreId to;
    friend bool operator==(const PausedForMail&, const PausedForMail&) = default;
  };
  std::vector<PausedForMail> paused_for_mail_;  // sources that wait because a lane is full

  bool sends_in_flight_ = false;
  bool unsent_ = false;                                // something is to be done as soon as a send of this turn has ended
  bool slept_ = false;                                 // the last turn ended with leave to sleep: others wake this core
  base::Instant turn_began_ = base::Instant::never();  // of the last turn, when it has not slept since
  // What operators see and do.
  std::string listing_;  // the records of one answer
  struct Malformed {
    base::Instant at;
    MalformedRecord what;
    std::string head;
  };
  static constexpr std::size_t malformed_max = 16;  // the last ones are kept
  static constexpr std::size_t malformed_head_max = 1024;
  std::deque<Malformed> malformed_;
  bool draining_ = false;
  base::Instant drain_deadline_ = base::Instant::never();
  base::Instant drain_next_ = base::Instant::never();
  double drain_owed_ = 0;  // links to be closed by now
  std::uint32_t drain_slot_ = 0;
  std::shared_ptr<const std::vector<base::IpAddress>> bans_;  // nullptr: none
  std::optional<std::uint32_t> ban_slot_;                     // links from here on are still to be looked at

  bool stopping_ = false;
  bool told_stopped_ = false;
  std::size_t stopped_cores_ = 0;  // others that have no links left
  bool finished_ = false;
  base::Instant stop_deadline_ = base::Instant::never();
};

}  // namespace relay
