#include "control/accounting_record.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace {

using config::AccountingFormat;
using control::AccountingRecord;

AccountingRecord sample() {
  AccountingRecord record;
  record.node = "relay.example.org";
  record.run = "20260102T030405Z-4711";
  record.sequence = 17;
  record.time = {1'767'323'045'678'999'999};
  record.event = "stop";
  record.session = "0123";
  record.user = "al\"ice, \xff";
  record.client = "192.0.2.1:5000";
  record.started = {1'767'323'044'000'000'000};
  record.duration = std::chrono::milliseconds(1678);
  record.numbers.from_client = {1, 2, 3, 4};
  record.numbers.to_client = {5, 6, 7, 8};
  record.numbers.failures_413 = 9;
  record.termination = "CQE-";
  return record;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

TEST_CASE("a record as a line of JSON", "[accounting]") {
  const std::string line = control::accounting_line(sample(), AccountingFormat::json);
  CHECK(line.ends_with("}\n"));
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["version"] == 1);
  CHECK(json["sequence"] == 17);
  CHECK(json["time"] == "2026-01-02T03:04:05.678Z");
  CHECK(json["started"] == "2026-01-02T03:04:04.000Z");
  CHECK(json["duration_ms"] == 1678);
  CHECK(json["user"] == "al\"ice, \xef\xbf\xbd");  // no UTF-8: replaced
  CHECK(json["messages_from_client"] == 1);
  CHECK(json["chunks_from_client"] == 2);
  CHECK(json["octets_from_client"] == 3);
  CHECK(json["reports_from_client"] == 4);
  CHECK(json["messages_to_client"] == 5);
  CHECK(json["octets_to_client"] == 7);
  CHECK(json["failures_413"] == 9);
  CHECK(json["termination"] == "CQE-");
  CHECK_FALSE(json.contains("tls_version"));
  CHECK_FALSE(json.contains("missing"));
}

TEST_CASE("a record as a line of CSV has the columns of the head", "[accounting]") {
  AccountingRecord record = sample();
  CHECK(control::accounting_line(record, AccountingFormat::csv).find(",\"al\"\"ice, \xff\",") != std::string::npos);
  record.user = "alice";
  const auto names = split(control::accounting_head(AccountingFormat::csv));
  const auto values = split(control::accounting_line(record, AccountingFormat::csv));
  REQUIRE(names.size() == values.size());
  const auto value = [&](const std::string& name) {
    return values.at(static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()));
  };
  CHECK(value("sequence") == "17");
  CHECK(value("user") == "alice");
  CHECK(value("octets_to_client") == "7");
  CHECK(value("termination") == "CQE-");
  CHECK(value("missing").empty());
}

TEST_CASE("version 1 has these fields in this order", "[accounting]") {
  CHECK(control::accounting_head(AccountingFormat::csv) ==
        "version,node,run,sequence,time,event,session,user,realm,listener,client,peers,peers_left_out,started,duration_ms,"
        "messages_from_client,messages_to_client,chunks_from_client,chunks_to_client,octets_from_client,octets_to_client,"
        "reports_from_client,reports_to_client,failures_408,failures_413,failures_4xx,failures_other,tls_version,tls_cipher,termination,"
        "missing,reason\n");
  CHECK(control::accounting_head(AccountingFormat::json).empty());
}

TEST_CASE("a gap tells of no session", "[accounting]") {
  AccountingRecord gap = sample();
  gap.event = control::gap_event;
  gap.missing = 5;
  gap.reason = "disk: full";
  const auto json = nlohmann::json::parse(control::accounting_line(gap, AccountingFormat::json));
  CHECK(json["missing"] == 5);
  CHECK(json["reason"] == "disk: full");
  CHECK(json["sequence"] == 17);
  CHECK_FALSE(json.contains("user"));
  CHECK_FALSE(json.contains("octets_to_client"));
  CHECK(split(control::accounting_line(gap, AccountingFormat::csv)).size() ==
        split(control::accounting_head(AccountingFormat::csv)).size());
}

TEST_CASE("sequence and run of a line", "[accounting]") {
  for (const AccountingFormat format : {AccountingFormat::json, AccountingFormat::csv}) {
    std::string line = control::accounting_line(sample(), format);
    line.pop_back();
    const auto place = control::place_of(line, format);
    REQUIRE(place);
    CHECK(place->sequence == 17);
    CHECK(place->run == "20260102T030405Z-4711");
    CHECK_FALSE(control::place_of(line.substr(0, 20), format));
    CHECK_FALSE(control::place_of("", format));
  }
  CHECK_FALSE(control::place_of("version,node,run,sequence,time", AccountingFormat::csv));
  CHECK_FALSE(control::place_of("[1]", AccountingFormat::json));
  CHECK_FALSE(control::place_of(R"({"sequence":-1})", AccountingFormat::json));
  CHECK_FALSE(control::place_of(R"({"sequence":1,"run":7})", AccountingFormat::json));
}

TEST_CASE("a session is named by a hash", "[accounting]") { CHECK(control::session_handle("abc") == "ba7816bf8f01cfea414140de5dae2223"); }
