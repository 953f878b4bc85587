#pragma once
// UNIX sockets on which operators and their programs ask.
#include <sys/types.h>
#include <string>

#include "base/result.h"

namespace control {

// A listening descriptor, non-blocking; the file has exactly `mode`. One that a relay has left behind is replaced, one that is served is
// not. The error says why not.
base::Result<int, std::string> listen_on_path(const std::string& path, mode_t mode, int backlog);

// The first directory that the service manager has made for this process (RUNTIME_DIRECTORY); empty: none.
std::string runtime_directory();

}  // namespace control
