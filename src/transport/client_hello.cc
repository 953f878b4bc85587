#include "transport/client_hello.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace transport {
namespace {

constexpr unsigned char record_handshake = 22;
constexpr unsigned char handshake_client_hello = 1;
constexpr std::size_t extension_server_name = 0;
constexpr std::size_t extension_signature_algorithms = 13;

// Takes octets from the front; after the first that are not there it gives nothing any more.
class Reader {
 public:
  explicit Reader(std::string_view octets) : rest_(octets) {}
  std::size_t number(std::size_t octets) {
    std::size_t value = 0;
    for (const char octet : take(octets)) value = value << 8U | static_cast<unsigned char>(octet);
    return value;
  }
  std::string_view take(std::size_t octets) {
    if (octets > rest_.size()) {
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, octets);
    rest_.remove_prefix(octets);
    return taken;
  }
  // A vector with its length in front; what is cut off counts as far as it goes.
  std::string_view vector(std::size_t length_octets) {
    const std::size_t size = number(length_octets);
    return take(size < rest_.size() ? size : rest_.size());
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void read_server_name(std::string_view extension, ClientHello& hello) {
  Reader list(Reader(extension).vector(2));
  while (!list.empty()) {
    const std::size_t kind = list.number(1);
    const std::string_view name = list.vector(2);
    if (kind == 0 && hello.server_name.empty()) hello.server_name = name;
  }
}

// RFC 8446 4.2.3: rsa_pkcs1_* end in 1, ecdsa_* in 3 (with a hash of 2 to 6 before it); rsa_pss_rsae_* are 0x0804 to 0x0806.
void read_signatures(std::string_view extension, ClientHello& hello) {
  Reader list(Reader(extension).vector(2));
  while (!list.empty()) {
    const std::size_t hash = list.number(1);
    const std::size_t signature = list.number(1);
    if (hash >= 2 && hash <= 6 && signature == 3) hello.ecdsa = true;
    if (hash >= 2 && hash <= 6 && signature == 1) hello.rsa = true;
    if (hash == 8 && signature >= 4 && signature <= 6) hello.rsa = true;
  }
}

// What suites allow: those of TLS 1.3 any key, those of TLS 1.2 that of their name. Only the ones this relay has count.
struct Keys {
  bool ecdsa = false;
  bool rsa = false;
};
Keys keys_of_suites(std::string_view suites) {
  Keys keys;
  Reader list(suites);
  while (!list.empty()) {
    switch (list.number(2)) {
      case 0x1301:
      case 0x1302:
      case 0x1303: keys.ecdsa = keys.rsa = true; break;
      case 0xC02B:
      case 0xC02C:
      case 0xCCA9: keys.ecdsa = true; break;
      case 0xC02F:
      case 0xC030:
      case 0xCCA8: keys.rsa = true; break;
      default: break;
    }
  }
  return keys;
}

}  // namespace

HelloState read_client_hello(std::string_view octets, ClientHello& hello) {
  hello = {};
  if (!octets.empty() && static_cast<unsigned char>(octets[0]) != record_handshake) return HelloState::not_tls;
  if (octets.size() > 1 && octets[1] != 3) return HelloState::not_tls;
  if (octets.size() > 5 && static_cast<unsigned char>(octets[5]) != handshake_client_hello) return HelloState::not_tls;
  if (octets.size() < 5) return HelloState::need_more;
  const std::size_t record = static_cast<std::size_t>(static_cast<unsigned char>(octets[3])) << 8U | static_cast<unsigned char>(octets[4]);
  if (record < 4 || record > 16 * 1024) return HelloState::not_tls;
  if (octets.size() < 5 + record) return HelloState::need_more;
  Reader message(octets.substr(5, record));
  message.take(1 + 3);   // kind, length: a hello of several records is read as far as the first goes
  message.take(2 + 32);  // version, random
  message.vector(1);     // session id
  const Keys keys = keys_of_suites(message.vector(2));
  message.vector(1);  // compression
  Reader extensions(message.vector(2));
  while (!extensions.empty()) {
    const std::size_t kind = extensions.number(2);
    const std::string_view extension = extensions.vector(2);
    if (kind == extension_server_name) read_server_name(extension, hello);
    if (kind == extension_signature_algorithms) read_signatures(extension, hello);
  }
  hello.ecdsa = hello.ecdsa && keys.ecdsa;
  hello.rsa = hello.rsa && keys.rsa;
  return HelloState::complete;
}

}  // namespace transport
