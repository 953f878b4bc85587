#include "ring/kernel_tls.h"

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

namespace ring {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

void put_big_endian(unsigned char* to, std::uint64_t value) {
  for (int at = 7; at >= 0; --at, value >>= 8U) to[at] = static_cast<unsigned char>(value);
}

// As linux/tls.h wants them: the struct of the cipher, as octets.
class CryptoInfo {
 public:
  explicit CryptoInfo(const RecordKeys& keys) {
    switch (keys.cipher) {
      case RecordCipher::aes_128_gcm: put_gcm<tls12_crypto_info_aes_gcm_128>(TLS_CIPHER_AES_GCM_128, keys); break;
      case RecordCipher::aes_256_gcm: put_gcm<tls12_crypto_info_aes_gcm_256>(TLS_CIPHER_AES_GCM_256, keys); break;
      case RecordCipher::chacha20_poly1305:
        tls12_crypto_info_chacha20_poly1305 info{};
        std::memcpy(info.iv, keys.iv.data(), sizeof info.iv);
        put(info, TLS_CIPHER_CHACHA20_POLY1305, keys);
        break;
    }
  }
  CryptoInfo(const CryptoInfo&) = delete;
  CryptoInfo& operator=(const CryptoInfo&) = delete;
  ~CryptoInfo() { explicit_bzero(octets_.data(), octets_.size()); }

  const void* data() const { return octets_.data(); }
  socklen_t size() const { return size_; }

 private:
  template <class Info>
  void put_gcm(unsigned short cipher, const RecordKeys& keys) {
    Info info{};
    std::memcpy(info.salt, keys.iv.data(), sizeof info.salt);
    if (keys.tls13) {
      std::memcpy(info.iv, keys.iv.data() + sizeof info.salt, sizeof info.iv);
    } else {
      put_big_endian(info.iv, keys.next_explicit_nonce);
    }
    put(info, cipher, keys);
  }
  template <class Info>
  void put(Info& info, unsigned short cipher, const RecordKeys& keys) {
    info.info.version = keys.tls13 ? TLS_1_3_VERSION : TLS_1_2_VERSION;
    info.info.cipher_type = cipher;
    std::memcpy(info.key, keys.key.data(), sizeof info.key);
    put_big_endian(info.rec_seq, keys.next_record);
    static_assert(sizeof info <= std::tuple_size_v<decltype(octets_)>);
    std::memcpy(octets_.data(), &info, sizeof info);
    size_ = sizeof info;
    explicit_bzero(&info, sizeof info);
  }
  std::array<char, 64> octets_{};
  socklen_t size_ = 0;
};

bool begin(int descriptor) { return setsockopt(descriptor, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls" - 1) == 0; }

bool install(int descriptor, int direction, const RecordKeys& keys) {
  const CryptoInfo info(keys);
  return setsockopt(descriptor, SOL_TLS, direction, info.data(), info.size()) == 0;
}

// Two ends of a connection of this process with itself.
std::pair<Descriptor, Descriptor> connection() {
  const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Descriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool connected = bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                         listen(listener.number(), 1) == 0 &&
                         getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                         connect(client.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0;
  Descriptor server(connected ? accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC) : -1);
  return {std::move(client), std::move(server)};
}

}  // namespace

RecordKeys::~RecordKeys() {
  explicit_bzero(key.data(), key.size());
  explicit_bzero(iv.data(), iv.size());
}

const char* name(RecordCipher cipher) {
  switch (cipher) {
    case RecordCipher::aes_128_gcm: return "AES-128-GCM";
    case RecordCipher::aes_256_gcm: return "AES-256-GCM";
    case RecordCipher::chacha20_poly1305: return "CHACHA20-POLY1305";
  }
  return "";
}

bool KernelTls::any() const {
  for (const auto& version : takes)
    for (const bool one : version)
      if (one) return true;
  return false;
}

std::string KernelTls::describe() const {
  if (error == ENOENT) return "no: the kernel module tls is not loaded (modprobe tls)";
  if (error != 0) return std::string("no: ") + std::strerror(error);
  std::string text;
  for (const bool tls13 : {false, true}) {
    std::string ciphers;
    for (std::size_t cipher = 0; cipher < record_ciphers; ++cipher) {
      if (!takes[tls13 ? 1 : 0][cipher]) continue;
      ciphers += ciphers.empty() ? "" : ", ";
      ciphers += name(static_cast<RecordCipher>(cipher));
    }
    if (ciphers.empty()) continue;
    text += text.empty() ? "" : "; ";
    text += (tls13 ? "TLSv1.3: " : "TLSv1.2: ") + ciphers;
  }
  if (text.empty()) return "no: the kernel takes none of the ciphers";
  return text + (changes_keys ? "; keys can change" : "");
}

KernelTls probe_kernel_tls() {
  KernelTls found;
  for (const bool tls13 : {false, true}) {
    for (std::size_t cipher = 0; cipher < record_ciphers; ++cipher) {
      const auto ends = connection();
      if (ends.second.number() < 0 || !begin(ends.first.number())) {
        found.error = errno;
        return found;
      }
      RecordKeys keys;
      keys.tls13 = tls13;
      keys.cipher = static_cast<RecordCipher>(cipher);
      found.takes[tls13 ? 1 : 0][cipher] = install(ends.first.number(), TLS_TX, keys) && install(ends.first.number(), TLS_RX, keys);
      found.changes_keys = found.changes_keys || (tls13 && install(ends.first.number(), TLS_TX, keys));
    }
  }
  return found;
}

bool give_key_to_kernel(int descriptor, Direction direction, const RecordKeys& keys) {
  return install(descriptor, direction == Direction::sending ? TLS_TX : TLS_RX, keys);
}

KernelTlsOutcome give_keys_to_kernel(int descriptor, const RecordKeys& sending, const RecordKeys& receiving) {
  // A socket that has the layer and no keys carries octets as they are.
  if (!begin(descriptor) || !install(descriptor, TLS_TX, sending)) return KernelTlsOutcome::refused;
  return install(descriptor, TLS_RX, receiving) ? KernelTlsOutcome::taken : KernelTlsOutcome::broken;
}

}  // namespace ring
