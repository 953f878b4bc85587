#include "daemon/wiring.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "admin/pages.h"
#include "auth/hash.h"
#include "command/commander.h"
#include "control/control_thread.h"
#include "daemon/cores.h"
#include "daemon/cpus.h"
#include "daemon/instance_lock.h"
#include "daemon/privileges.h"
#include "daemon/service.h"
#include "daemon/signals.h"
#include "daemon/version.h"
#include "ring/kernel_check.h"
#include "ring/kernel_entropy.h"

namespace wiring {
namespace {

using control::Log;
using control::LogLevel;
using control::LogLine;

// By then every core has read the order to stop, and a listener that fails is no news to it.
constexpr base::Duration accept_cancelled = std::chrono::milliseconds(100);
constexpr int listen_backlog = 65535;  // the kernel cuts it to net.core.somaxconn

int cannot_start(Log& log, const std::string& reason) {
  log.write(LogLine(LogLevel::error, "daemon", "cannot start").with("reason", reason));
  log.flush();
  return 1;
}

std::vector<base::Endpoint> endpoints_of(const config::Config& config) {
  std::vector<base::Endpoint> endpoints;
  endpoints.reserve(config.listens.size());
  for (const config::Listen& listen : config.listens) endpoints.push_back(listen.endpoint);
  return endpoints;
}

auth::NonceKeys fresh_nonce_keys() {
  ring::KernelEntropy entropy;
  auth::NonceKeys keys;
  for (auto& key : keys.keys) entropy.fill(key);
  return keys;
}

const char* scheme_of(config::Transport transport) {
  switch (transport) {
    case config::Transport::tcp: return "msrp";
    case config::Transport::tls: return "msrps";
    case config::Transport::ws: return "ws";
    case config::Transport::wss: return "wss";
  }
  return "";
}

// The descriptors of the listeners; they end with the cores.
struct Listeners {
  std::vector<ring::Listening> all;
  Listeners() = default;
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  ~Listeners() {
    for (const ring::Listening& listening : all) {
      for (const ring::Socket socket : listening.sockets) close(socket.descriptor);
    }
  }
  // From here on new clients are refused at once instead of waiting for an accept that never comes.
  void refuse() const {
    for (const ring::Listening& listening : all) {
      for (const ring::Socket socket : listening.sockets) shutdown(socket.descriptor, SHUT_RD);
    }
  }
  std::vector<base::Endpoint> endpoints() const {
    std::vector<base::Endpoint> endpoints;
    endpoints.reserve(all.size());
    for (const ring::Listening& listening : all) endpoints.push_back(listening.endpoint);
    return endpoints;
  }
};

void say_where(const config::Config& config, const Listeners& listeners) {
  for (std::size_t i = 0; i < config.listens.size(); ++i) {
    const config::Listen& listen = config.listens[i];
    std::printf("msrp-relay: listening on %s://%s (%s)\n", scheme_of(listen.transport), listeners.all[i].endpoint.to_string().c_str(),
                listen.name.c_str());
  }
}

// Where a program on this host reaches the listener.
base::Endpoint reachable(base::Endpoint endpoint) {
  if (endpoint.address == base::IpAddress()) endpoint.address = *base::IpAddress::parse("127.0.0.1");
  if (endpoint.address == *base::IpAddress::parse("::")) endpoint.address = *base::IpAddress::parse("::1");
  return endpoint;
}

void say_demo(const Demo& demo, const config::Config& config, const Listeners& listeners) {
  for (std::size_t i = 0; i < config.listens.size(); ++i) {
    const config::Listen& listen = config.listens[i];
    if (listen.transport != config::Transport::tcp || !listen.plaintext_auth) continue;
    std::printf("msrp-relay: demo user %s, password %s, realm %s\n", demo.user.c_str(), demo.password.c_str(), listen.realm.c_str());
    std::printf(
        "msrp-relay: send messages through it from a second terminal (Ctrl-C here stops the relay):\n\n  %smsrp-blaster --relay %s --user "
        "%s --password %s\n\n",
        demo.program_folder.c_str(), reachable(listeners.all[i].endpoint).to_string().c_str(), demo.user.c_str(), demo.password.c_str());
    break;
  }
  for (std::size_t i = 0; i < config.listens.size(); ++i) {
    if (config.listens[i].transport != config::Transport::tls || config.ca_file == config::Config::usual_ca_file) continue;
    std::printf("msrp-relay: the same over TLS:\n\n  %smsrp-blaster --relay %s --tls --ca-file %s --user %s --password %s\n\n",
                demo.program_folder.c_str(), reachable(listeners.all[i].endpoint).to_string().c_str(),
                control::beside(config, config.ca_file).c_str(), demo.user.c_str(), demo.password.c_str());
    break;
  }
}

// The demo user must be able to do what is printed.
std::string demo_fault(const Demo& demo, const Load& load) {
  for (const config::Listen& listen : load.config().listens) {
    if (listen.transport != config::Transport::tcp || !listen.plaintext_auth) continue;
    return load.users->find(demo.user, listen.realm) != nullptr ? "" : "--quickstart: no user " + demo.user + " in realm " + listen.realm;
  }
  return "--quickstart: no msrp:// listener has plaintext_auth";
}

}  // namespace

int run(const Load& load, const std::optional<Demo>& demo, Log& log) {
  const config::Config& config = load.config();
  const ServiceManager manager = ServiceManager::from_environment();
  if (demo) {
    if (const std::string fault = demo_fault(*demo, load); !fault.empty()) return cannot_start(log, fault);
  }
  if (const auto problem = ring::kernel_problem()) return cannot_start(log, *problem);
  const auto cpus = plan_cpus(config, usable_cpus());
  if (!cpus) return cannot_start(log, cpus.error());

  auth::prepare_hashes();
  const std::vector<base::Endpoint> wanted = endpoints_of(config);
  const auto lock = InstanceLock::take(wanted);
  if (!lock) return cannot_start(log, lock.error());
  Listeners listeners;
  if (auto listening = ring::listen_on_all_cores(wanted, cpus->size(), listen_backlog)) {
    listeners.all = std::move(*listening);
  } else {
    return cannot_start(log, listening.error().text());
  }
  const std::string process_layers = give_up_process_privileges();

  const ring::KernelTls kernel_tls = config.kernel_tls == config::KernelTls::off ? ring::KernelTls{} : ring::probe_kernel_tls();
  if (config.kernel_tls == config::KernelTls::required && !kernel_tls.any()) {
    return cannot_start(log, "[tls] ktls is \"required\", and this kernel can do none of it: " + kernel_tls.describe());
  }
  relay::Settings settings = relay::make_settings(config, listeners.endpoints(), cpus->size(), load.host.open_files, fresh_nonce_keys());
  settings.kernel_tls = kernel_tls;
  ring::KernelEntropy entropy;
  control::TlsKeeper tls(config, load.tls, entropy, kernel_tls.changes_keys);
  ring::PostOffice post(cpus->size(), {});
  const auto wakeups = ring::Wakeups::create(cpus->size());
  if (!wakeups) return cannot_start(log, "no eventfd: raise the limit of open files");
  control::EventLoop loop;
  // Before the privileges that its port may need are gone; asked nothing before there are pages.
  std::unique_ptr<admin::Pages> pages;
  std::unique_ptr<admin::HttpServer> http;
  if (config.http.wanted()) {
    auto server = admin::HttpServer::listen(
        loop, config.http, [&pages](std::string_view path, admin::HttpServer::Reply reply) { pages->answer(path, std::move(reply)); });
    if (!server) return cannot_start(log, server.error());
    http = std::move(*server);
  }
  std::unique_ptr<command::Commander> commander;
  std::unique_ptr<command::Server> commands;
  if (config.control.wanted()) {
    const auto policy = command::read_policy(config.control);
    if (!policy) return cannot_start(log, policy.error().key + ": " + policy.error().reason);
    auto server = command::Server::listen(loop, config.control.path, *policy,
                                          [&commander](const command::Asker& asker, std::string_view line, command::Server::Reply reply) {
                                            commander->answer(asker, line, reply);
                                          });
    if (!server) return cannot_start(log, server.error());
    commands = std::move(*server);
  }
  Cores cores({settings, post, **wakeups, load.users, load.rules, tls, listeners.all}, *cpus);
  if (const auto faults = cores.make_rings(); !faults.empty()) {
    for (const std::string& fault : faults) cannot_start(log, fault);
    return 1;
  }
  const std::string thread_layers = give_up_capabilities(FilesRead::yes);
  if (const std::string fault = control::Accounting::folder_fault(config); !fault.empty())
    return cannot_start(log, "[accounting] folder: " + fault);

  log.write(LogLine(LogLevel::info, "daemon", "starting")
                .with("version", MSRP_RELAY_VERSION)
                .with("config", config.file)
                .with("cores", cpus->size())
                .with("users", load.users->size())
                .with("open_files", load.host.open_files)
                .with("allocator", allocator()));
  log.write(LogLine(LogLevel::info, "daemon", "kernel").with("features", cores.features()));
  log.write(LogLine(LogLevel::info, "daemon", "TLS")
                .with("library", transport::describe_tls())
                .with("ktls", config.kernel_tls == config::KernelTls::off ? "off" : kernel_tls.describe()));
  tls.log_days_left(log);
  log.write(LogLine(LogLevel::info, "daemon", "layers of protection").with("process", process_layers).with("threads", thread_layers));
  if (runs_as_root()) log.write(LogLine(LogLevel::warning, "daemon", "runs as root, better a user of its own (User= of the unit)"));

  control::ControlThread control(loop, log, post, **wakeups, config, load.host, load.rules, tls);
  pages = std::make_unique<admin::Pages>(admin::Pages::Relay{control, log, tls, config, MSRP_RELAY_VERSION, std::string(cores.features())});
  std::optional<Service> service;
  commander = std::make_unique<command::Commander>(
      command::Commander::Relay{loop, control, log, *pages, config, [&service] { service->reload(); }});
  control::Watch refuse;
  const auto stop = [&] {
    control.stop();
    service->stop();
    refuse = control::Watch::once(loop, accept_cancelled, [&] { listeners.refuse(); });
  };
  const Signals signals(loop, {stop, [&] { service->reload(); }, [&] { control.log_counters(); }});
  cores.go();
  service.emplace(manager, loop, control, log);
  say_where(config, listeners);
  if (http) std::printf("msrp-relay: status and metrics at %s\n", http->address().c_str());
  if (commands) std::printf("msrp-relay: commands at %s\n", commands->path().c_str());
  std::printf("msrp-relay: ready\n");
  if (demo) say_demo(*demo, config, listeners);
  std::fflush(stdout);

  if (!control.run()) {
    // A thread that does not end cannot be joined.
    log.flush();
    _exit(1);
  }
  cores.join();
  log.write(LogLine(LogLevel::info, "daemon", "stopped"));
  return 0;
}

}  // namespace wiring
