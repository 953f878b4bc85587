#include "blaster/paths.h"

namespace blaster {

std::string_view first_uri(std::string_view path) { return path.substr(0, path.find(' ')); }

std::string_view last_uri(std::string_view path) {
  const std::size_t space = path.rfind(' ');
  return space == std::string_view::npos ? path : path.substr(space + 1);
}

std::string_view without_last_uri(std::string_view path) {
  const std::size_t space = path.rfind(' ');
  return space == std::string_view::npos ? std::string_view() : path.substr(0, space);
}

std::string join_paths(std::string_view first, std::string_view second) {
  std::string joined(first);
  if (!first.empty() && !second.empty()) joined += ' ';
  return joined.append(second);
}

std::string reverse_path(std::string_view path) {
  std::string reversed;
  for (; !path.empty(); path = without_last_uri(path)) reversed = join_paths(reversed, last_uri(path));
  return reversed;
}

std::string sending_path(std::string_view sender_use_path, std::string_view receiver_use_path, std::string_view receiver_uri) {
  return join_paths(join_paths(sender_use_path, reverse_path(receiver_use_path)), receiver_uri);
}

std::string arriving_path(std::string_view to_path, std::string_view sender_uri) {
  return join_paths(reverse_path(without_last_uri(to_path)), sender_uri);
}

}  // namespace blaster
