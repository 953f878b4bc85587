#pragma once
// The host's full name, the default of relay.name.
#include <string>
#include <string_view>

namespace control {

// The node name if it has a dot, else the first dotted name on its line of the hosts file, else the node name. Asks no name server: a
// start never waits for one.
std::string full_host_name();

// The part that tests see. `hosts`: content of a hosts file.
std::string full_name_of(std::string_view node, std::string_view hosts);

}  // namespace control
