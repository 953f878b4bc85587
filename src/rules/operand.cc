#include "rules/operand.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rules/values.h"

namespace rules {
namespace {

constexpr std::array<std::string_view, 13> operator_names = {"eq",        "ne", "in", "not_in", "like", "not_like", "match",
                                                             "not_match", "lt", "le", "gt",     "ge",   "exists"};
// Enough for any expression that is still a condition; compiling a larger one fails.
constexpr int expression_memory = 1 << 20;
constexpr std::size_t expression_most = 4096;

}  // namespace

std::string_view name_of(Operator op) { return operator_names[static_cast<std::size_t>(op)]; }

namespace {

bool is_number(Type type) { return type == Type::number || type == Type::size || type == Type::duration; }

bool admits(Type type, Operator op) {
  switch (op) {
    case Operator::exists:
    case Operator::eq:
    case Operator::ne:
    case Operator::in:
    case Operator::not_in: return true;
    case Operator::like:
    case Operator::not_like:
    case Operator::match:
    case Operator::not_match: return type != Type::enumeration && type != Type::address && !is_number(type);
    case Operator::lt:
    case Operator::le:
    case Operator::gt:
    case Operator::ge: return is_number(type);
  }
  return false;
}

// Makes one test; members are what all its steps need to know.
class TestMaker {
 public:
  TestMaker(const VariableInfo& info, const std::string& key, Operands& operands, Faults& faults)
      : info_(info), key_(key), operands_(operands), faults_(faults) {
    test_.variable = info.variable;
    test_.part = info.part;
  }

  std::optional<Test> make(Operator op, bool plain, const config::Value& value);

 private:
  // nullopt after having said why.
  std::optional<Test> wrong(const config::Value& value, std::string reason) {
    faults_.error(value.place, key_, std::move(reason));
    return std::nullopt;
  }
  std::optional<Test> wrong_type(const config::Value& value);
  std::optional<std::span<const config::Value>> listed(Operator op, bool plain, const config::Value& value);
  const std::string* text_of(const config::Value& value);
  std::optional<std::uint64_t> number_of(const config::Value& value);

  std::optional<Test> equality(std::span<const config::Value> values, bool networks);
  std::optional<Test> choices(std::span<const config::Value> values);
  std::optional<Test> methods(std::span<const config::Value> values);
  std::optional<Test> numbers(std::span<const config::Value> values);
  std::optional<Test> texts(std::span<const config::Value> values);
  std::optional<Test> hosts(std::span<const config::Value> values);
  std::optional<Test> addresses(std::span<const config::Value> values, bool networks);
  std::optional<Test> uris(std::span<const config::Value> values);
  std::optional<Test> globs(std::span<const config::Value> values);
  std::optional<Test> expressions(std::span<const config::Value> values);
  std::optional<Test> order(Operator op, const config::Value& value);

  template <class T>
  Test with(TestKind kind, std::vector<T>& pool, T operand) {
    test_.kind = kind;
    test_.operand = static_cast<std::uint32_t>(pool.size());
    pool.push_back(std::move(operand));
    return test_;
  }

