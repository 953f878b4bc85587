#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "blaster/options.h"
#include "msrp/uri.h"
#include "ring/socket_address.h"

namespace blaster {
namespace {

constexpr std::uint16_t default_port = 2855;  // RFC 4975 section 15.4

// HOST, HOST:PORT, [IPv6]:PORT.
base::Result<base::Endpoint, std::string> resolve_endpoint(const std::string& text) {
  std::string host = text;
  std::string_view port_text;
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (colon != std::string::npos && (bracketed ? text[colon - 1] == ']' : text.find(':') == colon)) {
    host = text.substr(0, colon);
    port_text = std::string_view(text).substr(colon + 1);
  }
  if (bracketed && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  base::Endpoint endpoint{.address = {}, .port = default_port};
  if (!port_text.empty()) {
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), endpoint.port);
    if (error != std::errc() || end != port_text.data() + port_text.size() || endpoint.port == 0)
      return base::fail(fmt::format("\"{}\": the port is no number from 1 to 65535", text));
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) return base::fail(fmt::format("\"{}\" has no address: {}", host, gai_strerror(failure)));
  sockaddr_storage address{};
  std::memcpy(&address, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  const auto resolved = ring::from_kernel(address);
  if (!resolved) return base::fail(fmt::format("\"{}\" has neither an IPv4 nor an IPv6 address", host));
  endpoint.address = resolved->address;
  return endpoint;
}

// "relay.example.org" or "[::1]:2855" as the authority of a URI: with its port, the host as typed.
std::string authority_of(const std::string& text, const base::Endpoint& endpoint) {
  const bool has_port = text.starts_with('[') ? text.find("]:") != std::string::npos
                                              : text.find(':') == text.rfind(':') && text.find(':') != std::string::npos;
  if (has_port) return text;
  const bool bare_v6 = !text.starts_with('[') && text.find(':') != std::string::npos;
  return fmt::format("{}:{}", bare_v6 ? "[" + text + "]" : text, endpoint.port);
}

base::Result<Party, std::string> resolve_party(const PartyOptions& options) {
  const auto endpoint = resolve_endpoint(options.relay);
  if (!endpoint) return base::fail(endpoint.error());
  Party party{.relay = *endpoint, .tls = {}, .account = {}};
  const std::string made = (options.tls ? "msrps://" : "msrp://") + authority_of(options.relay, *endpoint) + ";tcp";
  const std::string& text = options.relay_uri.empty() ? made : options.relay_uri;
  const auto uri = msrp::parse_uri(text);
  if (!uri)
    return base::fail(fmt::format("--relay-uri \"{}\": {} (as in msrp://relay.example.org:2855;tcp)", text, msrp::describe(uri.error())));
  // A relay behind something that ends TLS is named with msrp: then --tls alone says it.
  if (options.tls || uri->secure) party.tls = ServerName{.host = std::string(uri->host), .address = uri->address};
  if (options.user.empty()) return party;
  party.account = Account{.relay_uri = text, .user = options.user, .password = base::Secret(options.password), .realm = options.realm};
  return party;
}

PartyOptions peer_options(const Options& options) {
  PartyOptions peer = options.peer;
  const auto inherit = [](std::string& own, const std::string& other) {
    if (own.empty()) own = other;
  };
  if (peer.relay.empty()) {
    peer.relay = options.party.relay;
    inherit(peer.relay_uri, options.party.relay_uri);
    peer.tls = options.party.tls;
  }
  if (peer.user.empty()) inherit(peer.realm, options.party.realm);
  inherit(peer.user, options.party.user);
  inherit(peer.password, options.party.password);
  return peer;
}

// Every pair needs two descriptors, every thread some more. Raises the limit to what is allowed.
std::string check_open_files(const Options& options, std::uint32_t pairs) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  // What comes and goes is open for a moment only: for half a second of it there is room.
  const auto passing = static_cast<std::uint64_t>((options.session_churn + options.link_churn) / 2);
  const std::uint64_t others = 32 + 8 * std::uint64_t{options.cores} + options.idle_sessions + passing;
  if (limit.rlim_cur == RLIM_INFINITY || 2 * std::uint64_t{pairs} + others <= limit.rlim_cur) return {};
  const std::uint64_t fitting = limit.rlim_cur > others ? (limit.rlim_cur - others) / 2 : 0;
  return fmt::format("{} pairs need {} open files and the limit is {}: at most {} pairs fit (raise it with ulimit -n or LimitNOFILE=)",
                     pairs, 2 * std::uint64_t{pairs} + others, limit.rlim_cur, fitting);
}

}  // namespace

