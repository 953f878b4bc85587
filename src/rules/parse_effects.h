#pragma once
// What a rule does beside its action: log, count, header edits, rate. From values to Rule's fields, every fault with its place.
#include <string>
#include <string_view>

#include "rules/faults.h"
#include "rules/rule.h"

namespace rules {

// Does nothing and returns false when `name` is none of set, add, remove, log, count.
bool parse_effect(std::string_view name, const config::Value& value, const std::string& key, Rule& rule, Faults& faults);
// when.rate
void parse_rate(const config::Value& value, const std::string& key, Rule& rule, Faults& faults);

// No control character: CR and LF, too, would begin a header of its own.
bool has_controls(std::string_view text);
// RFC 4975 9: hname = ALPHA *token.
bool is_header_name(std::string_view name);

}  // namespace rules
