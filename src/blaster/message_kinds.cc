#include "blaster/message_kinds.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "blaster/units.h"

namespace blaster {
namespace {

// Sizes as chat clients make them: a line or two; the XML of RFC 3994; a photograph.
const std::array<Kind, 3>& named_kinds() {
  static const std::array<Kind, 3> kinds{{
      {.name = "chat", .content_type = "text/plain", .smallest = 20, .largest = 400, .weight = 70},
      {.name = "is-composing", .content_type = "application/im-iscomposing+xml", .smallest = 220, .largest = 320, .weight = 25},
      {.name = "file", .content_type = "application/octet-stream", .smallest = 64 * 1024, .largest = 1024 * 1024, .weight = 5},
  }};
  return kinds;
}

// The draws of sizes have 32 bits.
constexpr std::uint64_t widest_range = std::uint64_t{1} << 32;

std::optional<Kind> kind_of_size(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto smallest = parse_size(text.substr(0, dash));
  const auto largest = dash == std::string_view::npos ? smallest : parse_size(text.substr(dash + 1));
  if (!smallest || !largest || *smallest > *largest || *largest - *smallest >= widest_range) return std::nullopt;
  Kind kind;
  kind.smallest = *smallest;
  kind.largest = *largest;
  return kind;
}

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t comma = text.find(',');
    pieces.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

// "name=value" in two; without "=" the value is empty.
std::pair<std::string_view, std::string_view> halves_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {}};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const Kind& kind : named_kinds())
    if (kind.name == name) return kind;
  auto kind = kind_of_size(name);
  if (kind) kind->name = name;
  return kind;
}

}  // namespace

base::Result<std::vector<Kind>, std::string> kinds_of_size(std::string_view text) {
  const auto kind = kind_of_size(text);
  if (!kind) return base::fail(fmt::format("\"{}\" is no size or range of sizes (64, 16KiB, 64-16KiB)", text));
  return std::vector<Kind>{*kind};
}

base::Result<std::vector<Kind>, std::string> kinds_of_mix(std::string_view text) {
  std::vector<Kind> kinds;
  for (const std::string_view piece : pieces_of(text)) {
    const auto [name, weight] = halves_of(piece);
    auto kind = kind_named(name);
    if (!kind) return base::fail(fmt::format("\"{}\" is none of chat, is-composing and file, nor a size (chat=7,file=2,1MiB=1)", name));
    if (piece.find('=') != std::string_view::npos) {
      const auto [end, error] = std::from_chars(weight.data(), weight.data() + weight.size(), kind->weight);
      if (error != std::errc() || end != weight.data() + weight.size() || kind->weight == 0 || kind->weight > 1'000'000)
        return base::fail(fmt::format("\"{}\" is no weight from 1 to 1000000", weight));
    }
    kinds.push_back(*std::move(kind));
  }
  return kinds;
}

base::Result<ReportMix, std::string> parse_report_mix(std::string_view text) {
  ReportMix mix;
  for (const std::string_view piece : pieces_of(text)) {
    const auto [name, value] = halves_of(piece);
    const auto share = parse_share(value);
    double* const place = name == "success"   ? &mix.success
                          : name == "no"      ? &mix.failure_no
                          : name == "partial" ? &mix.failure_partial
                                              : nullptr;
    if (place == nullptr || !share)
      return base::fail(fmt::format("\"{}\" is none of success=SHARE, no=SHARE and partial=SHARE (success=10%,no=5%)", piece));
    *place = *share;
  }
  if (mix.failure_no + mix.failure_partial > 1) return base::fail(std::string("no= and partial= together are more than all messages"));
  return mix;
}

}  // namespace blaster
