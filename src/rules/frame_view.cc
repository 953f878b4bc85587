#include "rules/frame_view.h"

#include <charconv>
#include <cstring>
#include <memory>

#include "rules/caseless.h"

namespace rules {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> digits(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "000 408 comment": the code, when the namespace is 000 (RFC 4975 7.1.2).
std::optional<std::uint64_t> status_code(std::string_view value) {
  value = trim(value);
  if (!value.starts_with("000 ")) return std::nullopt;
  value.remove_prefix(4);
  const std::string_view code = value.substr(0, value.find(' '));
  return code.size() == 3 ? digits(code) : std::nullopt;
}

std::uint8_t transport_index(std::string_view name) {
  if (name == "tcp") return 0;
  if (name == "tls") return 1;
  if (name == "ws") return 2;
  if (name == "wss") return 3;
  return FrameView::absent;
}

std::uint8_t index_of(msrp::ContinuationFlag flag) {
  return flag == msrp::ContinuationFlag::end ? 0 : flag == msrp::ContinuationFlag::more ? 1 : 2;
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::size_t slot(Variable uri) {
  return uri == Variable::source_uri ? 0 : 1U + static_cast<std::size_t>(uri) - static_cast<std::size_t>(Variable::current_hop);
}

std::size_t put(char* to, std::string_view text) {
  text.copy(to, text.size());
  return text.size();
}

std::size_t put_endpoint(char* to, const base::Endpoint& endpoint) {
  std::size_t size = 0;
  if (!endpoint.address.is_v4()) to[size++] = '[';
  size += write_address(endpoint.address, to + size);
  if (!endpoint.address.is_v4()) to[size++] = ']';
  to[size++] = ':';
  return static_cast<std::size_t>(std::to_chars(to + size, to + size + 5, endpoint.port).ptr - to);
}

}  // namespace

std::size_t write_address(const base::IpAddress& address, char* to) {
  const auto& octets = address.octets();
  char* at = to;
  if (address.is_v4()) {
    for (std::size_t part = 0; part < 4; ++part) {
      if (part > 0) *at++ = '.';
      at = std::to_chars(at, at + 3, octets[part]).ptr;
    }
    return static_cast<std::size_t>(at - to);
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t group = 0; group < 8; ++group) groups[group] = (unsigned{octets[2 * group]} << 8U) | octets[2 * group + 1];
  // The longest run of at least two zero groups becomes "::", the first one of several.
  std::size_t run = 8;
  std::size_t longest = 1;
  for (std::size_t begin = 0; begin < 8; ++begin) {
    std::size_t end = begin;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - begin > longest) {
      run = begin;
      longest = end - begin;
    }
  }
  for (std::size_t group = 0; group < 8; ++group) {
    if (group == run) {
      *at++ = ':';
      *at++ = ':';
      group += longest - 1;
      continue;
    }
    if (group > 0 && at[-1] != ':') *at++ = ':';
    at = std::to_chars(at, at + 4, groups[group], 16).ptr;
  }
  return static_cast<std::size_t>(at - to);
}

FrameClass class_of(const Facts& facts) {
  if (facts.protocol == Protocol::sip || facts.head == nullptr) return FrameClass::sip;
  if (facts.head->is_response) return FrameClass::response;
  switch (facts.head->method) {
    case msrp::Method::send: return FrameClass::send;
    case msrp::Method::report: return FrameClass::report;
    case msrp::Method::auth: return FrameClass::auth;
    case msrp::Method::other: return FrameClass::other;
  }
  return FrameClass::other;
}

// A SIP request has no MSRP head, whatever the caller left in `facts`. Enumerations are asked by most rules: they are looked up at once.
FrameView::FrameView(const Facts& facts) : facts_(facts), head_(facts.protocol == Protocol::msrp ? facts.head : nullptr) {
  to_ = head_ == nullptr ? nullptr : facts.to_path != nullptr ? facts.to_path : &head_->to_path;
  from_ = head_ == nullptr ? nullptr : facts.from_path != nullptr ? facts.from_path : &head_->from_path;
  const bool request = head_ != nullptr && !head_->is_response;
  const auto set = [&](Variable variable, bool present, auto value) {
    choices_[static_cast<std::size_t>(variable)] = present ? static_cast<std::uint8_t>(value) : absent;
  };
  set(Variable::kind, head_ != nullptr, !request);
  set(Variable::protocol, true, head_ == nullptr);
  set(Variable::session, true, facts.session);
  set(Variable::direction, facts.direction != Direction::none, facts.direction == Direction::to_client);
  set(Variable::transport, true, transport_index(facts.transport));
  set(Variable::failure_report, request, request ? head_->failure_report : msrp::FailureReport::yes);
  set(Variable::success_report, request, request && !head_->success_report);
  set(Variable::continuation, request && facts.continuation.has_value(),
      index_of(facts.continuation.value_or(msrp::ContinuationFlag::end)));
  set(Variable::method, request, request ? head_->method : msrp::Method::other);
}

std::uint8_t FrameView::scheme(Variable variable) {
  const msrp::Uri* found = uri(variable);
  return found == nullptr ? absent : static_cast<std::uint8_t>(found->secure);
}

// Chains of ifs below: each function knows some variables only, and the compiler makes a jump table of them.
std::optional<std::uint64_t> FrameView::number(Variable variable, Part part) {
  if (part == Part::port) {
    const msrp::Uri* found = uri(variable);
    if (found == nullptr || !found->port) return std::nullopt;
    return *found->port;
  }
  if (variable == Variable::hop) return facts_.hop;
  if (variable == Variable::size) return facts_.size;
  if (head_ == nullptr) return std::nullopt;
  if (variable == Variable::nexthops) return to_->count == 0 ? 0U : to_->count - 1U;
  if (variable == Variable::prevhops) return from_->count;
  if (variable == Variable::connection) return facts_.connection;
  if (variable == Variable::body_octets) return head_->is_response ? std::nullopt : std::optional<std::uint64_t>(facts_.body.size());
  if (variable == Variable::buffer_octets) return head_->is_response ? std::nullopt : std::optional<std::uint64_t>(facts_.buffer.size());
  if (variable == Variable::code) return head_->is_response ? std::optional<std::uint64_t>(head_->status_code) : std::nullopt;
  if (variable == Variable::status) return head_->status && !head_->is_response ? status_code(*head_->status) : std::nullopt;
  if (variable == Variable::expires) return head_->expires ? digits(trim(*head_->expires)) : std::nullopt;
  if (!head_->byte_range) return std::nullopt;
  if (variable == Variable::range_start) return head_->byte_range->start.value();
  if (variable == Variable::range_end) return head_->byte_range->end;
  if (variable == Variable::range_total) return head_->byte_range->total;
  return std::nullopt;
}

std::optional<std::string_view> FrameView::content_type() {
  if (!has_content_type_) {
    const std::string_view value = head_->content_type.value_or(std::string_view());
    content_type_ = trim(value.substr(0, value.find(';')));
    has_content_type_ = true;
  }
  return unless_empty(content_type_);
}

std::optional<std::string_view> FrameView::part_of_uri(Variable variable, Part part) {
  const msrp::Uri* found = uri(variable);
  if (found == nullptr) return std::nullopt;
  switch (part) {
    case Part::host: return found->host;
    case Part::session: return found->session;
    case Part::user: return unless_empty(found->userinfo.substr(0, found->userinfo.find_first_of(";:")));
    case Part::userinfo: return unless_empty(found->userinfo);
    case Part::params: return unless_empty(found->parameters.substr(found->parameters.starts_with(';') ? 1 : 0));
    case Part::proto: return unless_empty(found->transport);
    case Part::whole:
    case Part::port:
    case Part::scheme: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string_view> FrameView::text(Variable variable, Part part) {
  if (part != Part::whole) return part_of_uri(variable, part);
  if (variable == Variable::user) return unless_empty(facts_.user);
  if (variable == Variable::realm) return unless_empty(facts_.realm);
  if (variable == Variable::listener) return unless_empty(facts_.listener);
  if (variable == Variable::tls_version) return unless_empty(facts_.tls_version);
  if (variable == Variable::tls_cipher) return unless_empty(facts_.tls_cipher);
  if (variable == Variable::tls_peer) return unless_empty(facts_.tls_peer);
  if (variable == Variable::source_uri) return source_text();
  if (variable == Variable::local_socket) return local_text();
  if (head_ == nullptr) return std::nullopt;
  if (variable == Variable::method) return head_->is_response ? std::nullopt : std::optional(head_->method_name);
  if (variable == Variable::content_type) return content_type();
  if (variable == Variable::message_id) return head_->message_id;
  if (variable == Variable::transaction_id) return head_->transaction_id;
  if (variable == Variable::body) return head_->has_body ? std::optional(facts_.body) : std::nullopt;
  if (variable == Variable::buffer) return head_->is_response ? std::nullopt : std::optional(facts_.buffer);
  if (variable == Variable::reason) return head_->is_response ? unless_empty(head_->comment) : std::nullopt;
  if (variable == Variable::header_lines) {
    const std::size_t first = head_->octets.find("\r\n");
    return first == std::string_view::npos ? std::string_view() : head_->octets.substr(first + 2);
  }
  return octets_of(variable);
}

const base::IpAddress* FrameView::address(Variable variable) const {
  return variable == Variable::source ? &facts_.source.address : variable == Variable::local ? &facts_.local.address : nullptr;
}

std::optional<std::string_view> FrameView::octets_of(Variable variable) const {
  if (head_ == nullptr || variable < Variable::current_hop) return std::nullopt;
  const msrp::Path& path = variable == Variable::previous_hop || variable == Variable::first_hop ? *from_ : *to_;
  if (path.count == 0) return std::nullopt;
  if (variable == Variable::current_hop || variable == Variable::previous_hop) return path.first().octets();
  if (variable == Variable::last_hop || variable == Variable::first_hop) return path.last().octets();
  return path.count > 1 ? std::optional(path.uris[1].octets()) : std::nullopt;
}

const msrp::Uri* FrameView::uri(Variable variable) {
  if (variable == Variable::current_hop && facts_.to_uri != nullptr && head_ != nullptr) return facts_.to_uri;
  const std::size_t at = slot(variable);
  if (states_[at] == State::unknown) {
    states_[at] = State::bad;
    std::construct_at(&uris_[at]);
    if (variable == Variable::source_uri) {
      const std::string_view text = source_text();
      msrp::Uri& uri = uris_[at];
      uri.secure = text.starts_with("msrps");
      uri.host = text.substr(text.find("//") + 2);
      uri.host = uri.host.substr(0, uri.host.rfind(':'));
      uri.address = facts_.source.address;
      uri.port = facts_.source.port;
      uri.transport = facts_.transport;
      states_[at] = State::parsed;
    } else if (const std::optional<std::string_view> octets = octets_of(variable)) {
      if (const auto parsed = msrp::parse_uri(*octets)) {
        uris_[at] = *parsed;
        states_[at] = State::parsed;
      }
    }
  }
  return states_[at] == State::parsed ? &uris_[at] : nullptr;
}

bool FrameView::exists(Variable variable, Part part, Type type) {
  switch (type) {
    case Type::enumeration:
    case Type::method: return choice(variable, part) != absent;
    case Type::number:
    case Type::size:
    case Type::duration: return number(variable, part).has_value();
    case Type::address: return address(variable) != nullptr;
    case Type::text:
    case Type::caseless:
    case Type::host:
    case Type::uri: return text(variable, part).has_value();
  }
  return false;
}

std::string_view FrameView::source_text() {
  if (source_size_ == 0) {
    const bool secure = facts_.transport == "tls" || facts_.transport == "wss";
    std::size_t size = put(source_text_.data(), secure ? "msrps://" : "msrp://");
    size += put_endpoint(source_text_.data() + size, facts_.source);
    source_size_ = static_cast<std::uint8_t>(size);
  }
  return {source_text_.data(), source_size_};
}

std::string_view FrameView::local_text() {
  if (local_size_ == 0) {
    std::size_t size = put(local_text_.data(), facts_.transport.substr(0, 8));
    local_text_[size++] = ':';
    size += put_endpoint(local_text_.data() + size, facts_.local);
    local_size_ = static_cast<std::uint8_t>(size);
  }
  return {local_text_.data(), local_size_};
}

}  // namespace rules
