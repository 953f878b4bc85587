#include "rules/explain.h"

#include <array>

#include "rules/caseless.h"
#include "rules/evaluate.h"

namespace rules {
namespace {

constexpr std::size_t shown_max = 80;

std::string shown(std::string_view text) {
  std::string out;
  for (const char octet : text.substr(0, shown_max)) {
    const auto value = static_cast<unsigned char>(octet);
    constexpr std::string_view digits = "0123456789abcdef";
    if (value < 0x20 || value == 0x7F) {
      out += {'\\', 'x', digits[value >> 4U], digits[value & 0xFU]};
    } else {
      out += octet;
    }
  }
  return "\"" + out + (text.size() > shown_max ? "..." : "") + "\"";
}

std::string header_seen(const std::string& name, const FrameView& frame) {
  std::string all;
  if (frame.head() != nullptr) {
    for (const msrp::HeaderLine& line : frame.head()->all_lines()) {
      if (equals_folded(line.name, name)) all += (all.empty() ? "" : ", ") + shown(line.value);
    }
  }
  return all.empty() ? "absent" : all;
}

// The value that a test looks at.
std::string seen(const Node& node, const Operands& operands, FrameView& frame) {
  const Test& test = node.test;
  if (test.variable == Variable::header) return header_seen(operands.headers[test.header], frame);
  switch (node.info->type) {
    case Type::enumeration: {
      const std::uint8_t value = frame.choice(test.variable, test.part);
      return value == FrameView::absent ? "absent" : std::string(node.info->values[value]);
    }
    case Type::number:
    case Type::size:
    case Type::duration: {
      const std::optional<std::uint64_t> number = frame.number(test.variable, test.part);
      return number ? std::to_string(*number) : "absent";
    }
    case Type::address: {
      const base::IpAddress* address = frame.address(test.variable);
      return address == nullptr ? "absent" : address->to_string();
    }
    case Type::method:
    case Type::text:
    case Type::caseless:
    case Type::host:
    case Type::uri: break;
  }
  const std::optional<std::string_view> text = frame.text(test.variable, test.part);
  return text ? shown(*text) : "absent";
}

Reason explain_all(const Node& node, const Operands& operands, const Expressions& expressions, FrameView& frame) {
  Reason all{true, {}};
  for (const Node& child : node.children) {
    Reason one = explain(child, operands, expressions, frame);
    if (!one.holds) return one;
    all.because.insert(all.because.end(), one.because.begin(), one.because.end());
  }
  return all;
}

Reason explain_any(const Node& node, const Operands& operands, const Expressions& expressions, FrameView& frame) {
  Reason all;
  for (const Node& child : node.children) {
    Reason one = explain(child, operands, expressions, frame);
    if (one.holds) return one;
    all.because.insert(all.because.end(), one.because.begin(), one.because.end());
  }
  return all;
}

}  // namespace

Reason explain(const Node& node, const Operands& operands, const Expressions& expressions, FrameView& frame) {
  switch (node.kind) {
    case Node::Kind::test: {
      const bool holds = rules::holds(node.test, operands, expressions, frame);
      return {holds, {node.reads + " " + node.wanted + ": it is " + seen(node, operands, frame)}};
    }
    case Node::Kind::none: {
      Reason inner = explain(node.children.front(), operands, expressions, frame);
      for (std::string& reason : inner.because) reason = "not: " + reason;
      inner.holds = !inner.holds;
      return inner;
    }
    case Node::Kind::all: return explain_all(node, operands, expressions, frame);
    case Node::Kind::any: return explain_any(node, operands, expressions, frame);
  }
  return {};
}

}  // namespace rules
