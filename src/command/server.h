#pragma once
// The control socket: lines in, lines out, driven by the control thread's loop. It never waits for who asks: what is not read is closed.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "command/role.h"
#include "control/event_loop.h"

namespace command {

// Who asks, and what they may.
struct Asker {
  uid_t user = 0;
  pid_t process = 0;
  Role role = Role::none;
};

class Server {
 public:
  // To be called once, now or later, on the loop's thread, with a line without its end; the asker may have gone by then.
  using Reply = std::function<void(std::string line)>;
  using Handler = std::function<void(const Asker& asker, std::string_view line, Reply reply)>;
  static constexpr std::size_t connections_max = 16;
  static constexpr std::size_t line_octets_max = 4096;  // of a request
  static constexpr int idle_s = 60;                     // who asks nothing for so long, or does not read, is closed

  // Everybody may connect; who has no role is told so and closed. The error says what the operator can do.
  static base::Result<std::unique_ptr<Server>, std::string> listen(control::EventLoop& loop, const std::string& path, const Policy& policy,
                                                                   Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  const std::string& path() const { return path_; }

 private:
  struct Connection;
  Server(control::EventLoop& loop, std::string path, const Policy& policy, Handler handler);
  void accept_one();
  void read_lines(const std::shared_ptr<Connection>& connection);
  void take_end(Connection& connection, bool no_more_input);
  void forget(const Connection* connection);

  control::EventLoop& loop_;
  std::string path_;
  Policy policy_;
  Handler handler_;
  int descriptor_ = -1;
  control::Watch accept_;
  std::vector<std::shared_ptr<Connection>> connections_;
};

}  // namespace command
