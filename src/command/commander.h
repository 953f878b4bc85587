#pragma once
// What comes of each command. Lives on the control thread.
#include <string_view>

#include "admin/pages.h"
#include "command/request.h"
#include "command/server.h"
#include "config/config.h"
#include "control/control_thread.h"

namespace command {

class Commander {
 public:
  struct Relay {
    control::ControlThread& control;
    control::Log& log;
    const admin::Pages& pages;
    const config::Config& config;
  };
  explicit Commander(Relay relay) : relay_(relay) {}

  // For Server::listen().
  void answer(const Asker& asker, std::string_view line, const Server::Reply& reply);

 private:
  void with_figures(const Server::Reply& reply, nlohmann::json (Commander::*make)(const admin::Figures&) const);
  nlohmann::json info(const admin::Figures& figures) const;
  nlohmann::json limits(const admin::Figures& figures) const;
  nlohmann::json rules(const admin::Figures& figures) const;
  nlohmann::json certificates(const admin::Figures& figures) const;

  Relay relay_;
};

}  // namespace command