std::unique_ptr<MappedFile> MappedFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  struct stat status{};
  std::unique_ptr<MappedFile> file(new MappedFile);
  void* memory = MAP_FAILED;
  if (fstat(descriptor, &status) == 0 && status.st_size > 0)
    memory = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  close(descriptor);
  if (memory == MAP_FAILED && status.st_size > 0) {
    errno = error;
    return nullptr;
  }
  if (memory != MAP_FAILED) file->octets_ = {static_cast<const char*>(memory), static_cast<std::size_t>(status.st_size)};
  return file;
}

MappedFile::~MappedFile() {
  if (!octets_.empty()) munmap(const_cast<char*>(octets_.data()), octets_.size());
}

base::Result<Resolved, std::string> resolve(const Options& options) {
  Resolved resolved;
  Scenario& scenario = resolved.scenario;
  PartyOptions sender = options.party;
  if (options.direct || options.no_sender_auth) sender.user.clear();
  auto sending = resolve_party(sender);
  if (!sending) return base::fail(sending.error());
  scenario.sender = *std::move(sending);
  if (options.direct) {
    const auto listen = resolve_endpoint(options.listen);
    if (!listen) return base::fail(listen.error());
    scenario.listen = *listen;
  } else {
    auto receiving = resolve_party(peer_options(options));
    if (!receiving) return base::fail(receiving.error());
    scenario.receiver = *std::move(receiving);
  }
  if (scenario.sender.tls || scenario.receiver.tls) {
    auto tls = transport::read_client_files(options.tls_files);
    if (!tls) return base::fail(tls.error());
    scenario.tls = *std::move(tls);
  }
  for (const std::string& source : options.sources) {
    const auto address = base::IpAddress::parse(source);
    if (!address) return base::fail(fmt::format("--source {}: no IP address", source));
    if (address->is_v4() != scenario.sender.relay.address.is_v4())
      return base::fail(
          fmt::format("--source {}: the relay's address {} is of the other family", source, scenario.sender.relay.address.to_string()));
    scenario.sources.push_back(*address);
  }
  scenario.pairs = options.pairs.value_or(options.file.empty() ? default_pairs : 1);
  const std::string too_many = check_open_files(options, scenario.pairs);
  if (!too_many.empty()) return base::fail(too_many);
  scenario.window = options.window.value_or(options.rate ? default_open_window : default_window);
  scenario.cores = std::min(options.cores, scenario.pairs);
  scenario.patience = options.timeout;
  scenario.watched_processes = options.pids;
  scenario.ramp = options.ramp;
  scenario.slow_readers = options.slow_readers;
  scenario.read_rate = options.read_rate;
  scenario.background = {.idle_sessions = options.idle_sessions,
                         .session_churn = options.session_churn,
                         .link_churn = options.link_churn,
                         .auth_rate = options.auth_rate};
  if (options.rate) resolved.schedule = std::make_unique<Schedule>(*options.rate, options.ramp);
  scenario.sending = {.chunk = options.chunk,
                      .known_range = options.known_range,
                      .reports = options.reports,
                      .schedule = resolved.schedule.get(),
                      .pairs = scenario.pairs};
  scenario.messages = options.messages;
  if (options.file.empty()) {
    scenario.content = Content::mix(options.kinds.empty() ? std::vector{Kind{}} : options.kinds, options.body.value_or(Filling::text));
    if (!options.messages) scenario.duration = options.duration.value_or(std::chrono::seconds(10));
    return resolved;
  }
  resolved.file = MappedFile::open(options.file);
  if (resolved.file == nullptr) return base::fail(fmt::format("{}: {}", options.file, std::strerror(errno)));
  scenario.content = Content::file(resolved.file->octets());
  scenario.messages = scenario.pairs;
  return resolved;
}

}  // namespace blaster
