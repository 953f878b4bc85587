#include "control/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/check.h"

namespace control {
namespace {

constexpr std::size_t name_bytes_max = 253;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The name in lower case without a dot at its end; nullopt when it is no host name (letters, digits, hyphens, underscores in labels of 1 to
// 63).
std::optional<std::string> host_name(std::string_view text) {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.empty() || text.size() > name_bytes_max) return std::nullopt;
  std::string name;
  std::size_t label = 0;
  for (const char c : text) {
    const char octet = lower(c);
    const bool letter = (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
    if (octet == '.' ? label == 0 : !letter || ++label > 63) return std::nullopt;
    if (octet == '.') label = 0;
    name += octet;
  }
  return label == 0 ? std::nullopt : std::optional(name);
}

std::optional<base::IpAddress> literal(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const auto address = base::IpAddress::parse(host.substr(1, host.size() - 2));
    // An IPv4 address does not stand in brackets; a mapped one does.
    return host.find(':') == std::string_view::npos ? std::nullopt : address;
  }
  return base::IpAddress::parse(host);
}

std::optional<base::IpAddress> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> octets{};
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return base::IpAddress::from_octets4(octets);
  }
  if (address->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> octets{};
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return base::IpAddress::from_octets16(octets);
  }
  return std::nullopt;
}

ResolveError error_of(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA: return ResolveError::not_found;
    case ARES_ETIMEOUT: return ResolveError::timed_out;
    case ARES_EBADNAME: return ResolveError::bad_name;
    default: return ResolveError::failed;
  }
}

}  // namespace

const char* describe(ResolveError error) {
  switch (error) {
    case ResolveError::bad_name: return "no host name";
    case ResolveError::not_found: return "the name has no address";
    case ResolveError::timed_out: return "no answer in time";
    case ResolveError::failed: return "no name server answered usefully";
    case ResolveError::too_many: return "too many names asked for at once";
  }
  return "";
}

// What c-ares calls. Each question ends in one of them, exactly once.
struct AresCalls {
  using AddressBook = QuestionBook<Resolver::Addresses>;
  using ServiceBook = QuestionBook<Resolver::Services>;

  static void on_addresses(void* argument, int status, int, ares_addrinfo* result) {
    auto* const question = static_cast<AddressBook::Question*>(argument);
    Resolver::Addresses addresses;
    int ttl = 0;
    for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr; node != nullptr; node = node->ai_next) {
      const auto address = address_of(node->ai_addr);
      const bool known = address && std::find(addresses.begin(), addresses.end(), *address) != addresses.end();
      if (!address || known || addresses.size() == Resolver::addresses_max) continue;
      ttl = addresses.empty() ? node->ai_ttl : std::min(ttl, node->ai_ttl);
      addresses.push_back(*address);
    }
    if (result != nullptr) ares_freeaddrinfo(result);
    const bool good = status == ARES_SUCCESS && !addresses.empty();
    const ResolveError error = status == ARES_SUCCESS ? ResolveError::not_found : error_of(status);
    question->book->finish(question, good ? AddressBook::Result(addresses) : base::fail(error), std::chrono::seconds(ttl));
  }
  static void on_services(void* argument, int status, int, unsigned char* message, int size) {
    auto* const question = static_cast<ServiceBook::Question*>(argument);
    if (status != ARES_SUCCESS) return question->book->finish(question, base::fail(error_of(status)), {});
    ServiceAnswer answer = read_service_records({message, static_cast<std::size_t>(size)});
    const std::chrono::seconds ttl(answer.ttl_s);
    const bool good = !answer.records.empty();
    question->book->finish(question, good ? ServiceBook::Result(std::move(answer.records)) : base::fail(ResolveError::not_found), ttl);
  }
  static void on_socket_state(void* argument, ares_socket_t descriptor, int readable, int writable) {
    static_cast<Resolver*>(argument)->watch_descriptor(descriptor, readable != 0, writable != 0);
  }
};

