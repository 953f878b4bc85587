#pragma once
// `msrp-blaster conform`: the black-box conformance suite for RFC 4976 relays.

namespace conform {

// argv[0] is the program, the options follow. The exit status: 0 all pass, 1 a case failed, 2 wrong usage or no relay there.
int run_program(int argc, char** argv);

}  // namespace conform
