#include "control/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace control {
namespace {

std::expected<std::string, std::string> read_open(int descriptor, std::size_t bytes_max) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return std::unexpected(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return std::unexpected(std::strerror(EISDIR));
  std::string content;
  // One allocation for a file of known size: a growing string would leave copies of secrets behind.
  content.reserve(S_ISREG(status.st_mode) && status.st_size > 0 && static_cast<std::size_t>(status.st_size) <= bytes_max
                      ? static_cast<std::size_t>(status.st_size) + 1
                      : 4096);
  char piece[65536];
  for (;;) {
    const ssize_t got = read(descriptor, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(std::strerror(errno));
    if (got == 0) break;
    content.append(piece, static_cast<std::size_t>(got));
    if (content.size() > bytes_max) return std::unexpected("larger than " + std::to_string(bytes_max) + " octets");
  }
  explicit_bzero(piece, sizeof piece);
  return content;
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& file, std::size_t bytes_max) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(std::strerror(errno));
  auto content = read_open(descriptor, bytes_max);
  close(descriptor);
  return content;
}

}  // namespace control
