#include "msrpctl/connection.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace msrpctl {
namespace {

using nlohmann::json;

constexpr int protocol_version = 1;
constexpr std::size_t answer_octets_max = 64UL * 1024 * 1024;

std::string why_not(const std::string& path, int error) {
  std::string reason = path + ": " + std::strerror(error);
  if (error == ENOENT || error == ECONNREFUSED)
    return reason + ": is msrp-relay running, and is this its [control] socket? (--socket PATH)";
  return reason;
}

}  // namespace

base::Result<Connection, std::string> Connection::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return base::fail(path + ": too long for the path of a socket");
  path.copy(address.sun_path, path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail(std::string("no socket: ") + std::strerror(errno));
  Connection connection(descriptor);
  const timeval patience{patience_s, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return base::fail(why_not(path, errno));
  return connection;
}

Connection::Connection(Connection&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), input_(std::move(other.input_)) {}

Connection::~Connection() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool Connection::write(std::string_view octets) const {
  while (!octets.empty()) {
    const ssize_t sent = send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::read_line(std::string& line) {
  std::size_t looked_at = 0;
  char room[64 * 1024];
  for (;;) {
    const std::size_t end = input_.find('\n', looked_at);
    if (end != std::string::npos) {
      line = input_.substr(0, end);
      input_.erase(0, end + 1);
      return true;
    }
    looked_at = input_.size();
    const ssize_t octets = recv(descriptor_, room, sizeof room, 0);
    if (octets < 0 && errno == EINTR) continue;
    if (octets <= 0 || input_.size() > answer_octets_max) return false;
    input_.append(room, static_cast<std::size_t>(octets));
  }
}

base::Result<json, std::string> Connection::ask(const std::string& command, const json& arguments) {
  json request = arguments;
  request["version"] = protocol_version;
  request["command"] = command;
  std::string line;
  // What cannot be written may have been answered before: a relay that refuses says why and closes.
  const bool written = write(request.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  if (!read_line(line))
    return base::fail(std::string(written ? "the relay does not answer, or is stopping" : "the relay has closed the connection"));
  json answer = json::parse(line, nullptr, false);
  if (!answer.is_object()) return base::fail(std::string("what answers is no msrp-relay"));
  if (answer.contains("error")) return base::fail(answer.value("error", std::string()));
  if (!answer.contains("result")) return base::fail(std::string("what answers is no msrp-relay of this release"));
  return std::move(answer["result"]);
}

}  // namespace msrpctl
