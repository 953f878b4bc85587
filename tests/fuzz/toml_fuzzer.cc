// Configuration files. Whatever the text: faults have a reason and lie in the order of the file, what is good prints as TOML that loads
// again without a fault and prints the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "config/config.h"

namespace {

// What is printed without the comments that tell the origin.
std::string values(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    out += line.substr(0, line.rfind("  # ")) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const config::Host host{.full_name = "relay.example.net", .open_files = 100'000};
  const config::Loaded loaded = config::load(text, "f", host);
  std::uint32_t line = 0;
  for (const config::Fault& fault : loaded.faults) {
    CHECK(!fault.reason.empty() && !config::to_string(fault).empty());
    CHECK(fault.place.line >= line);
    line = fault.place.line;
  }
  if (!loaded.good()) return 0;
  const config::Config& config = loaded.config;
  CHECK(!config.listens.empty() && !config.users_file.empty() && config.name.find('.') != std::string::npos);
  CHECK(config.expires_min <= config.expires && config.expires <= config.expires_max);
  CHECK(config.limits.header_lines <= 128 && config.limits.uris_per_path <= 32 && config.limits.header_bytes <= 16384);
  const std::string printed = config::print_effective(config, loaded);
  const config::Loaded again = config::load(printed, "g", host);
  CHECK(again.good());
  CHECK(values(config::print_effective(again.config, again)) == values(printed));
  return 0;
}
