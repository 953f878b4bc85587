#pragma once
// The end of a run: standard output and the files that were asked for.
#include "blaster/options.h"
#include "blaster/run.h"

namespace blaster {

Telling telling_of(const Options& options);
// Returns the exit status.
int tell(const Options& options, const Scenario& scenario, const Outcome& outcome);
// The html and hdr files. False: one could not be written, and that is said.
bool write_files(const Options& options, const Scenario& scenario, const Outcome& outcome);

}  // namespace blaster
