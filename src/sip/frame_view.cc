#include "sip/frame_view.h"

namespace sip {

std::string frame_as_sip(std::string_view head) {
  std::string text =
      "MSRP sip:a@127.0.0.1 SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa\r\n"
      "From: <b@127.0.0.1>;tag=a\r\n"
      "To: <a@127.0.0.1>\r\n"
      "Call-ID: a\r\n"
      "CSeq: 1 MSRP\r\n"
      "Content-Length: 0\r\n"
      "MSRP-First-Line: ";
  text += head;
  text += "\r\n";
  return text;
}

}  // namespace sip
