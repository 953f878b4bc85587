#pragma once
// Whether this kernel lets us run, asked before anything else so that the answer is one line that says what to do.
#include <optional>
#include <string>
#include <string_view>

namespace ring {

// nullopt: Linux 6.1 or newer, and io_uring may be used. Otherwise the text for the operator.
std::optional<std::string> kernel_problem();

// Its parts, apart for the tests. `release` as uname(2) gives it; what has no number counts as too old.
bool kernel_is_new_enough(std::string_view release);
// Why io_uring_setup(2) failed. `io_uring_disabled` is that sysctl (0, 1, 2), -1 where the kernel has none.
std::string explain_io_uring_failure(int negative_errno, int io_uring_disabled);

}  // namespace ring
