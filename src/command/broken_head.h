#pragma once
// What of a broken head may be shown. Pure.
#include <nlohmann/json.hpp>
#include <string_view>

namespace command {

// A text for each line. Credentials and whatever no RFC names are told by their size only, and so are the session ids of URIs: who has one
// can write to its owner.
nlohmann::json printable_head(std::string_view head);

}  // namespace command
