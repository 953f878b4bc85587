#pragma once
// Which path shows what. Lives on the control thread.
#include <memory>
#include <string>

#include "admin/figures.h"
#include "admin/http_server.h"
#include "control/control_thread.h"

namespace admin {

class Pages {
 public:
  struct Relay {
    control::ControlThread& control;
    const control::Log& log;
    const control::TlsKeeper& tls;
    const config::Config& config;
    std::string version;
    std::string kernel;  // its features in use
  };
  explicit Pages(Relay relay) : relay_(std::move(relay)) {}

  // For HttpServer::listen().
  void answer(std::string_view path, HttpServer::Reply reply);
  // As the cores have told last: ControlThread::with_counters() asks them.
  Figures figures() const;

 private:
  HttpAnswer page(std::string_view path) const;

  Relay relay_;
};

}  // namespace admin
