#pragma once
// A histogram of nanoseconds as the percentile distribution that HdrHistogram prints and its plotters read (.hgrm), in milliseconds.
#include <string>

#include "base/histogram.h"

namespace blaster {

std::string hdr_percentiles(const base::Histogram& histogram);

}  // namespace blaster
