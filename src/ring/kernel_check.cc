#include "ring/kernel_check.h"

#include <liburing.h>
#include <sys/utsname.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

namespace ring {

namespace {

constexpr int major_needed = 6;
constexpr int minor_needed = 1;

int io_uring_disabled() {
  std::ifstream file("/proc/sys/kernel/io_uring_disabled");
  int value = -1;
  return file >> value ? value : -1;
}

}  // namespace

bool kernel_is_new_enough(std::string_view release) {
  int major = 0;
  int minor = 0;
  const char* end = release.data() + release.size();
  const std::from_chars_result first = std::from_chars(release.data(), end, major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return false;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc()) return false;
  return major > major_needed || (major == major_needed && minor >= minor_needed);
}

std::string explain_io_uring_failure(int negative_errno, int io_uring_disabled) {
  std::string text = std::string("io_uring cannot be used: ") + std::strerror(-negative_errno);
  switch (-negative_errno) {
    case ENOSYS:
      return text +
             "; the kernel was built without it, or a container's seccomp profile hides it "
             "(allow io_uring_setup, io_uring_enter and io_uring_register)";
    case EPERM:
    case EACCES:
      if (io_uring_disabled == 2) return text + "; it is switched off: `sysctl kernel.io_uring_disabled=0`";
      if (io_uring_disabled == 1)
        return text +
               "; it is kept for privileged users: `sysctl kernel.io_uring_disabled=0`, or put this user into the group of "
               "kernel.io_uring_group";
      return text +
             "; a container's seccomp profile or a security module forbids it "
             "(allow io_uring_setup, io_uring_enter and io_uring_register)";
    case EINVAL: return text + "; Linux 6.1 or newer is needed";
    case ENOMEM: return text + "; too little memory may be locked: raise it (LimitMEMLOCK= of the unit, or `ulimit -l`)";
    case EMFILE:
    case ENFILE: return text + "; raise the limit of open files (LimitNOFILE= of the unit, or `ulimit -n`)";
    default: return text;
  }
}

std::optional<std::string> kernel_problem() {
  utsname system{};
  if (::uname(&system) != 0 || !kernel_is_new_enough(system.release))
    return std::string("this is Linux ") + system.release + "; Linux 6.1 or newer is needed";
  io_uring ring{};
  const int result = io_uring_queue_init(4, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  if (result != 0) return explain_io_uring_failure(result, io_uring_disabled());
  io_uring_queue_exit(&ring);
  return std::nullopt;
}

}  // namespace ring
