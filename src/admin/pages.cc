#include "admin/pages.h"

#include <algorithm>
#include <utility>

#include "admin/metrics.h"
#include "admin/process.h"
#include "admin/status.h"
#include "admin/status_page.h"

namespace admin {
namespace {

constexpr const char* json_type = "application/json";
constexpr const char* not_found = "there are: / (the status page), /metrics (Prometheus), /healthz, /readyz, /info and /status.json\n";

}  // namespace

void Pages::answer(std::string_view path, HttpServer::Reply reply) {
  if (path == "/") return reply({200, "text/html; charset=utf-8", std::string(status_page())});
  const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz" || path == "/info" || path == "/status.json";
  if (!known) return reply({404, HttpAnswer().type, not_found});
  const bool asked = relay_.control.with_counters([this, path = std::string(path), reply] { reply(page(path)); });
  if (!asked) reply({503, HttpAnswer().type, "too many wait already\n"});
}

// When all cores have told their counters, or have failed to.
HttpAnswer Pages::page(std::string_view path) const {
  const Figures now = figures();
  const auto stalled = std::find_if(now.cores.begin(), now.cores.end(), [](const Figures::Core& core) { return !core.answers; });
  const std::string which = stalled == now.cores.end() ? "" : "core " + std::to_string(stalled - now.cores.begin()) + " does not answer\n";
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(now)};
  if (path == "/info") return {200, json_type, info_json(now)};
  if (path == "/status.json") return {200, json_type, status_json(now)};
  if (!which.empty()) return {503, HttpAnswer().type, which};
  if (path == "/readyz" && !now.ready)
    return {503, HttpAnswer().type,
            now.draining ? "it takes no new clients: it is being drained\n" : "it takes no new clients: it is stopping\n"};
  return {200, HttpAnswer().type, "ok\n"};
}

Figures Pages::figures() const {
  Figures figures;
  figures.version = relay_.version;
  figures.name = relay_.config.name;
  figures.kernel = relay_.kernel;
  figures.draining = relay_.control.draining();
  figures.ready = !relay_.control.stopping() && !figures.draining;
  figures.now = std::chrono::system_clock::now();
  std::vector<std::string> names;
  for (const config::Listen& listen : relay_.config.listens) names.push_back(listen.name);
  take_counters(figures, relay_.control.counters(), names);
  for (std::size_t core = 0; core < figures.cores.size(); ++core) figures.cores[core].answers = relay_.control.told(core);
  take_rules(figures, relay_.control.rules());
  for (const control::TlsRead::Expiry& expiry : relay_.tls.expiries()) figures.certificates.push_back({expiry.file, expiry.not_after});
  figures.faults.assign(relay_.log.faults().begin(), relay_.log.faults().end());
  if (const control::Accounting* accounting = relay_.control.accounting()) {
    figures.accounting = {accounting->records(), accounting->missing(), accounting->waiting(), accounting->failing()};
  }
  figures.process = read_process();
  return figures;
}

}  // namespace admin
