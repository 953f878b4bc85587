#pragma once
// One connection to a relay's control socket. Waits for answers, for a bounded time.
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace msrpctl {

class Connection {
 public:
  static constexpr int patience_s = 30;

  // The error says what the operator can do.
  static base::Result<Connection, std::string> open(const std::string& path);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  // The result of a command; the error is the relay's, or that it does not answer.
  base::Result<nlohmann::json, std::string> ask(const std::string& command, const nlohmann::json& arguments);

 private:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  bool write(std::string_view octets) const;
  bool read_line(std::string& line);

  int descriptor_;
  std::string input_;
};

}  // namespace msrpctl
