#pragma once
// What --size, --mix and --report-mix say, as text.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "blaster/content.h"
#include "blaster/sender.h"

namespace blaster {

// "64", "16KiB", "64-16KiB".
base::Result<std::vector<Kind>, std::string> kinds_of_size(std::string_view text);
// "chat,is-composing,file", "chat=7,file=3", "64-1KiB=9,1MiB=1": kinds or sizes, each with a weight.
base::Result<std::vector<Kind>, std::string> kinds_of_mix(std::string_view text);
// "success=10%,no=5%,partial=5%".
base::Result<ReportMix, std::string> parse_report_mix(std::string_view text);

}  // namespace blaster
