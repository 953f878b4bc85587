#include "blaster/option_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "blaster/message_kinds.h"
#include "blaster/units.h"
#include "config/document.h"

namespace blaster {
namespace {

using Takes = OptionEntry::Takes;

template <auto member>
std::string text(Options& options, const std::string& value) {
  options.*member = value;
  return {};
}
template <auto party, auto member>
std::string party_text(Options& options, const std::string& value) {
  options.*party.*member = value;
  return {};
}
template <auto outer, auto member>
std::string flag_in(Options& options, const std::string& value) {
  options.*outer.*member = value == "true";
  return {};
}
template <auto member>
std::string flag(Options& options, const std::string& value) {
  options.*member = value == "true";
  return {};
}

template <auto member, std::uint64_t least, std::uint64_t most>
std::string number(Options& options, const std::string& value) {
  std::uint64_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size() || parsed < least || parsed > most)
    return fmt::format("\"{}\" is no number from {} to {}", value, least, most);
  if constexpr (requires { (options.*member).emplace(); })
    options.*member = static_cast<typename std::remove_reference_t<decltype(options.*member)>::value_type>(parsed);
  else
    options.*member = static_cast<std::remove_reference_t<decltype(options.*member)>>(parsed);
  return {};
}

// What is parsed by one of units.h, with an example for who mistyped it.
template <auto member, auto parse, const auto& what>
std::string parsed(Options& options, const std::string& value) {
  const auto result = parse(value);
  if (!result) return fmt::format("\"{}\" is no {}", value, what);
  options.*member = *result;
  return {};
}
constexpr char a_size[] = "size (2048, 16KiB, 1MiB)";
constexpr char a_time[] = "time (10, 500us, 500ms, 10s, 5m, 1h)";
constexpr char a_rate[] = "rate above 0 (1000/s, 50k/s)";
constexpr char a_share[] = "share (10%, from 0% to 100%)";

std::string kinds(Options& options, base::Result<std::vector<Kind>, std::string> result) {
  if (!result) return result.error();
  if (!options.kinds.empty()) return "--size and --mix exclude each other, and each is given once";
  options.kinds = *std::move(result);
  return {};
}
std::string size(Options& options, const std::string& value) { return kinds(options, kinds_of_size(value)); }
std::string mix(Options& options, const std::string& value) { return kinds(options, kinds_of_mix(value)); }

std::string reports(Options& options, const std::string& value) {
  const auto result = parse_report_mix(value);
  if (!result) return result.error();
  options.reports = *result;
  return {};
}
std::string body(Options& options, const std::string& value) {
  if (value != "text" && value != "end-lines") return "\"" + value + "\" is neither text nor end-lines";
  options.body = value == "text" ? Filling::text : Filling::end_lines;
  return {};
}
std::string success_report(Options& options, const std::string& value) {
  options.reports.success = value == "true" ? 1 : 0;
  return {};
}
std::string failure_report(Options& options, const std::string& value) {
  if (value != "yes" && value != "no" && value != "partial") return "\"" + value + "\" is none of yes, no and partial";
  options.reports.failure_no = value == "no" ? 1 : 0;
  options.reports.failure_partial = value == "partial" ? 1 : 0;
  return {};
}
std::string pid(Options& options, const std::string& value) {
  int process = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), process);
  if (error != std::errc() || end != value.data() + value.size() || process < 1) return "\"" + value + "\" is no process id";
  options.pids.push_back(process);
  return {};
}
std::string source(Options& options, const std::string& value) {
  options.sources.push_back(value);
  return {};
}

using O = Options;
using P = PartyOptions;
constexpr std::uint64_t no_bound = UINT64_MAX - 1;

