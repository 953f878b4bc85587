#pragma once
// What the relay is doing, as the results of commands: made of admin::Figures. Pure.
#include <nlohmann/json.hpp>
#include <string>

#include "admin/figures.h"
#include "config/config.h"

namespace command {

nlohmann::json info_of(const admin::Figures& figures);
// Every key of [limits]: its value, what is used of it now and how often it was reached; null where that is not counted.
nlohmann::json limits_of(const admin::Figures& figures, const config::Config& config);
nlohmann::json rules_of(const admin::Figures& figures);
nlohmann::json certificates_of(const admin::Figures& figures);

}  // namespace command
