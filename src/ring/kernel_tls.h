#pragma once
// TLS whose records the kernel makes and opens (kTLS): once it has the keys of a connection, octets go in and out as on plain TCP. Only
// control records (alerts, handshake messages) are told apart.
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace ring {

enum class RecordCipher : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };
inline constexpr std::size_t record_ciphers = 3;
const char* name(RecordCipher cipher);  // "AES-128-GCM"

// Of one direction of a connection. Wiped when it ends.
struct RecordKeys {
  bool tls13 = false;
  RecordCipher cipher = RecordCipher::aes_128_gcm;
  std::array<std::uint8_t, 32> key{};     // as many octets as the cipher takes
  std::array<std::uint8_t, 12> iv{};      // TLS 1.2 with GCM: the salt, its first four
  std::uint64_t next_record = 0;          // its sequence number
  std::uint64_t next_explicit_nonce = 0;  // TLS 1.2 with GCM: of that record
  RecordKeys() = default;
  RecordKeys(const RecordKeys&) = default;
  RecordKeys& operator=(const RecordKeys&) = default;
  ~RecordKeys();
};

enum class KernelTlsOutcome : std::uint8_t {
  taken,    // from now on the socket carries plaintext for its owner
  refused,  // nothing has changed
  broken,   // half of it has: the connection is useless
};

// RFC 8446 5.1, RFC 5246 6.2.1.
enum class RecordType : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23 };

struct ControlRecord {
  RecordType type = RecordType::application_data;
  std::size_t octets = 0;
};

// What a kernel takes, tried on connections of this process to itself.
struct KernelTls {
  int error = 0;                                            // why it takes nothing (errno); 0: it has the module
  std::array<std::array<bool, record_ciphers>, 2> takes{};  // [TLS 1.3][cipher]

  bool changes_keys = false;  // of a TLS 1.3 connection that it has (Linux 6.14)

  bool any() const;
  bool takes_records(bool tls13, RecordCipher cipher) const { return takes[tls13 ? 1 : 0][static_cast<std::size_t>(cipher)]; }
  // "TLSv1.2: AES-128-GCM, AES-256-GCM; TLSv1.3: ...", or why nothing.
  std::string describe() const;
};
// Some milliseconds. Needs the loopback interface; nothing is left behind.
KernelTls probe_kernel_tls();

enum class Direction : std::uint8_t { sending, receiving };
// For a connected socket. The pieces of UringRing::encrypt_in_kernel() and change_key().
bool give_key_to_kernel(int descriptor, Direction direction, const RecordKeys& keys);
KernelTlsOutcome give_keys_to_kernel(int descriptor, const RecordKeys& sending, const RecordKeys& receiving);

}  // namespace ring
