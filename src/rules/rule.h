#pragma once
// One [[rule]] table, read and checked by itself. What concerns several rules (order, names) is rule_set.cc's.
#include <optional>
#include <string>
#include <vector>

#include "rules/condition.h"
#include "rules/edits.h"
#include "rules/faults.h"
#include "rules/rate.h"
#include "rules/rule_set.h"
#include "rules/text_template.h"

namespace rules {

struct HeaderEdit {
  EditKind kind = EditKind::set;
  std::string name;
  TextTemplate value;
};
struct RuleLog {
  Level level = Level::info;
  TextTemplate text;
};

struct Rule {
  std::string name;
  config::Place place;  // of the table
  config::Place name_place;
  std::string key;  // "rule[2]"
  Node when;        // everything, when the rule has none
  Verdict verdict;  // without reason and headers; next_hop views `next_hop`
  TextTemplate reason;
  TextTemplate headers;
  std::string next_hop;
  RelayOptions options;
  bool continues = false;  // action = "continue"
  std::optional<Rate> rate;
  std::optional<RuleLog> log;
  std::string counter;  // empty: none
  std::vector<HeaderEdit> edits;
  config::Place effect_place;  // of the edits
  bool good = true;            // no fault in it
};

// The configured name, or the key. `builtin`: names that begin with "builtin." are admitted.
Rule parse_rule(const config::Value& table, const std::string& key, bool builtin, Operands& operands, Faults& faults);

// May a reply carry this header? Those of framing, of the body and of authentication belong to the relay (product: set).
bool is_forbidden_header(std::string_view name);
// Is the code in the IANA registry of MSRP status codes?
bool is_registered(std::uint64_t code);

}  // namespace rules
