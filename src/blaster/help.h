#pragma once
// What --help prints: at most 50 lines of 80 columns.

namespace blaster {

extern const char* const help_text;

}  // namespace blaster
