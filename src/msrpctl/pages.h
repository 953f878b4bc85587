#pragma once
// Listings of any length: page after page, shown as they come.
#include <string>

#include "base/result.h"
#include "msrpctl/command_line.h"
#include "msrpctl/connection.h"

namespace msrpctl {

// Prints. The error is that of a page that did not come.
base::Result<bool, std::string> print_pages(Connection& connection, const Asked& asked);

}  // namespace msrpctl
