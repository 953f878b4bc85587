#pragma once
// Everything that is read before the relay starts: configuration, rules, users, certificates, groups. All faults at once.
#include <memory>
#include <string>
#include <vector>

#include "auth/user_table.h"
#include "config/config.h"
#include "control/tls_files.h"
#include "rules/rule_set.h"

namespace wiring {

struct Load {
  config::Host host;
  config::Loaded configuration;  // its faults are among `faults` too
  std::shared_ptr<const auth::UserTable> users;
  std::shared_ptr<const rules::RuleSet> rules;
  control::TlsRead tls;
  std::vector<config::Fault> faults;  // of all five, warnings among them

  const config::Config& config() const { return configuration.config; }
  bool good() const;
};

Load load(const std::string& file, const config::Host& host);

// One line each on stderr; or, as JSON, an array on stdout: file, line, column, key, reason, nearest, warning.
void print_faults(const std::vector<config::Fault>& faults);
void print_faults_as_json(const std::vector<config::Fault>& faults);

}  // namespace wiring
