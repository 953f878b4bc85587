#include "conform/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace conform {
namespace {

const sockaddr* as_sockaddr(const sockaddr_storage& storage) { return reinterpret_cast<const sockaddr*>(&storage); }

void set_option(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof(value)); }

}  // namespace

std::string Address::host() const {
  char text[NI_MAXHOST] = {};
  if (getnameinfo(as_sockaddr(storage), size, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) return "?";
  return storage.ss_family == AF_INET6 ? "[" + std::string(text) + "]" : std::string(text);
}

std::uint16_t Address::port() const {
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

Address Address::with_port(std::uint16_t port) const {
  Address other = *this;
  if (storage.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(other.storage).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(other.storage).sin_port = htons(port);
  }
  return other;
}

std::optional<Address> resolve(std::string_view host_and_port, std::string& why) {
  std::string host(host_and_port), port = "0";
  const bool bracketed = host.starts_with('[');
  const std::size_t bracket = host.find(']'), colon = host.rfind(':');
  if (colon != std::string::npos && (bracketed ? colon == bracket + 1 : host.find(':') == colon)) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  if (bracketed && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (status != 0) {
    why = std::string(host_and_port) + ": " + gai_strerror(status);
    return std::nullopt;
  }
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Socket Socket::connecting(const Address& to, int receive_buffer) {
  Socket socket(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return socket;
  set_option(socket.fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  if (receive_buffer > 0) set_option(socket.fd_, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  if (::connect(socket.fd_, as_sockaddr(to.storage), to.size) != 0 && errno != EINPROGRESS) socket.close();
  return socket;
}

Socket Socket::listening(const Address& at) {
  Socket socket(::socket(at.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return socket;
  set_option(socket.fd_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(socket.fd_, as_sockaddr(at.storage), at.size) != 0 || ::listen(socket.fd_, 128) != 0) socket.close();
  return socket;
}

std::optional<Socket> Socket::accept() const {
  Socket accepted(::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!accepted.valid()) return std::nullopt;
  set_option(accepted.fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  return accepted;
}

int Socket::error() const {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Address Socket::local() const {
  Address address;
  address.size = sizeof(address.storage);
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) address.size = 0;
  return address;
}

void Socket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Socket::reset() {
  if (fd_ < 0) return;
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  close();
}

void Socket::shutdown_write() const { ::shutdown(fd_, SHUT_WR); }

}  // namespace conform
