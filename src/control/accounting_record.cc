#include "control/accounting_record.h"

#include <charconv>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t version = 1;

// "2026-01-02T03:04:05.678Z"
std::string text_of(base::WallTime time) {
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds(time.unix_nanoseconds)};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + std::chrono::floor<std::chrono::milliseconds>(at - seconds).count());
  return std::string(text, size) + "." + fraction.substr(1) + "Z";
}

void put_traffic(std::vector<AccountingField>& fields, const relay::AccountNumbers& numbers) {
  const relay::AccountTraffic& from = numbers.from_client;
  const relay::AccountTraffic& to = numbers.to_client;
  fields.insert(fields.end(), {{"messages_from_client", from.messages},
                               {"messages_to_client", to.messages},
                               {"chunks_from_client", from.chunks},
                               {"chunks_to_client", to.chunks},
                               {"octets_from_client", from.octets},
                               {"octets_to_client", to.octets},
                               {"reports_from_client", from.reports},
                               {"reports_to_client", to.reports},
                               {"failures_408", numbers.failures_408},
                               {"failures_413", numbers.failures_413},
                               {"failures_4xx", numbers.failures_4xx},
                               {"failures_other", numbers.failures_other}});
}

// RFC 4180.
std::string in_csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<AccountingField> fields_of(const AccountingRecord& record) {
  std::vector<AccountingField> fields{{"version", version},
                                      {"node", record.node},
                                      {"run", record.run},
                                      {"sequence", record.sequence},
                                      {"time", text_of(record.time)},
                                      {"event", std::string(record.event)},
                                      {"session", record.session},
                                      {"user", record.user},
                                      {"realm", record.realm},
                                      {"listener", record.listener},
                                      {"client", record.client},
                                      {"peers", record.peers},
                                      {"peers_left_out", std::uint64_t{record.peers_left_out}},
                                      {"started", text_of(record.started)},
                                      {"duration_ms", static_cast<std::uint64_t>(record.duration.count() / 1'000'000)}};
  put_traffic(fields, record.numbers);
  fields.insert(fields.end(), {{"tls_version", std::string(record.tls_version)},
                               {"tls_cipher", std::string(record.tls_cipher)},
                               {"termination", record.termination},
                               {"missing", {}},
                               {"reason", record.reason}});
  if (record.missing) fields[fields.size() - 2].second = *record.missing;
  if (record.event != gap_event) return fields;
  // It tells of no session.
  for (AccountingField& field : fields) {
    const bool of_session = &field - fields.data() > 5 && field.first != "missing" && field.first != "reason";
    if (of_session) field.second = std::monostate();
  }
  return fields;
}

std::string accounting_line(const AccountingRecord& record, config::AccountingFormat format) {
  const std::vector<AccountingField> fields = fields_of(record);
  if (format == config::AccountingFormat::csv) {
    std::string line;
    for (const auto& [name, value] : fields) {
      if (!line.empty()) line += ',';
      if (const auto* number = std::get_if<std::uint64_t>(&value)) line += std::to_string(*number);
      if (const auto* text = std::get_if<std::string>(&value)) line += in_csv(*text);
    }
    return line + "\n";
  }
  // What a record has nothing of is left out.
  Json json = Json::object();
  for (const auto& [name, value] : fields) {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) json[std::string(name)] = *number;
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && !text->empty()) json[std::string(name)] = *text;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string accounting_head(config::AccountingFormat format) {
  if (format == config::AccountingFormat::json) return {};
  std::string line;
  for (const auto& [name, value] : fields_of({})) line.append(line.empty() ? "" : ",").append(name);
  return line + "\n";
}

std::optional<AccountingFile::Place> place_of(std::string_view line, config::AccountingFormat format) {
  if (format == config::AccountingFormat::json) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("sequence") || !json.contains("run")) return std::nullopt;
    if (!json["sequence"].is_number_unsigned() || !json["run"].is_string()) return std::nullopt;
    return AccountingFile::Place{json["sequence"].get<std::uint64_t>(), json["run"].get<std::string>()};
  }
  // version,node,run,sequence: none of them is ever quoted.
  std::array<std::string_view, 4> columns;
  for (std::string_view& column : columns) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    column = line.substr(0, comma);
    line.remove_prefix(comma + 1);
  }
  const auto sequence = number_of(columns[3]);
  if (!sequence) return std::nullopt;
  return AccountingFile::Place{*sequence, std::string(columns[2])};
}

std::string session_handle(std::string_view session_part) {
  auth::RunningSha256 hash;
  hash.add(session_part);
  return std::string(hash.digest().view().substr(0, 32));
}

}  // namespace control
