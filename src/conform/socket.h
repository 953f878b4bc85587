#pragma once
// TCP sockets that never block: the Stage waits for all of them at once.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace conform {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  std::string host() const;  // as it stands in a URI: 192.0.2.1 or [2001:db8::1]
  std::uint16_t port() const;
  Address with_port(std::uint16_t port) const;
};
// "HOST:PORT", "[ADDRESS]:PORT", "HOST" (port 0). nullopt: `why` says.
std::optional<Address> resolve(std::string_view host_and_port, std::string& why);

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  static Socket connecting(const Address& to, int receive_buffer = 0);  // connect() under way; an invalid socket on failure
  static Socket listening(const Address& at);
  std::optional<Socket> accept() const;

  int fd() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int error() const;  // SO_ERROR
  Address local() const;
  void close();
  void reset();  // ends by RST
  void shutdown_write() const;

 private:
  int fd_ = -1;
};

}  // namespace conform
