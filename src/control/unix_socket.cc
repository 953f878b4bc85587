#include "control/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace control {
namespace {

std::string error_text() { return std::strerror(errno); }

}  // namespace

base::Result<int, std::string> listen_on_path(const std::string& path, mode_t mode, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail("no socket: " + error_text());
  // One that a relay left behind which was killed; one that is served answers.
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    close(descriptor);
    return base::fail("somebody serves " + path + " already");
  }
  struct stat there{};
  if (lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) unlink(path.c_str());
  const mode_t mask = umask(0777 & ~mode);
  const bool bound = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  umask(mask);
  if (!bound || listen(descriptor, backlog) != 0) {
    const std::string reason = error_text();
    close(descriptor);
    return base::fail(path + ": " + reason);
  }
  return descriptor;
}

std::string runtime_directory() {
  const char* const directories = std::getenv("RUNTIME_DIRECTORY");
  const std::string all = directories == nullptr ? "" : directories;
  return all.substr(0, all.find(':'));
}

}  // namespace control
