#pragma once
// The figures as Prometheus reads them (text format 0.0.4). Pure.
//
// Names are an interface: one that goes away is told in the change log two releases before.
#include <string>

#include "admin/figures.h"

namespace admin {

// Listeners and rules beyond so many are in the sums only, so that a scrape stays small whatever the configuration: at most 400 series
// with the default ones.
constexpr std::size_t labelled_listeners_max = 16;
constexpr std::size_t labelled_rules_max = 64;

std::string metrics_text(const Figures& figures);

}  // namespace admin
