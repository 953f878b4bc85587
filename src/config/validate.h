#pragma once
// From a document to a Config: every key read and checked, then what keys must be to each other.
#include "config/config.h"
#include "config/report.h"

namespace config {

// Reads all keys of `document` into loaded.config and notes where they stand.
void read_document(const Value& document, Loaded& loaded, Report& report);
// Fills in the defaults that depend on other keys or on the host, then checks what no key can be asked alone.
void complete(Loaded& loaded, const Host& host, Report& report);

}  // namespace config
