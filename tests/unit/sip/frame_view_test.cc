// Method: the example of the guide to Kamailio's msrp module, octet for octet.
#include "sip/frame_view.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("a frame as the SIP message that Kamailio's script sees") {
  const std::string head =
      "MSRP 6aef SEND\r\n"
      "To-Path: msrps://a.example.org:9000/kjfjan;tcp msrps://b.example.net:9000/aeiug;tcp msrps://bob.example.net:8145/foo;tcp\r\n"
      "From-Path: msrps://alice.example.org:7965/bar;tcp\r\n"
      "Success-Report: yes\r\n"
      "Byte-Range: 1-*/*\r\n"
      "Message-ID: 87652\r\n"
      "Content-Type: text/plain\r\n";
  CHECK(sip::frame_as_sip(head) ==
        "MSRP sip:a@127.0.0.1 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa\r\n"
        "From: <b@127.0.0.1>;tag=a\r\n"
        "To: <a@127.0.0.1>\r\n"
        "Call-ID: a\r\n"
        "CSeq: 1 MSRP\r\n"
        "Content-Length: 0\r\n"
        "MSRP-First-Line: MSRP 6aef SEND\r\n"
        "To-Path: msrps://a.example.org:9000/kjfjan;tcp msrps://b.example.net:9000/aeiug;tcp msrps://bob.example.net:8145/foo;tcp\r\n"
        "From-Path: msrps://alice.example.org:7965/bar;tcp\r\n"
        "Success-Report: yes\r\n"
        "Byte-Range: 1-*/*\r\n"
        "Message-ID: 87652\r\n"
        "Content-Type: text/plain\r\n"
        "\r\n");
}
