#pragma once
// TLS in the simulator. Keys and certificate are fixed and RSA, so that every record of a handshake has the same size each time: what the
// network makes of it follows from the seed alone, although wolfSSL draws its own chance.
#include <memory>

#include "transport/core_tls.h"

namespace sim {

// For one core of a relay whose first listener speaks TLS.
transport::CoreTls core_tls();
// For all clients; it trusts the relay's certificate.
const transport::TlsClient& client_tls();

}  // namespace sim
