#include "rules/evaluate.h"

#include <algorithm>

#include "rules/caseless.h"

namespace rules {
namespace {

bool in_hosts(const HostSet& set, std::string_view host, const base::IpAddress* address) {
  return address != nullptr ? set.addresses.contains(*address) : set.names.contains(host);
}

// Any line of that name: a second line of the same name hides nothing.
bool header_holds(const Test& test, const Operands& operands, const Expressions& expressions, const FrameView& frame) {
  const msrp::Head* head = frame.head();
  bool present = false;
  bool compared = false;
  if (head != nullptr) {
    for (const msrp::HeaderLine& line : head->all_lines()) {
      if (!equals_folded(line.name, operands.headers[test.header])) continue;
      present = true;
      if (test.kind == TestKind::exists) break;
      compared = compares(test, operands, expressions, line.value);
      if (compared) break;
    }
  }
  if (test.kind == TestKind::exists) return present != test.negated;
  return present && compared != test.negated;
}

bool exists(const Test& test, FrameView& frame) {
  if (test.part == Part::port) return frame.number(test.variable, test.part).has_value();
  if (test.part == Part::scheme) return frame.uri(test.variable) != nullptr;
  if (test.variable <= Variable::method) return frame.choice(test.variable, test.part) != FrameView::absent;
  if (test.variable < Variable::source) return frame.number(test.variable, test.part).has_value();
  if (test.variable <= Variable::local) return true;
  return frame.text(test.variable, test.part).has_value();
}

}  // namespace

bool compares(const Test& test, const Operands& operands, const Expressions& expressions, std::string_view text) {
  if (test.kind == TestKind::texts) return operands.texts[test.operand].contains(text);
  if (test.kind == TestKind::hosts) {
    std::string_view bare = text;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']') bare = bare.substr(1, bare.size() - 2);
    const std::optional<base::IpAddress> address = base::IpAddress::parse(bare);
    return in_hosts(operands.hosts[test.operand], text, address ? &*address : nullptr);
  }
  if (test.kind == TestKind::like) {
    const auto& globs = operands.globs[test.operand];
    return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(text); });
  }
  if (test.kind == TestKind::match) {
    const auto& any = expressions[test.operand];
    const re2::StringPiece piece(text.data(), text.size());
    return std::any_of(any.begin(), any.end(), [&](const auto& expression) { return re2::RE2::PartialMatch(piece, *expression); });
  }
  return false;
}

bool compares(const Test& test, const Operands& operands, std::uint64_t number) {
  if (test.kind == TestKind::range) return number - test.low <= test.high - test.low;
  const auto& numbers = operands.numbers[test.operand];
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

bool holds(const Test& test, const Operands& operands, const Expressions& expressions, FrameView& frame) {
  if (test.variable == Variable::header) return header_holds(test, operands, expressions, frame);
  switch (test.kind) {
    case TestKind::choice: return ((test.low >> frame.choice(test.variable, test.part)) & 1U) != 0;
    case TestKind::range:
    case TestKind::numbers: {
      const std::optional<std::uint64_t> number = frame.number(test.variable, test.part);
      return number && compares(test, operands, *number) != test.negated;
    }
    case TestKind::exists: return exists(test, frame) != test.negated;
    case TestKind::texts:
    case TestKind::like:
    case TestKind::match: {
      const std::optional<std::string_view> text = frame.text(test.variable, test.part);
      return text && compares(test, operands, expressions, *text) != test.negated;
    }
    case TestKind::hosts: {
      const msrp::Uri* uri = frame.uri(test.variable);
      return uri != nullptr && in_hosts(operands.hosts[test.operand], uri->host, uri->address ? &*uri->address : nullptr) != test.negated;
    }
    case TestKind::addresses: {
      const base::IpAddress* address = frame.address(test.variable);
      return address != nullptr && operands.addresses[test.operand].contains(*address) != test.negated;
    }
    case TestKind::uris: {
      const msrp::Uri* uri = frame.uri(test.variable);
      if (uri == nullptr) return false;
      const auto& uris = operands.uris[test.operand];
      return std::any_of(uris.begin(), uris.end(), [&](const auto& named) { return msrp::same_uri(*uri, named->uri); }) != test.negated;
    }
  }
  return false;
}

}  // namespace rules
