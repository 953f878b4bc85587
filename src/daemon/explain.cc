#include "daemon/explain.h"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "msrp/head.h"
#include "rules/core_state.h"
#include "rules/edits.h"
#include "rules/explain.h"
#include "sip/frame_view.h"

namespace wiring {
namespace {

// What the frame itself does not say.
struct Given {
  rules::Facts facts;
  std::string user, realm, listener, transport = "tcp";
  std::string tls_version, tls_cipher, tls_peer;
};

bool number_of(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "192.0.2.7", "192.0.2.7:2855", "2001:db8::1", "[2001:db8::1]:2855".
std::optional<base::Endpoint> endpoint_of(std::string_view text) {
  if (const auto address = base::IpAddress::parse(text)) return base::Endpoint{*address, 0};
  const std::size_t colon = text.rfind(':');
  std::uint64_t port = 0;
  if (colon == std::string_view::npos || !number_of(text.substr(colon + 1), port) || port > 65535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = base::IpAddress::parse(host);
  if (!address) return std::nullopt;
  return base::Endpoint{*address, static_cast<std::uint16_t>(port)};
}

bool choose(const std::string& value, const char* one, const char* other, int& chosen) {
  chosen = value == one ? 1 : value == other ? 2 : 0;
  return chosen != 0 || value == "none";
}

// Empty: taken. Else what is wrong.
std::string take_fact(Given& given, const std::string& name, const std::string& value) {
  int chosen = 0;
  std::uint64_t number = 0;
  if (name == "source" || name == "local") {
    const auto endpoint = endpoint_of(value);
    if (!endpoint) return "is an address, or address:port";
    (name == "source" ? given.facts.source : given.facts.local) = *endpoint;
  } else if (name == "user") {
    given.user = value;
  } else if (name == "realm") {
    given.realm = value;
  } else if (name == "listener") {
    given.listener = value;
  } else if (name == "transport") {
    if (value != "tcp" && value != "tls" && value != "ws" && value != "wss") return "is tcp, tls, ws or wss";
    given.transport = value;
  } else if (name == "tls.version") {
    if (value != "TLSv1.2" && value != "TLSv1.3") return "is TLSv1.2 or TLSv1.3";
    given.tls_version = value;
  } else if (name == "tls.cipher") {
    given.tls_cipher = value;
  } else if (name == "tls.peer") {
    given.tls_peer = value;
  } else if (name == "session") {
    if (!choose(value, "known", "unknown", chosen)) return "is known, unknown or none";
    given.facts.session = static_cast<rules::SessionFact>(chosen);
  } else if (name == "direction") {
    if (!choose(value, "from-client", "to-client", chosen)) return "is from-client, to-client or none";
    given.facts.direction = static_cast<rules::Direction>(chosen);
  } else if (name == "size" || name == "hop" || name == "connection") {
    if (!number_of(value, number) || (name == "hop" && (number == 0 || number > 32))) return "is a number";
    if (name == "size") given.facts.size = number;
    if (name == "hop") given.facts.hop = static_cast<std::uint32_t>(number);
    if (name == "connection") given.facts.connection = number;
  } else {
    static constexpr const char* names[] = {"source",     "local",    "user",    "realm",     "listener", "transport", "tls.version",
                                            "tls.cipher", "tls.peer", "session", "direction", "size",     "hop",       "connection"};
    const std::string_view nearest = config::nearest_name(name, {std::begin(names), std::end(names)});
    if (rules::find_variable(name) != nullptr) return "is read from the frame itself";
    return "is no fact" + (nearest.empty() ? std::string("; there are source, local, user, realm, listener, transport, tls.version, "
                                                         "tls.cipher, tls.peer, session, direction, size, hop")
                                           : "; did you mean " + std::string(nearest) + "?");
  }
  return {};
}

struct Frame {
  std::string_view octets;
  std::string_view body;
  std::unique_ptr<msrp::Head> head;
  msrp::ContinuationFlag flag = msrp::ContinuationFlag::end;
};

// The first frame of `rest`, which it takes off. Empty: it is none, and `fault` says why.
std::optional<Frame> next_frame(std::string_view& rest, const msrp::HeadLimits& limits, std::string& fault) {
  const std::size_t line = rest.find("\r\n");
  const std::string_view start = rest.substr(0, line);
  const std::size_t blank = start.find(' ', 5);
  if (line == std::string_view::npos || !start.starts_with("MSRP ") || blank == std::string_view::npos) {
    fault = "no MSRP start line (lines must end in CR LF)";
    return std::nullopt;
  }
  const std::string end = "-------" + std::string(start.substr(5, blank - 5));
  std::size_t at = line;
  for (;; ++at) {
    at = rest.find("\r\n" + end, at);
    if (at == std::string_view::npos) break;
    const std::string_view behind = rest.substr(at + 2 + end.size());
    if (!behind.empty() && (behind[0] == '$' || behind[0] == '+' || behind[0] == '#') &&
        (behind.substr(1).starts_with("\r\n") || behind.size() == 1))
      break;
  }
  if (at == std::string_view::npos) {
    fault = "its end-line is missing";
    return std::nullopt;
  }
  Frame frame;
  const std::size_t empty = rest.substr(0, at + 2).find("\r\n\r\n");
  const bool has_body = empty != std::string_view::npos;
  const std::size_t head = has_body ? empty + 2 : at + 2;
  frame.body = has_body && at > head + 2 ? rest.substr(head + 2, at - head - 2) : std::string_view();
  frame.flag = static_cast<msrp::ContinuationFlag>(rest[at + 2 + end.size()]);
  frame.octets = rest.substr(0, std::min(rest.size(), at + 2 + end.size() + 3));
  frame.head = std::make_unique<msrp::Head>();
  const auto parsed = msrp::parse_head(rest.substr(0, head), has_body, limits, *frame.head, nullptr);
  if (!parsed) {
    fault = msrp::describe(parsed.error());
    return std::nullopt;
  }
  rest.remove_prefix(frame.octets.size());
  return frame;
}

nlohmann::json to_json(const std::vector<rules::Trial>& trials) {
  nlohmann::json list = nlohmann::json::array();
  for (const rules::Trial& trial : trials)
    list.push_back({{"rule", trial.rule}, {"action", trial.action}, {"holds", trial.holds}, {"because", trial.because}});
  return list;
}

void print(const std::vector<rules::Trial>& trials) {
  for (const rules::Trial& trial : trials) {
    std::printf("  %s %s\n", trial.holds ? "+" : "-", trial.rule.c_str());
    for (const std::string& reason : trial.because) std::printf("      %s\n", reason.c_str());
  }
}

std::string_view name_of(rules::LinkChoice link) {
  switch (link) {
    case rules::LinkChoice::reuse: return "reuse";
    case rules::LinkChoice::existing: return "existing";
    case rules::LinkChoice::fresh: return "new";
  }
  return {};
}

// Where a request goes that is relayed, and how: {"next_hop", "msrp://..."}, {"link", "existing"} ... A response goes back as it came.
std::vector<std::pair<std::string, std::string>> way_of(const rules::Verdict& verdict, const rules::Facts& facts) {
  std::vector<std::pair<std::string, std::string>> way;
  if (verdict.action != rules::Action::relay || facts.head->is_response) return way;
  const msrp::Path& path = facts.head->to_path;
  if (facts.hop >= path.count && (verdict.options == nullptr || verdict.options->to_path.empty())) {
    way.emplace_back("next_hop", "none: the path ends here, which is answered 481");
    return way;
  }
  if (!verdict.next_hop.empty()) {
    way.emplace_back("next_hop", verdict.next_hop);
  } else {
    way.emplace_back("next_hop", facts.hop < path.count ? path.uris[facts.hop].octets() : std::string_view(verdict.options->to_path));
  }
  way.emplace_back("link", name_of(verdict.link));
  if (verdict.options == nullptr) return way;
  if (verdict.options->local) way.emplace_back("local", verdict.options->local->to_string());
  if (verdict.options->close_after_response) way.emplace_back("close", "after-response");
  if (verdict.options->without_session) way.emplace_back("without_session", "true");
  if (!verdict.options->to_path.empty()) way.emplace_back("to_path", verdict.options->to_path);
  if (!verdict.options->from_path.empty()) way.emplace_back("from_path", verdict.options->from_path);
  return way;
}

class Explainer {
 public:
  Explainer(const Load& load, const ExplainOptions& options, Given& given)
      : load_(load), options_(options), given_(given), state_(load.rules->make_state(0)) {}

  void frame(const Frame& frame, int number) {
    if (options_.sip) {
      const std::string view = sip::frame_as_sip(frame.head->octets);
      std::fwrite(view.data(), 1, view.size(), stdout);
      return;
    }
    rules::Facts facts = given_.facts;
    facts.head = frame.head.get();
    facts.user = given_.user;
    facts.realm = given_.realm;
    facts.listener = given_.listener;
    facts.transport = given_.transport;
    facts.tls_version = given_.tls_version;
    facts.tls_cipher = given_.tls_cipher;
    facts.tls_peer = given_.tls_peer;
    if (frame.head->byte_range && frame.head->byte_range->total) facts.size = std::max(facts.size, *frame.head->byte_range->total);
    const std::size_t most = load_.config().limits.body_prefix;
    facts.body = frame.body.substr(0, most);
    facts.buffer =
        frame.octets.substr(0, frame.octets.find("\r\n\r\n") == std::string_view::npos ? frame.head->octets.size()
                                                                                       : frame.head->octets.size() + 2 + facts.body.size());
    if (frame.body.size() <= most) facts.continuation = frame.flag;
    const std::vector<rules::Trial> trials = load_.rules->explain(facts, *state_);
    const rules::Verdict verdict = load_.rules->decide(facts, *state_);
    const std::string first(frame.head->octets.substr(0, frame.head->octets.find("\r\n")));
    const std::string outcome = verdict.action == rules::Action::reply
                                    ? "reply " + std::to_string(verdict.code) + " " + std::string(verdict.reason)
                                    : std::string(load_.rules->action(verdict.rule));
    // A rate may decide otherwise than what was explained: its bucket is full here.
    const auto way = way_of(verdict, facts);
    const std::vector<std::string> edits =
        verdict.action == rules::Action::relay ? rules::describe(state_->edits()) : std::vector<std::string>();
    if (options_.json) {
      nlohmann::json goes = nlohmann::json::object();
      for (const auto& [name, value] : way) goes[name] = value;
      list_.push_back({{"frame", number},
                       {"first_line", first},
                       {"octets", frame.octets.size()},
                       {"tried", to_json(trials)},
                       {"rule", load_.rules->name(verdict.rule)},
                       {"verdict", outcome},
                       {"way", goes},
                       {"edits", edits}});
      return;
    }
    std::printf("%sframe %d: %s (%zu octets)\n", number > 1 ? "\n" : "", number, first.c_str(), frame.octets.size());
    print(trials);
    for (std::size_t at = 0; at < state_->log_count(); ++at)
      std::printf("  logs: %.*s\n", static_cast<int>(state_->log(at).view().size()), state_->log(at).view().data());
    for (const std::string& edit : edits) std::printf("  header: %s\n", edit.c_str());
    for (const auto& [name, value] : way) std::printf("  %s: %s\n", name.c_str(), value.c_str());
    std::printf("  => %s, by \"%s\"\n", outcome.c_str(), std::string(load_.rules->name(verdict.rule)).c_str());
  }
  void end() {
    if (options_.json) std::printf("%s\n", list_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }

 private:
  const Load& load_;
  const ExplainOptions& options_;
  Given& given_;
  std::unique_ptr<rules::CoreState> state_;
  nlohmann::json list_ = nlohmann::json::array();
};

std::optional<std::string> content_of(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

int explain(const Load& load, const ExplainOptions& options) {
  Given given;
  given.facts.session = rules::SessionFact::known;
  given.facts.direction = rules::Direction::from_client;
  if (!load.config().listens.empty()) {
    given.listener = load.config().listens.front().name;
    given.realm = load.config().realm;
    given.facts.local = load.config().listens.front().endpoint;
  }
  for (const std::string& fact : options.facts) {
    const std::size_t equals = fact.find('=');
    const std::string name = fact.substr(0, equals);
    const std::string wrong = equals == std::string::npos ? "wants NAME=VALUE" : take_fact(given, name, fact.substr(equals + 1));
    if (wrong.empty()) continue;
    std::fprintf(stderr, "msrp-relay: --fact %s: %s %s\n", fact.c_str(), name.c_str(), wrong.c_str());
    return 2;
  }
  const auto content = content_of(options.file);
  if (!content) {
    std::fprintf(stderr, "msrp-relay: %s cannot be read\n", options.file.c_str());
    return 1;
  }
  const config::Limits& limits = load.config().limits;
  Explainer explainer(load, options, given);
  std::string_view rest = *content;
  for (int number = 1; !rest.empty(); ++number) {
    std::string fault;
    const std::size_t at = content->size() - rest.size();
    const auto frame = next_frame(rest, {limits.header_bytes, limits.header_lines, limits.uris_per_path}, fault);
    if (!frame) {
      explainer.end();
      std::fprintf(stderr, "msrp-relay: %s: frame %d, at octet %zu: %s\n", options.file.c_str(), number, at, fault.c_str());
      return 1;
    }
    explainer.frame(*frame, number);
  }
  explainer.end();
  return 0;
}

}  // namespace wiring
