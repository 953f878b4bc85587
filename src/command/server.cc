#include "command/server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "command/request.h"
#include "control/unix_socket.h"

namespace command {
namespace {

constexpr int backlog = 16;
constexpr mode_t everybody = 0666;

}  // namespace

struct Server::Connection {
  Server* server = nullptr;
  Asker asker;
  bufferevent* events = nullptr;
  bool answering = false;  // one at a time: further lines wait in the input, which is not read meanwhile
  bool reading = false;    // lines are being taken out of the input
  bool last = false;       // to be closed when the answer is out

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (events != nullptr) bufferevent_free(events);
  }
  std::shared_ptr<Connection> self() const {
    for (const auto& one : server->connections_) {
      if (one.get() == this) return one;
    }
    return nullptr;
  }
  void write(const std::string& line) const {
    bufferevent_write(events, line.data(), line.size());
    bufferevent_write(events, "\n", 1);
  }
  void refuse(const std::string& reason) {
    last = true;
    bufferevent_disable(events, EV_READ);
    write(error_line(reason));
  }
};

Server::Server(control::EventLoop& loop, std::string path, const Policy& policy, Handler handler)
    : loop_(loop), path_(std::move(path)), policy_(policy), handler_(std::move(handler)) {}

Server::~Server() {
  connections_.clear();
  accept_ = control::Watch();
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(path_.c_str());
}

base::Result<std::unique_ptr<Server>, std::string> Server::listen(control::EventLoop& loop, const std::string& path, const Policy& policy,
                                                                  Handler handler) {
  const auto descriptor = control::listen_on_path(path, everybody, backlog);
  if (!descriptor) return base::fail("[control] socket: " + descriptor.error());
  std::unique_ptr<Server> server(new Server(loop, path, policy, std::move(handler)));
  server->descriptor_ = *descriptor;
  server->accept_ =
      control::Watch::on_descriptor(loop, *descriptor, control::Watch::What::readable, [it = server.get()] { it->accept_one(); });
  return server;
}

void Server::accept_one() {
  const int descriptor = accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const auto peer = peer_of(descriptor);
  // One more than there may be is told so; beyond that there is no room even for words.
  if (!peer || connections_.size() > connections_max) {
    close(descriptor);
    return;
  }
  auto connection = std::make_shared<Connection>();
  connection->server = this;
  connection->asker = {peer->user, peer->process, role_of(*peer, policy_)};
  connection->events = bufferevent_socket_new(loop_.native(), descriptor, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
  CHECK(connection->events != nullptr);
  connections_.push_back(connection);
  // Each call holds its connection: it may be forgotten in it.
  const auto on_read = [](bufferevent*, void* which) {
    if (const auto self = static_cast<Connection*>(which)->self()) self->server->read_lines(self);
  };
  const auto on_written = [](bufferevent*, void* which) {
    const Connection* const self = static_cast<Connection*>(which);
    if (self->last) self->server->forget(self);
  };
  const auto on_end = [](bufferevent*, short what, void* which) {
    auto* const self = static_cast<Connection*>(which);
    self->server->take_end(*self, (what & BEV_EVENT_EOF) != 0);
  };
  bufferevent_setcb(connection->events, on_read, on_written, on_end, connection.get());
  const timeval idle{idle_s, 0};
  bufferevent_set_timeouts(connection->events, &idle, &idle);
  bufferevent_setwatermark(connection->events, EV_READ, 0, line_octets_max + 1);
  bufferevent_enable(connection->events, EV_READ | EV_WRITE);
  if (connections_.size() > connections_max)
    return connection->refuse("all " + std::to_string(connections_max) + " connections are taken: try again, or end one");
  if (connection->asker.role == Role::none) {
    connection->refuse("user " + std::to_string(peer->user) +
                       " may not ask this relay: root, its own user, and the groups that [control] names may");
  }
}

void Server::read_lines(const std::shared_ptr<Connection>& connection) {
  if (connection->reading) return;  // an answer that came at once: the loop below goes on
  connection->reading = true;
  while (!connection->answering && !connection->last) {
    evbuffer* const input = bufferevent_get_input(connection->events);
    std::size_t size = 0;
    const std::unique_ptr<char, decltype(&free)> line(evbuffer_readln(input, &size, EVBUFFER_EOL_LF), free);
    if (line == nullptr) {
      if (evbuffer_get_length(input) > line_octets_max)
        connection->refuse("a request has at most " + std::to_string(line_octets_max) + " octets");
      break;
    }
    connection->answering = true;
    bufferevent_disable(connection->events, EV_READ);
    handler_(connection->asker, std::string_view(line.get(), size), [this, weak = std::weak_ptr(connection)](const std::string& answer) {
      const auto asked = weak.lock();
      if (asked == nullptr) return;
      asked->answering = false;
      asked->write(answer);
      if (!asked->last) bufferevent_enable(asked->events, EV_READ);
      read_lines(asked);
    });
  }
  connection->reading = false;
}

// Who only has no more to ask still gets the answer.
void Server::take_end(Connection& connection, bool no_more_input) {
  const bool owed = connection.answering || evbuffer_get_length(bufferevent_get_output(connection.events)) > 0;
  if (no_more_input && owed) {
    connection.last = true;
  } else {
    forget(&connection);
  }
}

void Server::forget(const Connection* connection) {
  std::erase_if(connections_, [&](const auto& one) { return one.get() == connection; });
}

}  // namespace command
