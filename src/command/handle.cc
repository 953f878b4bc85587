#include "command/handle.h"

#include <charconv>
#include <utility>

namespace command {
namespace {

// Numbers with dots between them, and nothing else.
template <class... Number>
bool read_numbers(std::string_view text, Number&... numbers) {
  bool first = true;
  const auto read = [&](auto& number) {
    if (!std::exchange(first, false)) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  return (read(numbers) && ...) && text.empty();
}

}  // namespace

std::string Handle::text() const {
  return (is_session ? "s" : "l") + std::to_string(core) + "." + std::to_string(slot) + "." + std::to_string(generation);
}

std::optional<Handle> Handle::parse(std::string_view text) {
  if (!text.starts_with('s') && !text.starts_with('l')) return std::nullopt;
  Handle handle;
  handle.is_session = text.front() == 's';
  if (!read_numbers(text.substr(1), handle.core, handle.slot, handle.generation)) return std::nullopt;
  return handle;
}

std::string Cursor::text() const { return std::to_string(core) + "." + std::to_string(slot); }

std::optional<Cursor> Cursor::parse(std::string_view text) {
  Cursor cursor;
  if (!read_numbers(text, cursor.core, cursor.slot)) return std::nullopt;
  return cursor;
}

}  // namespace command
