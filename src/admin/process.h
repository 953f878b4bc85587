#pragma once
// What the kernel says of this process. Reads /proc: never on a core's thread.
#include "admin/figures.h"

namespace admin {

// What cannot be read stays 0.
Figures::Process read_process();

}  // namespace admin
