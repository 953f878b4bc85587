#include "ring/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ring/socket_address.h"

namespace ring {

namespace {

enum class Sharing { exclusive, among_cores };

// A descriptor that closes itself until it is released.
class Holder {
 public:
  explicit Holder(int descriptor) : descriptor_(descriptor) {}
  Holder(Holder&& other) noexcept : descriptor_(other.release()) {}
  Holder& operator=(Holder&&) = delete;
  ~Holder() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

bool set_flag(int descriptor, int level, int name) {
  const int on = 1;
  return ::setsockopt(descriptor, level, name, &on, sizeof on) == 0;
}

base::Result<Holder, IoError> bound_socket(const base::Endpoint& endpoint, Sharing sharing) {
  Holder socket(::socket(endpoint.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.descriptor() < 0) return base::fail(IoError{-errno});
  // REUSEADDR: connections of the last run that still close (TIME_WAIT) do not keep this one from starting.
  bool set = set_flag(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR) && set_flag(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY);
  if (!endpoint.address.is_v4()) set = set && set_flag(socket.descriptor(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (sharing == Sharing::among_cores) set = set && set_flag(socket.descriptor(), SOL_SOCKET, SO_REUSEPORT);
  sockaddr_storage address;
  const socklen_t size = to_kernel(endpoint, address);
  if (!set || ::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return base::fail(IoError{-errno});
  return socket;
}

base::Result<std::uint16_t, IoError> port_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return base::fail(IoError{-errno});
  const std::optional<base::Endpoint> endpoint = from_kernel(address);
  if (!endpoint) return base::fail(IoError{-EAFNOSUPPORT});
  return endpoint->port;
}

struct Bound {
  base::Endpoint endpoint;
  std::vector<Holder> sockets;
};

base::Result<Bound, IoError> bind_on_all_cores(base::Endpoint endpoint, std::size_t cores) {
  Bound bound{endpoint, {}};
  for (std::size_t core = 0; core < cores; ++core) {
    // For port 0 the kernel never picks one that somebody else shares; the first core's socket tells it to the others.
    Holder socket = TRY(bound_socket(bound.endpoint, Sharing::among_cores));
    if (bound.endpoint.port == 0) bound.endpoint.port = TRY(port_of(socket.descriptor()));
    bound.sockets.push_back(std::move(socket));
  }
  return bound;
}

const char* advice(int negative_errno) {
  switch (-negative_errno) {
    case EADDRINUSE: return "; another msrp-relay or another program listens there (`ss -ltnp` shows which)";
    case EADDRNOTAVAIL: return "; no interface of this host has that address";
    case EACCES: return "; ports below 1024 need CAP_NET_BIND_SERVICE (the systemd unit grants it)";
    case EMFILE: return "; raise the limit of open files (LimitNOFILE= of the unit, or `ulimit -n`)";
    case EAFNOSUPPORT: return "; this host has no IPv6, or not that family";
    default: return "";
  }
}

}  // namespace

std::string ListenError::text() const {
  const char* name = ::strerrorname_np(-negative_errno);
  return "cannot listen on " + endpoint.to_string() + ": " + std::strerror(-negative_errno) + " (" + (name != nullptr ? name : "?") + ")" +
         advice(negative_errno);
}

base::Result<std::vector<Listening>, ListenError> listen_on_all_cores(std::span<const base::Endpoint> endpoints, std::size_t cores,
                                                                      int backlog) {
  for (const base::Endpoint& endpoint : endpoints) {
    if (endpoint.port == 0) continue;
    base::Result<Holder, IoError> alone = bound_socket(endpoint, Sharing::exclusive);
    if (!alone) return base::fail(ListenError{endpoint, alone.error().negative_errno});
  }
  std::vector<Bound> all;
  for (const base::Endpoint& endpoint : endpoints) {
    base::Result<Bound, IoError> bound = bind_on_all_cores(endpoint, cores);
    if (!bound) return base::fail(ListenError{endpoint, bound.error().negative_errno});
    all.push_back(*std::move(bound));
  }
  for (const Bound& bound : all) {
    for (const Holder& socket : bound.sockets) {
      if (::listen(socket.descriptor(), backlog) != 0) return base::fail(ListenError{bound.endpoint, -errno});
    }
  }
  std::vector<Listening> listening;
  for (Bound& bound : all) {
    Listening& one = listening.emplace_back(Listening{bound.endpoint, {}});
    for (Holder& socket : bound.sockets) one.sockets.push_back(Socket{socket.release()});
  }
  return listening;
}

}  // namespace ring