  const VariableInfo& info_;
  const std::string& key_;
  Operands& operands_;
  Faults& faults_;
  Test test_;
};

std::optional<Test> TestMaker::wrong_type(const config::Value& value) {
  return wrong(value, std::string(kind_of(value)) + " where a value of type " + std::string(rules::name_of(info_.type)) + " is needed");
}

// in and not_in want a list, eq and ne one value, a plain value and the patterns may be either.
std::optional<std::span<const config::Value>> TestMaker::listed(Operator op, bool plain, const config::Value& value) {
  const auto* array = std::get_if<config::Array>(&value.is);
  const bool wants_list = op == Operator::in || op == Operator::not_in;
  if (array == nullptr) {
    if (!wants_list) return std::span(&value, 1);
    wrong(value, std::string(name_of(op)) + " takes a list");
    return std::nullopt;
  }
  if (!plain && (op == Operator::eq || op == Operator::ne)) {
    wrong(value, std::string(name_of(op)) + " takes one value; for a list there is " + (op == Operator::eq ? "in" : "not_in"));
    return std::nullopt;
  }
  if (array->empty()) {
    wrong(value, "an empty list");
    return std::nullopt;
  }
  return std::span(*array);
}

const std::string* TestMaker::text_of(const config::Value& value) {
  const auto* text = std::get_if<std::string>(&value.is);
  if (text == nullptr) {
    wrong_type(value);
    return nullptr;
  }
  if (text->empty() && info_.variable != Variable::header) {
    wrong(value, std::string(info_.name) + " is never empty: what is not there is asked for by exists = false");
    return nullptr;
  }
  return text;
}

std::optional<std::uint64_t> TestMaker::number_of(const config::Value& value) {
  const auto number = info_.type == Type::size       ? parse_size(value)
                      : info_.type == Type::duration ? parse_duration(value)
                                                     : parse_number(value);
  if (number) return *number;
  if (number.error().reason.empty()) {
    wrong_type(value);
  } else {
    faults_.error(value.place, key_, number.error().reason, number.error().nearest);
  }
  return std::nullopt;
}

std::optional<Test> TestMaker::choices(std::span<const config::Value> values) {
  std::uint64_t mask = 0;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    const auto found = std::find(info_.values.begin(), info_.values.end(), *text);
    if (found == info_.values.end()) {
      std::string all;
      for (const std::string_view name : info_.values) all += (all.empty() ? "" : ", ") + std::string(name);
      faults_.unknown(value.place, key_, "\"" + *text + "\" is no " + std::string(info_.name) + " (" + all + ")", *text,
                      {info_.values.begin(), info_.values.end()});
      return std::nullopt;
    }
    mask |= 1ULL << static_cast<unsigned>(found - info_.values.begin());
  }
  test_.kind = TestKind::choice;
  test_.low = test_.negated ? ~mask & ((1ULL << info_.values.size()) - 1) : mask;
  test_.negated = false;
  return test_;
}

// In the order of msrp::Method.
std::optional<Test> TestMaker::methods(std::span<const config::Value> values) {
  constexpr std::array<std::string_view, 3> known = {"SEND", "REPORT", "AUTH"};
  constexpr std::uint64_t every = 0b1111;
  std::uint64_t mask = 0;
  bool others = false;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    if (!std::all_of(text->begin(), text->end(), [](char octet) { return octet >= 'A' && octet <= 'Z'; })) {
      std::string upper = *text;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
      faults_.unknown(value.place, key_, "can never hold: the name of a method is upper-case letters (RFC 4975 9)", upper,
                      {known.begin(), known.end()});
      return std::nullopt;
    }
    const auto found = std::find(known.begin(), known.end(), *text);
    if (found == known.end()) {
      others = true;
    } else {
      mask |= 1ULL << static_cast<unsigned>(found - known.begin());
    }
  }
  if (others) return texts(values);
  test_.kind = TestKind::choice;
  test_.low = test_.negated ? ~mask & every : mask;
  test_.negated = false;
  return test_;
}

std::optional<Test> TestMaker::numbers(std::span<const config::Value> values) {
  std::vector<std::uint64_t> all;
  for (const config::Value& value : values) {
    const std::optional<std::uint64_t> number = number_of(value);
    if (!number) return std::nullopt;
    if (*number < info_.least || *number > info_.most) {
      return wrong(value,
                   "can never be: " + std::string(info_.name) + " is " + std::to_string(info_.least) + " to " + std::to_string(info_.most));
    }
    all.push_back(*number);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.size() > 1) return with(TestKind::numbers, operands_.numbers, std::move(all));
  test_.kind = TestKind::range;
  test_.low = test_.high = all.front();
  return test_;
}

std::optional<Test> TestMaker::texts(std::span<const config::Value> values) {
  std::vector<std::string> all;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    if (info_.variable == Variable::content_type && text->find(';') != std::string::npos) {
      return wrong(value, "can never be: content_type is compared without its parameters; they are in header.\"Content-Type\"");
    }
    all.push_back(*text);
  }
  return with(TestKind::texts, operands_.texts, TextSet(std::move(all), info_.type == Type::caseless));
}

std::optional<Test> TestMaker::hosts(std::span<const config::Value> values) {
  std::vector<std::string> names;
  AddressSet addresses;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    std::string_view bare = *text;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']') bare = bare.substr(1, bare.size() - 2);
    if (const auto address = base::IpAddress::parse(bare)) {
      addresses.add(*address);
    } else {
      names.push_back(*text);
    }
  }
  addresses.seal();
  return with(TestKind::hosts, operands_.hosts, HostSet{TextSet(std::move(names), true), std::move(addresses)});
}

std::optional<Test> TestMaker::addresses(std::span<const config::Value> values, bool networks) {
  AddressSet set;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    if (const auto address = base::IpAddress::parse(*text)) {
      set.add(*address);
    } else if (!networks) {
      return wrong(value, base::Network::parse(*text) ? "equality takes one address; for a network there is in = [\"" + *text + "\"]"
                                                      : "not an address");
    } else if (!set.add(*text)) {
      return wrong(value, "neither an address nor a network whose host bits are zero");
    }
  }
  set.seal();
  return with(TestKind::addresses, operands_.addresses, std::move(set));
}

