#include "admin/http_server.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "control/unix_socket.h"

namespace admin {
namespace {

constexpr int idle_s = 10;  // a connection that asks nothing for so long is closed
constexpr ev_ssize_t headers_bytes_max = 8 * 1024;
constexpr int backlog = 64;

const char* reason_of(int code) {
  switch (code) {
    case 200: return "OK";
    case 404: return "Not Found";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

std::string error_text() { return std::strerror(errno); }

base::Result<int, std::string> listen_on_endpoint(const base::Endpoint& endpoint) {
  sockaddr_storage address{};
  int size = sizeof address;
  const std::string text = endpoint.to_string();
  if (evutil_parse_sockaddr_port(text.c_str(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return base::fail(text);
  const int descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail("no socket: " + error_text());
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) != 0 ||
      ::listen(descriptor, backlog) != 0) {
    const std::string reason = error_text();
    close(descriptor);
    return base::fail(text + ": " + reason);
  }
  return descriptor;
}

}  // namespace

struct HttpServer::Native {
  evhttp* http = nullptr;
  Native() = default;
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;
  ~Native() {
    if (http != nullptr) evhttp_free(http);
  }
};

// A request that waits for its answer. It ends with its connection.
struct HttpServer::Pending {
  HttpServer* server;
  evhttp_request* request;  // nullptr: its connection has gone
};

HttpServer::HttpServer(Handler handler, std::string address)
    : handler_(std::move(handler)), address_(std::move(address)), native_(std::make_unique<Native>()) {}

HttpServer::~HttpServer() {
  native_.reset();
  if (!socket_file_.empty()) unlink(socket_file_.c_str());
}

base::Result<std::unique_ptr<HttpServer>, std::string> HttpServer::listen(control::EventLoop& loop, const config::HttpListen& where,
                                                                          Handler handler) {
  const auto descriptor = where.path.empty() ? listen_on_endpoint(*where.endpoint) : control::listen_on_path(where.path, 0660, backlog);
  if (!descriptor) return base::fail("[http] listen: " + descriptor.error());
  std::string address = where.path.empty() ? "http://" + where.endpoint->to_string() + "/" : "unix:" + where.path;
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(handler), std::move(address)));
  server->socket_file_ = where.path;
  evhttp* const http = server->native_->http = evhttp_new(loop.native());
  if (http == nullptr || evhttp_accept_socket(http, *descriptor) != 0) {
    close(*descriptor);
    return base::fail(std::string("[http] listen: out of memory"));
  }
  evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
  evhttp_set_timeout(http, idle_s);
  evhttp_set_max_headers_size(http, headers_bytes_max);
  evhttp_set_max_body_size(http, 0);
  evhttp_set_gencb(http, [](evhttp_request* request, void* self) { static_cast<HttpServer*>(self)->take(request); }, server.get());
  return server;
}

void HttpServer::take(evhttp_request* request) {
  const evhttp_uri* const uri = evhttp_request_get_evhttp_uri(request);
  const char* const path = uri == nullptr ? nullptr : evhttp_uri_get_path(uri);
  const auto answer = [](evhttp_request* to, const HttpAnswer& what) {
    evkeyvalq* const headers = evhttp_request_get_output_headers(to);
    evhttp_add_header(headers, "Content-Type", what.type.c_str());
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    // The page needs nothing from elsewhere, and no other page may hold it in a frame.
    evhttp_add_header(
        headers, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'");
    evbuffer_add(evhttp_request_get_output_buffer(to), what.body.data(), what.body.size());
    evhttp_send_reply(to, what.code, reason_of(what.code), nullptr);
  };
  if (waiting_ >= requests_max) return answer(request, {503, "text/plain; charset=utf-8", "too many wait already\n"});
  ++waiting_;
  const auto pending = std::make_shared<Pending>(Pending{this, request});
  evhttp_connection* const connection = evhttp_request_get_connection(request);
  evhttp_connection_set_closecb(
      connection, [](evhttp_connection*, void* which) { static_cast<Pending*>(which)->request = nullptr; }, pending.get());
  handler_(path == nullptr ? "/" : path, [pending, answer](const HttpAnswer& what) {
    --pending->server->waiting_;
    if (pending->request == nullptr) return;
    evhttp_connection_set_closecb(evhttp_request_get_connection(pending->request), nullptr, nullptr);
    answer(std::exchange(pending->request, nullptr), what);
  });
}

}  // namespace admin
