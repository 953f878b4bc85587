#pragma once
// A small relay that is right, or wrong in one way: what the cases of the suite must tell apart. It dials nobody and cuts nothing through.
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "conform/frame.h"
#include "conform/socket.h"
#include "conform/stage.h"

enum class Fault : unsigned char {
  none,
  no_200,
  two_200s,
  answers_no,       // 200 although Failure-Report is no
  answers_partial,  // 200 although Failure-Report is partial
  two_of_one_tid,   // ids as the senders chose them
  drops_header,
  reorders_headers,
  corrupts_body,
  adds_crlf_to_body,
  empty_body_is_none,
  keeps_to_path,       // does not move its URI
  wrong_order,         // puts its URI behind the others in From-Path
  rewrites_uri,        // From-Path with the URI as it would spell it
  takes_any_session,   // a session-id that was never handed out
  takes_anyone,        // no check of whose connection it is
  keeps_old_sessions,  // valid after their connection has closed
  no_report,
  two_reports,
  report_of_200,  // success REPORTs of its own
  report_range,   // range-end as announced, not as received
  report_to_one,  // To-Path of a REPORT: the first From-Path URI only
  report_status,  // 408 whatever the next hop said
  report_despite_no,
  no_408,
  early_408,
  answers_reports,
  ends_in_dollar,  // $ whatever the sender said
  response_whole_path,
  response_other_tid,
  routes_200,        // the receiver's 200 goes on to the sender
  forged_responses,  // takes responses from any connection
  swallows_methods,  // unknown methods go nowhere
  answers_methods,   // 200 of its own to unknown methods
  passes_last_hop,   // 200 to what ends at the relay
  any_password,
  replays,
  one_nonce,
  basic,
  auth_int,
  bare_realm,
  no_expires,
  no_use_path_port,
  counted_sessions,
  wrong_rspauth,
  quoted_nc,
  zero_expires,
  silent_on_malformed,
  closes_all_on_garbage,
  many = closes_all_on_garbage,
};

class FakeRelay {
 public:
  explicit FakeRelay(Fault fault);
  ~FakeRelay();
  FakeRelay(const FakeRelay&) = delete;
  FakeRelay& operator=(const FakeRelay&) = delete;

  conform::Target target() const;

 private:
  struct Link {
    conform::Socket socket;
    conform::FrameReader reader;
    std::string output;
    bool gone = false;
    std::size_t number = 0;
  };
  struct Session {
    std::size_t link = 0;
    std::string client;
  };
  struct Pending {
    std::size_t from = 0, to = 0;
    conform::Frame request;
    std::string first_from;  // as the receiver saw it
    conform::Clock::time_point due;
    bool timed = false;
  };

  void run(const std::stop_token& stop);
  void serve(Link& link);
  void on_request(Link& link, conform::Frame& frame);
  void on_auth(Link& link, const conform::Frame& frame);
  void on_response(Link& link, conform::Frame& frame);
  void relay(Link& link, conform::Frame& frame);
  void welcome(Link& link, const conform::Frame& frame, const std::string& authorization);
  void respond(Link& link, const conform::Frame& request, int code, std::vector<std::pair<std::string, std::string>> headers = {});
  void report(const Pending& pending, const std::string& status);
  void expire();
  void spoil(conform::Frame& frame) const;
  void put(std::size_t link, const conform::Frame& frame);
  Session* session_of(const std::string& uri);
  bool is(Fault fault) const { return fault_ == fault; }
  std::string fresh(std::string_view prefix);

  Fault fault_;
  conform::Socket door_;
  std::string authority_;
  std::map<std::size_t, Link> links_;
  std::map<std::string, Session> sessions_;  // by the URI
  std::map<std::string, Pending> pending_;   // by the outgoing id
  std::vector<std::string> nonces_, used_;
  std::size_t links_made_ = 0, minted_ = 0;
  std::jthread thread_;
};
