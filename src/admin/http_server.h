#pragma once
// HTTP for those who only look: GET and HEAD, on a loopback address or a UNIX socket, driven by the control thread's loop. libevent's
// evhttp stays behind this face. Nothing can be changed through it.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "control/event_loop.h"

struct evhttp_request;

namespace admin {

struct HttpAnswer {
  int code = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  using Reply = std::function<void(HttpAnswer)>;
  // Answers by calling `reply` once, now or later, on the loop's thread; the asker may have gone by then.
  using Handler = std::function<void(std::string_view path, Reply reply)>;
  static constexpr std::size_t requests_max = 32;  // that wait for their answer; more: 503

  // The error says what the operator can do.
  static base::Result<std::unique_ptr<HttpServer>, std::string> listen(control::EventLoop& loop, const config::HttpListen& where,
                                                                       Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it can be reached: "http://127.0.0.1:9255/", "unix:/run/msrp-relay/http.sock".
  const std::string& address() const { return address_; }

 private:
  struct Native;
  struct Pending;
  HttpServer(Handler handler, std::string address);
  void take(evhttp_request* request);

  Handler handler_;
  std::string address_;
  std::string socket_file_;  // removed at the end
  std::size_t waiting_ = 0;
  std::unique_ptr<Native> native_;
};

}  // namespace admin
