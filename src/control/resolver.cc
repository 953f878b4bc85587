#include "control/resolver.h"

#include <ares.h>
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

// One name that was asked for, owned by c-ares until on_answer(). It may outlive its answer: c-ares can come later than the timeout.
struct Resolver::Question {
  Resolver* resolver = nullptr;
  std::string name;
  bool answered = false;
  std::vector<Answer> answers;
  Watch timeout;
};

// What c-ares calls.
struct AresCalls {
  static void on_answer(void* argument, int status, int, ares_addrinfo* result) {
    const std::unique_ptr<Resolver::Question> question(static_cast<Resolver::Question*>(argument));
    Resolver::Addresses addresses;
    for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr; node != nullptr; node = node->ai_next) {
      const auto address = address_of(node->ai_addr);
      const bool known = address && std::find(addresses.begin(), addresses.end(), *address) != addresses.end();
      if (address && !known && addresses.size() < Resolver::addresses_max) addresses.push_back(*address);
    }
    if (result != nullptr) ares_freeaddrinfo(result);
    --question->resolver->names_open_;
    if (question->answered || question->resolver->ending_) return;
    if (status != ARES_SUCCESS) {
      question->resolver->conclude(question->name, base::fail(error_of(status)));
    } else if (addresses.empty()) {
      question->resolver->conclude(question->name, base::fail(ResolveError::not_found));
    } else {
      question->resolver->conclude(question->name, addresses);
    }
  }
  static void on_socket_state(void* argument, ares_socket_t descriptor, int readable, int writable) {
    static_cast<Resolver*>(argument)->watch_descriptor(descriptor, readable != 0, writable != 0);
  }
};

Resolver::Resolver(EventLoop& loop, Settings settings) : loop_(loop), settings_(std::move(settings)) {
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
  ending_ = true;
  // Ends what is open through on_answer(), which frees the questions.
  if (channel_ != nullptr) ares_destroy(channel_);
  ares_library_cleanup();
}

void Resolver::resolve(std::string_view host, Answer answer) {
  if (const auto address = literal(host)) return answer(Addresses{*address});
  const auto name = host_name(host);
  if (!name) return answer(base::fail(ResolveError::bad_name));
  Addresses known;
  for (const auto& [listed, address] : settings_.hosts) {
    if (known.size() < addresses_max && host_name(listed) == name) known.push_back(address);
  }
  if (!known.empty()) return answer(known);
  if (channel_ == nullptr) return answer(base::fail(ResolveError::failed));
  ask(*name, std::move(answer));
}

void Resolver::ask(const std::string& name, Answer answer) {
  if (waiting_ >= settings_.waiting_max) return answer(base::fail(ResolveError::too_many));
  const auto found = questions_.find(name);
  if (found != questions_.end()) {
    ++waiting_;
    found->second->answers.push_back(std::move(answer));
    return;
  }
  if (names_open_ >= settings_.names_max) return answer(base::fail(ResolveError::too_many));
  ++waiting_;
  ++names_open_;
  auto* question = new Question;
  question->resolver = this;
  question->name = name;
  question->answers.push_back(std::move(answer));
  question->timeout = Watch::once(loop_, settings_.timeout,
                                  [this, name = name]() mutable { conclude(std::string(name), base::fail(ResolveError::timed_out)); });
  questions_.emplace(name, question);
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  // May answer before it returns, and free the question.
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, AresCalls::on_answer, question);
  rearm_timer();
}

void Resolver::conclude(const std::string& name, const base::Result<Addresses, ResolveError>& result) {
  const auto found = questions_.find(name);
  if (found == questions_.end()) return;
  Question* question = found->second;
  questions_.erase(found);
  const std::vector<Answer> answers = std::move(question->answers);
  question->answered = true;
  question->timeout = Watch();
  waiting_ -= answers.size();
  for (const Answer& answer : answers) answer(result);
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
