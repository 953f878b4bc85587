#pragma once
// The figures as JSON: what the status page draws itself from, and /info.
#include <string>

#include "admin/figures.h"

namespace admin {

std::string status_json(const Figures& figures);
// Who this is: what does not change while it runs.
std::string info_json(const Figures& figures);

}  // namespace admin
