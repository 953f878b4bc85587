#pragma once
// What comes of each command. Lives on the control thread. commander.cc: what is asked; changes.cc: what is changed.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "admin/pages.h"
#include "command/bans.h"
#include "command/listing.h"
#include "command/request.h"
#include "command/server.h"
#include "config/config.h"
#include "control/control_thread.h"

namespace command {

class Commander {
 public:
  struct Relay {
    control::EventLoop& loop;
    control::ControlThread& control;
    control::Log& log;
    const admin::Pages& pages;
    const config::Config& config;
    std::function<void()> reload;  // as SIGHUP does
  };
  explicit Commander(Relay relay) : relay_(std::move(relay)) {}

  // For Server::listen().
  void answer(const Asker& asker, std::string_view line, const Server::Reply& reply);

 private:
  using Clock = std::chrono::steady_clock;
  using Figures = admin::Figures;

  void run(const Request& request, const Server::Reply& reply);
  void with_figures(const Server::Reply& reply, std::function<nlohmann::json(const Figures&)> make);
  nlohmann::json info(const Figures& figures) const;
  void list(relay::Listed what, const Request& request, const Server::Reply& reply);
  base::Result<Listing::Wish, std::string> wish_of(relay::Listed what, const Request& request) const;
  nlohmann::json bans() const;

  // changes.cc
  void audit(const Asker& asker, const Request& request, std::string_view outcome);
  void kick(const Request& request, const Server::Reply& reply);
  void drain(const Request& request, const Server::Reply& reply);
  void undrain(const Server::Reply& reply);
  void reload(const Server::Reply& reply);
  void log(const Request& request, const Server::Reply& reply);
  void ban(const Request& request, const Server::Reply& reply);
  void unban(const Request& request, const Server::Reply& reply);
  void expire_bans();

  Relay relay_;
  struct Draining {
    Clock::time_point since;
    Clock::time_point deadline;
    std::uint64_t links = 0;  // when it began
  };
  std::optional<Draining> draining_;
  Bans bans_;
  control::Watch every_second_;  // while there are bans
};

}  // namespace command
