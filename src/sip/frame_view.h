#pragma once
// An MSRP frame as the SIP message that Kamailio's msrp module shows to its script (sipmsg = 1): its first line and headers behind a fixed
// SIP head, so that tools for SIP can show MSRP frames. Bodies are not in it.
#include <string>
#include <string_view>

namespace sip {

// `head`: start line and header lines, each with its CRLF.
std::string frame_as_sip(std::string_view head);

}  // namespace sip
