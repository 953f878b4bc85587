// The cases judge: a right relay passes them, and each wrong answer planted in it fails the case that is about it.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "conform/run.h"
#include "conform/suite.h"
#include "fake_relay.h"

namespace {

const conform::Suite& suite() {
  static const conform::Suite all = conform::all_cases();
  return all;
}

const conform::Case& titled(std::string_view title) {
  const auto found =
      std::ranges::find_if(suite().cases(), [&](const conform::Case& one) { return one.title.find(title) != std::string::npos; });
  REQUIRE(found != suite().cases().end());
  return *found;
}

struct Planted {
  Fault fault;
  const char* title;  // a part of the title of the case that must tell
};

const Planted planted[] = {
    {Fault::no_200, "Failure-Report absent: 200 at once"},
    {Fault::two_200s, "200 from a client, Failure-Report yes: no REPORT"},
    {Fault::answers_no, "Failure-Report no: delivered, and no 200"},
    {Fault::answers_partial, "Failure-Report partial: delivered, and no 200"},
    {Fault::two_of_one_tid, "two senders with one transaction id"},
    {Fault::two_of_one_tid, "transaction ids are minted"},
    {Fault::drops_header, "kept: an unknown header of UTF-8 text"},
    {Fault::reorders_headers, "the order of unknown headers"},
    {Fault::corrupts_body, "a chunk of 2049 octets arrives whole"},
    {Fault::adds_crlf_to_body, "a body that ends in CRLF"},
    {Fault::empty_body_is_none, "an empty body stays an empty body"},
    {Fault::keeps_to_path, "two clients of one relay: each of its URIs moves"},
    {Fault::wrong_order, "and back along the paths received"},
    {Fault::rewrites_uri, "what a client receives names its Use-Path URI"},
    {Fault::takes_any_session, "a session-id that was never handed out"},
    {Fault::takes_any_session, "a session-id with any one character changed"},
    {Fault::takes_anyone, "another client cannot send by way of alice's URI"},
    {Fault::keeps_old_sessions, "nor for its owner when he comes back"},
    {Fault::no_report, "481 from a client, Failure-Report yes: one REPORT"},
    {Fault::no_report, "413 from a client, Failure-Report partial: one REPORT"},
    {Fault::two_reports, "481 from a client, Failure-Report absent: one REPORT"},
    {Fault::report_of_200, "the relay makes no success REPORT of its own"},
    {Fault::report_range, "a chunk of 5 octets with Byte-Range 1-9/9"},
    {Fault::report_to_one, "the REPORT is addressed to the whole From-Path"},
    {Fault::report_status, "799 from a client, Failure-Report yes"},
    {Fault::report_despite_no, "481 from a client, Failure-Report no"},
    {Fault::no_408, "silence of a client, Failure-Report yes"},
    {Fault::early_408, "silence of a client, Failure-Report absent"},
    {Fault::answers_reports, "a REPORT is passed on with its headers, and not answered"},
    {Fault::ends_in_dollar, "# without a body passes through"},
    {Fault::response_whole_path, "200 to a SEND with a From-Path of three hops"},
    {Fault::response_other_tid, "a transaction id of 4 characters"},
    {Fault::routes_200, "the receiver's 200 to a SEND ends at the relay"},
    {Fault::forged_responses, "a response forged on another connection"},
    {Fault::swallows_methods, "a request of method NICKNAME is passed on"},
    {Fault::answers_methods, "the relay itself does not answer what it passes on"},
    {Fault::passes_last_hop, "an unknown method whose last hop is the relay: 501"},
    {Fault::any_password, "credentials with a wrong response"},
    {Fault::replays, "the same credentials again are a replay"},
    {Fault::one_nonce, "twenty challenges have twenty nonces"},
    {Fault::basic, "Basic is not offered"},
    {Fault::auth_int, "each challenge: no auth-int"},
    {Fault::bare_realm, "each challenge: realm, quoted"},
    {Fault::no_expires, "200 to AUTH has Expires"},
    {Fault::no_use_path_port, "the URI has an explicit port"},
    {Fault::counted_sessions, "the URIs of thirty AUTHs differ"},
    {Fault::wrong_rspauth, "rspauth proves the password"},
    {Fault::quoted_nc, "nc is the client's, not quoted"},
    {Fault::zero_expires, "asking again with Min-Expires succeeds"},
    {Fault::silent_on_malformed, "on the MSRP port: an HTTP request"},
    {Fault::closes_all_on_garbage, "malformed frames on one connection do not disturb another"},
};

std::string text_of(const conform::Outcome& outcome) { return "expected " + outcome.expected + ", saw " + outcome.seen + outcome.reason; }

}  // namespace

TEST_CASE("a relay that is right passes every one of these cases") {
  const FakeRelay relay(Fault::none);
  std::vector<const conform::Case*> cases;
  for (const Planted& one : planted) {
    if (std::ranges::find(cases, &titled(one.title)) == cases.end()) cases.push_back(&titled(one.title));
  }
  for (const conform::Outcome& outcome : conform::run_cases(cases, relay.target(), 16, [](const conform::Outcome&) {})) {
    INFO(outcome.one->id << " " << outcome.one->title << ": " << text_of(outcome));
    CHECK(outcome.result == conform::Result::pass);
  }
}

TEST_CASE("each wrong answer fails the case that is about it") {
  const Planted one = GENERATE(from_range(std::begin(planted), std::end(planted)));
  const FakeRelay relay(one.fault);
  const conform::Outcome outcome = conform::run_case(titled(one.title), relay.target());
  INFO(outcome.one->id << " " << outcome.one->title << ": " << text_of(outcome));
  // Min-Expires is never given by a relay that takes 0 s: that case says so by being skipped.
  CHECK(outcome.result == (one.fault == Fault::zero_expires ? conform::Result::skip : conform::Result::fail));
  if (outcome.result == conform::Result::fail) {
    CHECK_FALSE(outcome.expected.empty());
    CHECK_FALSE(outcome.seen.empty());
    CHECK(outcome.seen.find("a fault of the case") == std::string::npos);
  }
}

TEST_CASE("a relay that is not there cannot be tested, and one without AUTH is told of") {
  conform::Target target;
  {
    const FakeRelay relay(Fault::none);
    target = relay.target();
  }
  CHECK(conform::probe(target) == "no connection to the relay");
  const FakeRelay relay(Fault::none);
  target = relay.target();
  target.first.password = "wrong";
  CHECK(conform::probe(target).empty());
  CHECK(target.no_auth.find("alice") != std::string::npos);
}
