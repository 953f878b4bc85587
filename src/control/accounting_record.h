#pragma once
// One accounting record as a line, and what a line says of its place. Version 1 of the format: fields are added at the end only, none is
// renamed (docs/accounting.md). Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "config/config.h"
#include "control/accounting_file.h"
#include "relay/mail.h"

namespace control {

struct AccountingRecord {
  std::string node;
  std::string run;
  std::uint64_t sequence = 0;
  base::WallTime time;
  std::string_view event;

  // Of a session; not of a gap.
  std::string session;  // a hash
  std::string user, realm, listener, client, peers;
  std::uint32_t peers_left_out = 0;
  base::WallTime started;
  base::Duration duration{};
  relay::AccountNumbers numbers;
  std::string_view tls_version, tls_cipher;
  std::string termination;

  // Of a gap.
  std::optional<std::uint64_t> missing;  // records; nullopt: it is not known how many
  std::string reason;
};
inline constexpr std::string_view gap_event = "gap";

// Nothing, a number or a text, by its name.
using AccountingField = std::pair<std::string_view, std::variant<std::monostate, std::uint64_t, std::string>>;
std::vector<AccountingField> fields_of(const AccountingRecord& record);

std::string accounting_line(const AccountingRecord& record, config::AccountingFormat format);
// First line of each file.
std::string accounting_head(config::AccountingFormat format);
std::optional<AccountingFile::Place> place_of(std::string_view line, config::AccountingFormat format);

// The first half of the SHA-256 of the session part of its URI, in hexadecimal: who knows the URI can find its records, and nobody gets
// from a record to the URI.
std::string session_handle(std::string_view session_part);

}  // namespace control
