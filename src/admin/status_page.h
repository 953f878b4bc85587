#pragma once
// status_page.html, as it is served.
#include <string_view>

namespace admin {

std::string_view status_page();

}  // namespace admin
