#include "msrpctl/show.h"

#include <catch2/catch_test_macros.hpp>

#include "msrpctl/table.h"

using msrpctl::show;
using nlohmann::json;

TEST_CASE("a table has its numbers to the right and no blanks at the end") {
  msrpctl::Table table({{"name"}, {"n", true}, {"note"}});
  table.add({"äöü", "1", "x"});
  table.add({"a", "12,345", ""});
  CHECK(table.text() ==
        "name       n  note\n"
        "äöü        1  x\n"
        "a     12,345\n");
}

TEST_CASE("limits, rules and certificates are tables") {
  const json limits = {{"limits",
                        {{{"name", "links"}, {"value", "auto"}, {"now", 2}, {"most", 1000}, {"reached", 0}},
                         {{"name", "core_buffer"}, {"value", "64MiB"}, {"now", 2048}, {"most", 1 << 20}, {"reached", 3}},
                         {{"name", "body_prefix"}, {"value", "1KiB"}, {"now", nullptr}, {"most", nullptr}, {"reached", nullptr}}}}};
  CHECK(show("limits", limits) ==
        "[limits]     value      now       of  reached\n"
        "links         auto        2    1,000        0\n"
        "core_buffer  64MiB  2.0 KiB  1.0 MiB        3\n"
        "body_prefix   1KiB        -        -        -\n");
  CHECK(show("rules", {{"rules", {{{"name", "spam"}, {"action", "drop"}, {"hits", 1000}}}}}) ==
        "rule  action   hits\n"
        "spam  drop    1,000\n");
  CHECK(show("certs", {{"certificates", {{{"file", "a.pem"}, {"not_after_ms", 1'767'323'045'000}, {"days_left", -2}}}}}) ==
        "certificate  not after             days left\n"
        "a.pem        2026-01-02 03:04:05Z         -2\n");
  CHECK(show("certs", {{"certificates", json::array()}}) == "no certificates: no listener speaks TLS\n");
}

TEST_CASE("an answer of another release is shown as far as it is understood") {
  CHECK(show("info", json::object()).starts_with("relay       -, msrp-relay -\n"));
  CHECK(show("something new", {{"a", 1}}) == "{\n  \"a\": 1\n}\n");
}
