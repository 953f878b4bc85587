#pragma once
// Rules from TOML text, and frames to judge by them. The heads are real: parsed by the msrp library from octets.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "msrp/head.h"
#include "rules/rule_set.h"

namespace test {

// The [[rule]] tables of the text, with the places they have in it. Aborts when it is no TOML.
config::Array tables_of(std::string_view toml);

struct Compiled {
  std::shared_ptr<const rules::RuleSet> rules;
  std::vector<config::Fault> faults;
};
Compiled compile(std::string_view toml);
// With no fault, not even a warning; fails the test otherwise.
std::shared_ptr<const rules::RuleSet> good(std::string_view toml);

// A parsed head that owns its octets. Not to be moved: facts view it.
class Frame {
 public:
  // Lines are separated by "\n"; CRLFs are put in. "MSRP ..." and headers; `body` says that a blank line follows.
  explicit Frame(std::string_view lines, bool body = false);
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  const msrp::Head& head() const { return *head_; }
  // Known session, from its client, alice of example.org, listener "public", tcp, from 203.0.113.9:40000 to 192.0.2.1:2855.
  rules::Facts facts() const;

 private:
  std::string octets_;
  std::unique_ptr<msrp::Head> head_;
};

// The frames of the examples; `path` is the value of To-Path.
inline constexpr std::string_view two_hops = "msrp://relay.example.org:2855/s1;tcp msrp://192.0.2.9:7777/bob;tcp";
std::string send_to(std::string_view path, std::string_view more = {});
std::string request_to(std::string_view method, std::string_view path, std::string_view more = {});
std::string response(int code, std::string_view comment = "OK");

// decide() with a state of its own. Reason and headers are copies.
struct Decision {
  rules::Verdict verdict;
  std::string reason;
  std::string headers;
  std::string rule;
};
Decision decide(const rules::RuleSet& rules, const rules::Facts& facts);
Decision decide(const rules::RuleSet& rules, const rules::Facts& facts, rules::CoreState& state);
// The action's name, with the code of a reply: "relay", "reply 481".
std::string outcome(const rules::RuleSet& rules, const rules::Facts& facts);
// Does `when = {...}` hold for these facts?
bool holds(std::string_view when, const rules::Facts& facts);

}  // namespace test
