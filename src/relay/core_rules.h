#pragma once
// The rules of one core: a set that all cores share, and what this core keeps for it.
#include <cstdint>
#include <memory>

#include "rules/core_state.h"
#include "rules/rule_set.h"

namespace relay {

// A frame is judged by one version at all its hops, whatever cores they are on. So the control thread gives each core the next version
// first (RulesMail), and lets them use it when all of them have it (UseRulesMail); the one before stays for frames on their way.
struct CoreRules {
  std::uint32_t version = 0;  // from 1
  std::shared_ptr<const rules::RuleSet> set;
  std::unique_ptr<rules::CoreState> state;
};

}  // namespace relay
