#pragma once
// A whole file of bounded size.
#include <cstddef>
#include <expected>
#include <string>

namespace control {

// The content, or why not in words ("No such file or directory", "larger than 1024 octets"). Regular files and pipes; blocks.
std::expected<std::string, std::string> read_file(const std::string& file, std::size_t bytes_max);

}  // namespace control
