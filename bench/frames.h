#pragma once
// Frames as clients and relays send them, for the microbenchmarks.
#include <string>

namespace bench {

inline const std::string paths =
    "To-Path: msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9dGHI;tcp msrp://bobpc.example.com:8888/9di4eae923wzd;tcp\r\n"
    "From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n";

// Up to the CRLF of the last header line.
inline std::string send_head(std::size_t body) {
  const std::string size = std::to_string(body);
  return "MSRP a786hjs2 SEND\r\n" + paths + "Message-ID: 87652491\r\nByte-Range: 1-" + size + "/" + size +
         "\r\nFailure-Report: yes\r\nContent-Type: text/plain\r\n";
}
inline std::string send(const std::string& body) { return send_head(body.size()) + "\r\n" + body + "\r\n-------a786hjs2$\r\n"; }
inline std::string response_head() { return "MSRP a786hjs2 200 OK\r\n" + paths; }
inline std::string response() { return response_head() + "-------a786hjs2$\r\n"; }

// As often as fits, and once more.
inline std::string repeated(const std::string& piece, std::size_t size) {
  std::string text;
  while (text.size() < size) text += piece;
  return text;
}

}  // namespace bench
