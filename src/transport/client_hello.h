#pragma once
// What a TLS client says before any key is there: which name it wants, which signatures it understands. Pure; trusts no length.
#include <string_view>

namespace transport {

struct ClientHello {
  std::string_view server_name;  // as sent; empty: none
  bool ecdsa = false;            // takes a signature of an ECDSA key, with a suite that has one
  bool rsa = false;
};

enum class HelloState : unsigned char {
  need_more,
  complete,  // or as much of it as one record holds: what is not found was not said
  not_tls,
};
// `octets`: all that has come so far; 5 + 16 KiB of them decide at the latest. `hello` views them.
HelloState read_client_hello(std::string_view octets, ClientHello& hello);

}  // namespace transport
