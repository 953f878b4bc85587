#pragma once
// Every option of a run, once: the command line and the scenario file are read with it, and the tests hold the manual page to it.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "blaster/options.h"

namespace blaster {

struct OptionEntry {
  enum class Takes : std::uint8_t { nothing, value, list };

  std::string_view name;  // without "--"
  Takes takes = Takes::value;
  // Puts the text (a flag's is "true" or "false") where it belongs. Returns what is wrong with it, or nothing. A list calls it for each.
  std::string (*set)(Options& options, const std::string& text) = nullptr;

  // As a key of a scenario file: with "_" for "-".
  std::string key() const;
};

std::span<const OptionEntry> option_table();
// The entry that is meant by a misspelt name, as `spelt` writes it; empty: none is near.
std::string nearest_option(std::string_view misspelt, bool as_key);

}  // namespace blaster