std::optional<Test> TestMaker::uris(std::span<const config::Value> values) {
  std::vector<std::unique_ptr<NamedUri>> all;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    auto named = std::make_unique<NamedUri>();
    named->octets = *text;
    const auto parsed = msrp::parse_uri(named->octets);
    if (!parsed) return wrong(value, std::string("not an MSRP URI: ") + msrp::describe(parsed.error()));
    named->uri = *parsed;
    all.push_back(std::move(named));
  }
  return with(TestKind::uris, operands_.uris, std::move(all));
}

std::optional<Test> TestMaker::equality(std::span<const config::Value> values, bool networks) {
  switch (info_.type) {
    case Type::enumeration: return choices(values);
    case Type::method: return methods(values);
    case Type::number:
    case Type::size:
    case Type::duration: return numbers(values);
    case Type::address: return addresses(values, networks);
    case Type::text:
    case Type::caseless: return texts(values);
    case Type::host: return hosts(values);
    case Type::uri: return uris(values);
  }
  return std::nullopt;
}

std::optional<Test> TestMaker::globs(std::span<const config::Value> values) {
  std::vector<Glob> all;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    all.emplace_back(*text, info_.type == Type::caseless || info_.type == Type::host);
  }
  return with(TestKind::like, operands_.globs, std::move(all));
}

std::optional<Test> TestMaker::expressions(std::span<const config::Value> values) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // over octets
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(expression_memory);
  options.set_case_sensitive(info_.type != Type::caseless && info_.type != Type::host);
  std::vector<std::unique_ptr<re2::RE2>> all;
  for (const config::Value& value : values) {
    const std::string* text = text_of(value);
    if (text == nullptr) return std::nullopt;
    if (text->size() > expression_most)
      return wrong(value, "a regular expression of more than " + std::to_string(expression_most) + " octets");
    auto expression = std::make_unique<re2::RE2>(*text, options);
    if (!expression->ok()) return wrong(value, "not a regular expression: " + expression->error());
    all.push_back(std::move(expression));
  }
  return with(TestKind::match, operands_.expressions, std::move(all));
}

std::optional<Test> TestMaker::order(Operator op, const config::Value& value) {
  const std::optional<std::uint64_t> number = number_of(value);
  if (!number) return std::nullopt;
  const bool above = op == Operator::gt || op == Operator::ge;
  const bool strict = op == Operator::gt || op == Operator::lt;
  const std::uint64_t edge = above ? info_.most : info_.least;
  if (above ? *number > edge || (strict && *number == edge) : *number < edge || (strict && *number == edge)) {
    return wrong(value, "can never hold: " + std::string(info_.name) + " is " + (above ? "at most " : "at least ") + std::to_string(edge));
  }
  test_.kind = TestKind::range;
  test_.low = !above ? info_.least : *number + (strict ? 1 : 0);
  test_.high = above ? info_.most : *number - (strict ? 1 : 0);
  return test_;
}

std::optional<Test> TestMaker::make(Operator op, bool plain, const config::Value& value) {
  if (!admits(info_.type, op)) {
    faults_.error(value.place, key_, std::string(name_of(op)) + " is no operator for the type " + std::string(rules::name_of(info_.type)));
    return std::nullopt;
  }
  if (op == Operator::exists) {
    const bool* wanted = std::get_if<bool>(&value.is);
    if (wanted == nullptr) return wrong(value, "exists takes true or false");
    test_.kind = TestKind::exists;
    test_.negated = !*wanted;
    return test_;
  }
  if (is_number(info_.type) && op >= Operator::lt) return order(op, value);
  const std::optional<std::span<const config::Value>> values = listed(op, plain, value);
  if (!values) return std::nullopt;
  test_.negated = op == Operator::ne || op == Operator::not_in || op == Operator::not_like || op == Operator::not_match;
  if (op == Operator::like || op == Operator::not_like) return globs(*values);
  if (op == Operator::match || op == Operator::not_match) return expressions(*values);
  return equality(*values, op == Operator::in || op == Operator::not_in);
}

}  // namespace

std::optional<Operator> find_operator(std::string_view name) {
  const auto* found = std::find(operator_names.begin(), operator_names.end(), name);
  if (found == operator_names.end()) return std::nullopt;
  return static_cast<Operator>(found - operator_names.begin());
}

std::vector<std::string_view> operators_of(Type type) {
  std::vector<std::string_view> names;
  for (std::size_t op = 0; op < operator_names.size(); ++op) {
    if (admits(type, static_cast<Operator>(op))) names.push_back(operator_names[op]);
  }
  return names;
}

std::optional<Test> make_test(const VariableInfo& info, Operator op, bool plain, const config::Value& value, const std::string& key,
                              Operands& operands, Faults& faults) {
  return TestMaker(info, key, operands, faults).make(op, plain, value);
}

}  // namespace rules
