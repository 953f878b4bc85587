#include "command/broken_head.h"

#include <catch2/catch_test_macros.hpp>

using command::printable_head;
using nlohmann::json;

TEST_CASE("session ids, credentials and unknown headers are told by their size only") {
  CHECK(printable_head("MSRP a786hjs2 AUTH\r\n"
                       "To-Path: msrps://alice@relay.example.com:2855/s3cr3t;tcp msrps://b.example.net;tcp msrp://c/x9\r\n"
                       "from-path: msrps://alice.example.com:9892/98cjs;tcp\r\n"
                       "Authorization: Digest username=\"alice\", response=\"abc\"\r\n"
                       "X-Own: hello\r\n"
                       "Expires: 60") ==
        json{"MSRP a786hjs2 AUTH", "To-Path: msrps://alice@relay.example.com:2855/...;tcp msrps://b.example.net;tcp msrp://c/...",
             "from-path: msrps://alice.example.com:9892/...;tcp", "Authorization: (39 octets)", "X-Own: (5 octets)", "Expires: 60"});
}

TEST_CASE("nothing behind an empty line is shown") {
  CHECK(printable_head("MSRP a786hjs2 SEND\r\n\r\nTo-Path: a body") == json{"MSRP a786hjs2 SEND"});
  CHECK(printable_head("") == json::array());
}

TEST_CASE("what is no header is told by its size, and nothing steers a terminal") {
  CHECK(printable_head("MSRP a 200 any words here\r\nno colon here\r\nodd name: x\r\nMessage-ID: a\x1b[2J\xff") ==
        json{"MSRP a 200 (14 octets)", "(13 octets)", "(8 octets): (1 octets)", "Message-ID: a?[2J?"});
}
