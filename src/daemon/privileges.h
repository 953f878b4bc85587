#pragma once
// What this process gives up once it listens (O-61). Changing the user is the service manager's job, done before we are started.
#include <string>

namespace wiring {

// Before there are other threads: no new privileges, no core dump or debugger that would show secrets. What holds, for the log.
std::string give_up_process_privileges();

// On each thread, after the last thing that may need them (a port below 1024, io_uring where it is restricted): every capability, but
// reading files for the thread that reads the users again. What holds, for the log.
enum class FilesRead : bool { no, yes };
std::string give_up_capabilities(FilesRead files_read);

bool runs_as_root();

}  // namespace wiring