constexpr std::array table{
    OptionEntry{"relay", Takes::value, party_text<&O::party, &P::relay>},
    OptionEntry{"relay-uri", Takes::value, party_text<&O::party, &P::relay_uri>},
    OptionEntry{"user", Takes::value, party_text<&O::party, &P::user>},
    OptionEntry{"password", Takes::value, party_text<&O::party, &P::password>},
    OptionEntry{"realm", Takes::value, party_text<&O::party, &P::realm>},
    OptionEntry{"tls", Takes::nothing, flag_in<&O::party, &P::tls>},
    OptionEntry{"peer-relay", Takes::value, party_text<&O::peer, &P::relay>},
    OptionEntry{"peer-relay-uri", Takes::value, party_text<&O::peer, &P::relay_uri>},
    OptionEntry{"peer-user", Takes::value, party_text<&O::peer, &P::user>},
    OptionEntry{"peer-password", Takes::value, party_text<&O::peer, &P::password>},
    OptionEntry{"peer-realm", Takes::value, party_text<&O::peer, &P::realm>},
    OptionEntry{"peer-tls", Takes::nothing, flag_in<&O::peer, &P::tls>},
    OptionEntry{"ca-file", Takes::value, party_text<&O::tls_files, &transport::ClientFiles::ca_file>},
    OptionEntry{"certificate", Takes::value, party_text<&O::tls_files, &transport::ClientFiles::certificate>},
    OptionEntry{"private-key", Takes::value, party_text<&O::tls_files, &transport::ClientFiles::private_key>},
    OptionEntry{"insecure", Takes::nothing, flag_in<&O::tls_files, &transport::ClientFiles::insecure>},
    OptionEntry{"no-sender-auth", Takes::nothing, flag<&O::no_sender_auth>},
    OptionEntry{"direct", Takes::nothing, flag<&O::direct>},
    OptionEntry{"listen", Takes::value, text<&O::listen>},
    OptionEntry{"source", Takes::list, source},
    OptionEntry{"pairs", Takes::value, number<&O::pairs, 1, 1'000'000>},
    OptionEntry{"window", Takes::value, number<&O::window, 1, 65536>},
    OptionEntry{"cores", Takes::value, number<&O::cores, 1, 1024>},
    OptionEntry{"size", Takes::value, size},
    OptionEntry{"mix", Takes::value, mix},
    OptionEntry{"chunk", Takes::value, parsed<&O::chunk, parse_size, a_size>},
    OptionEntry{"known-range", Takes::nothing, flag<&O::known_range>},
    OptionEntry{"body", Takes::value, body},
    OptionEntry{"file", Takes::value, text<&O::file>},
    OptionEntry{"rate", Takes::value, parsed<&O::rate, parse_rate, a_rate>},
    OptionEntry{"ramp", Takes::value, parsed<&O::ramp, parse_duration, a_time>},
    OptionEntry{"duration", Takes::value, parsed<&O::duration, parse_duration, a_time>},
    OptionEntry{"messages", Takes::value, number<&O::messages, 1, no_bound>},
    OptionEntry{"timeout", Takes::value, parsed<&O::timeout, parse_duration, a_time>},
    OptionEntry{"success-report", Takes::nothing, success_report},
    OptionEntry{"failure-report", Takes::value, failure_report},
    OptionEntry{"report-mix", Takes::value, reports},
    OptionEntry{"slow-readers", Takes::value, parsed<&O::slow_readers, parse_share, a_share>},
    OptionEntry{"read-rate", Takes::value, parsed<&O::read_rate, parse_size, a_size>},
    OptionEntry{"idle-sessions", Takes::value, number<&O::idle_sessions, 0, 1'000'000>},
    OptionEntry{"session-churn", Takes::value, parsed<&O::session_churn, parse_rate, a_rate>},
    OptionEntry{"link-churn", Takes::value, parsed<&O::link_churn, parse_rate, a_rate>},
    OptionEntry{"auth-rate", Takes::value, parsed<&O::auth_rate, parse_rate, a_rate>},
    OptionEntry{"find-max", Takes::nothing, flag<&O::find_max>},
    OptionEntry{"p99", Takes::value, parsed<&O::p99, parse_duration, a_time>},
    OptionEntry{"step", Takes::value, parsed<&O::step, parse_duration, a_time>},
    OptionEntry{"pid", Takes::list, pid},
    OptionEntry{"json", Takes::nothing, flag_in<&O::telling, &TellingOptions::json>},
    OptionEntry{"quiet", Takes::nothing, flag_in<&O::telling, &TellingOptions::quiet>},
    OptionEntry{"hdr", Takes::value, party_text<&O::telling, &TellingOptions::hdr>},
    OptionEntry{"html", Takes::value, party_text<&O::telling, &TellingOptions::html>},
};

}  // namespace

std::string OptionEntry::key() const {
  std::string text(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

std::span<const OptionEntry> option_table() { return table; }

std::string nearest_option(std::string_view misspelt, bool as_key) {
  std::vector<std::string> names;
  for (const OptionEntry& entry : table) names.push_back(as_key ? entry.key() : std::string(entry.name));
  return std::string(config::nearest_name(misspelt, {names.begin(), names.end()}));
}

}  // namespace blaster
