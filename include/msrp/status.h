#pragma once
// Status codes of the IANA registry that this relay makes, with their standard comments (RFC 4975 section 10, RFC 4976 section 10.3).
#include <cstdint>
#include <string_view>

namespace msrp {

constexpr std::uint16_t status_ok = 200;
constexpr std::uint16_t status_bad_request = 400;
constexpr std::uint16_t status_unauthorized = 401;
constexpr std::uint16_t status_forbidden = 403;
constexpr std::uint16_t status_timeout = 408;
constexpr std::uint16_t status_stop_sending = 413;
constexpr std::uint16_t status_interval_out_of_bounds = 423;
constexpr std::uint16_t status_no_such_session = 481;
constexpr std::uint16_t status_unknown_method = 501;
constexpr std::uint16_t status_session_already_bound = 506;

constexpr bool is_success(std::uint16_t code) { return code >= 200 && code <= 299; }  // unknown codes by class

// The comment this relay puts beside a code that has none of its own; empty for codes it never makes.
constexpr std::string_view standard_comment(std::uint16_t code) {
  switch (code) {
    case status_ok: return "OK";
    case status_bad_request: return "Bad Request";
    case status_unauthorized: return "Unauthorized";
    case status_forbidden: return "Forbidden";
    case status_timeout: return "Request Timeout";
    case status_stop_sending: return "Stop Sending Message";
    case 415: return "Media Type Not Understood";
    case status_interval_out_of_bounds: return "Interval Out-of-Bounds";
    case status_no_such_session: return "No Such Session";
    case status_unknown_method: return "Unknown Method";
    case status_session_already_bound: return "Session Already Bound";
    default: return {};
  }
}

}  // namespace msrp
