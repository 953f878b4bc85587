#pragma once
// Why a run could not begin, for the operator: what happened and what to do next.
#include <string>

#include "base/address.h"
#include "blaster/auth_exchange.h"

namespace blaster {

std::string explain_connect(const base::Endpoint& to, int error_number);
// The relay closed the link (error_number 0) or it broke before the session was there.
std::string explain_loss(const base::Endpoint& relay, int error_number);
// `fault`: as the engine says it.
std::string explain_tls(const base::Endpoint& relay, std::string_view fault);
std::string explain_auth(const base::Endpoint& relay, const AuthExchange& exchange);

}  // namespace blaster
