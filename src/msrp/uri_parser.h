#pragma once
// parse_uri() without the copy, and its two ways.
#include <cstddef>
#include <optional>
#include <string_view>

#include "msrp/uri.h"

namespace msrp {

// nullopt: `uri` is the URI. Else what is wrong, and `uri` means nothing.
std::optional<UriError> parse_uri_into(std::string_view octets, Uri& uri);
// Takes every URI, by the grammar; parse_uri_into() comes here with what is not of the common shape.
std::optional<UriError> parse_uri_by_grammar(std::string_view octets, Uri& uri);

// The common shape, "msrp(s)://name:port/session;tcp" of up to 64 octets, at the front of `octets` with a blank or nothing behind it, some
// 64 octets at a time. Returns its length, and 0 when it is not of that shape, or wrong, or this machine cannot: then the grammar decides.
// Writes `uri` only when it returns a length.
std::size_t take_common_uri(std::string_view octets, Uri& uri);

}  // namespace msrp
