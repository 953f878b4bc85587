#pragma once
// The rules behind the configured ones: what RFC 4976 says of a frame that no rule decided. Written in the rule language.
#include "config/document.h"

namespace rules {

// Tables as [[rule]] has them, in order; the last one holds for everything.
config::Array builtin_rules();

}  // namespace rules
