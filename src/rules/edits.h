#pragma once
// Changes to the headers of a request, decided by rules and applied when it goes on (product: set). A list is plain octets: what one core
// decides another may have to apply.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "msrp/writer.h"

namespace rules {

enum class EditKind : std::uint8_t {
  set,     // replaces all headers of that name by one
  add,     // one more
  remove,  // all of that name
};

// Edits one behind the other, oldest first; views that memory.
struct Edits {
  std::string_view octets;
  bool empty() const { return octets.empty(); }
};

// Octets that append_edit() writes.
std::size_t edit_size(std::string_view name, std::size_t value_size);
// Writes one behind `used` octets and counts them up. False: there is no room; nothing was written. `name` at most 255 octets, `value`
// 65535.
bool append_edit(EditKind kind, std::string_view name, std::string_view value, char* room, std::size_t capacity, std::size_t& used);

// "set X-Class: gold", "remove X-Internal": one line each, for people.
std::vector<std::string> describe(Edits edits);

// `headers`: lines from To-Path on; Byte-Range is to stand behind the first `before` octets of them. Writes the lines as the edits make
// them (new ones before the MIME headers, of which Content-Type must be last, RFC 4975 9) and returns where Byte-Range is to stand now.
// out.good() is false when there is no room.
std::size_t apply_edits(Edits edits, std::string_view headers, std::size_t before, msrp::Writer& out);

}  // namespace rules