Resolver::Resolver(EventLoop& loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      budget_{.timeout = settings_.timeout, .names_max = settings_.names_max, .waiting_max = settings_.waiting_max},
      addresses_(loop, budget_),
      services_(loop, budget_) {
  ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = 1500;
  options.tries = 2;
  options.sock_state_cb = AresCalls::on_socket_state;
  options.sock_state_cb_data = this;
  const int wanted = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  if (ares_init_options(&channel_, &options, wanted) != ARES_SUCCESS) {
    channel_ = nullptr;  // every name is answered `failed`; literals and the hosts table go on working
    return;
  }
  std::string servers;
  for (const base::Endpoint& server : settings_.servers) servers += (servers.empty() ? "" : ",") + server.to_string();
  if (!servers.empty() && ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS) {
    ares_destroy(channel_);
    channel_ = nullptr;
  }
}

Resolver::~Resolver() {
  budget_.ending = true;
  // Ends what is open through AresCalls, which free the questions.
  if (channel_ != nullptr) ares_destroy(channel_);
  ares_library_cleanup();
}

Resolver::Addresses Resolver::listed(const std::string& name) const {
  Addresses known;
  for (const auto& [listed, address] : settings_.hosts) {
    if (known.size() < addresses_max && host_name(listed) == name) known.push_back(address);
  }
  return known;
}

void Resolver::resolve(std::string_view host, Answer answer) {
  if (const auto address = literal(host)) return answer(Addresses{*address});
  const auto name = host_name(host);
  if (!name) return answer(base::fail(ResolveError::bad_name));
  if (const Addresses known = listed(*name); !known.empty()) return answer(known);
  if (channel_ == nullptr) return answer(base::fail(ResolveError::failed));
  auto* const question = addresses_.ask(*name, std::move(answer));
  if (question == nullptr) return;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  // May answer before it returns, and free the question.
  ares_getaddrinfo(channel_, name->c_str(), nullptr, &hints, AresCalls::on_addresses, question);
  rearm_timer();
}

void Resolver::resolve_service(std::string_view service, std::string_view host, std::uint16_t port, EndpointsAnswer answer) {
  const auto name = host_name(host);
  const bool has_services = !literal(host) && name && listed(*name).empty() && channel_ != nullptr;
  const auto by_host = [this, host = std::string(host), port, answer] {
    resolve(host, [port, answer](const base::Result<Addresses, ResolveError>& result) {
      if (!result) return answer(base::fail(result.error()));
      Endpoints endpoints;
      for (const base::IpAddress& address : *result) endpoints.push_back({address, port});
      answer(endpoints);
    });
  };
  if (!has_services) return by_host();
  const std::string asked = std::string(service) + "." + *name;
  auto* const question = services_.ask(asked, [this, by_host, answer](const base::Result<Services, ResolveError>& result) {
    if (result) return gather(*result, answer);
    if (result.error() == ResolveError::not_found) return by_host();
    answer(base::fail(result.error()));
  });
  if (question == nullptr) return;
  ares_query(channel_, asked.c_str(), ns_c_in, ns_t_srv, AresCalls::on_services, question);
  rearm_timer();
}

// The targets of some records, asked for all at once.
struct Resolver::Gathering {
  Services records;
  std::vector<Addresses> addresses;  // [record]
  std::size_t open = 0;
  ResolveError error = ResolveError::not_found;  // of the last target without addresses
  EndpointsAnswer answer;

  void tell() const {
    Endpoints endpoints;
    for (std::size_t at = 0; at < records.size(); ++at) {
      for (const base::IpAddress& address : addresses[at]) {
        const base::Endpoint endpoint{address, records[at].port};
        const bool known = std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
        if (!known && endpoints.size() < addresses_max) endpoints.push_back(endpoint);
      }
    }
    if (endpoints.empty()) return answer(base::fail(error));
    answer(endpoints);
  }
};

void Resolver::gather(Services records, EndpointsAnswer answer) {
  std::erase_if(records, [](const ServiceRecord& record) { return record.target == "." || record.port == 0; });
  if (records.empty()) return answer(base::fail(ResolveError::not_found));
  order_service_records(records, settings_.below ? settings_.below : [](std::uint32_t) { return 0U; });
  const auto gathering = std::make_shared<Gathering>();
  gathering->records = std::move(records);
  gathering->answer = std::move(answer);
  gathering->open = gathering->records.size();
  gathering->addresses.resize(gathering->open);
  for (std::size_t at = 0; at < gathering->records.size(); ++at) {
    resolve(gathering->records[at].target, [gathering, at](const base::Result<Addresses, ResolveError>& result) {
      if (result) {
        gathering->addresses[at] = *result;
      } else {
        gathering->error = result.error();
      }
      if (--gathering->open == 0) gathering->tell();
    });
  }
}

void Resolver::watch_descriptor(int descriptor, bool readable, bool writable) {
  descriptors_.erase(descriptor);
  if (!readable && !writable) return;
  const auto what = readable && writable ? Watch::What::both : readable ? Watch::What::readable : Watch::What::writable;
  descriptors_[descriptor] = Watch::on_descriptor(loop_, descriptor, what, [this, descriptor, readable, writable] {
    ares_process_fd(channel_, readable ? descriptor : ARES_SOCKET_BAD, writable ? descriptor : ARES_SOCKET_BAD);
    rearm_timer();
  });
}

void Resolver::rearm_timer() {
  timeval next{};
  if (ares_timeout(channel_, nullptr, &next) == nullptr) {
    timer_ = Watch();
    return;
  }
  timer_ = Watch::once(loop_, std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec), [this] {
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    rearm_timer();
  });
}

}  // namespace control
