#include "config/report.h"

namespace config {
namespace {

struct TypeName {
  std::string_view operator()(std::monostate) const { return "a date or time"; }
  std::string_view operator()(const std::string&) const { return "a text"; }
  std::string_view operator()(std::int64_t) const { return "a number"; }
  std::string_view operator()(double) const { return "a number with a fraction"; }
  std::string_view operator()(bool) const { return "true or false"; }
  std::string_view operator()(const Array&) const { return "a list"; }
  std::string_view operator()(const Table&) const { return "a table"; }
};

}  // namespace

std::string_view type_of(const Value& value) { return std::visit(TypeName(), value.is); }

void Report::wrong_type(const Value& value, std::string_view key, std::string_view wanted) {
  error(value.place, key, std::string(wanted) + " is wanted, not " + std::string(type_of(value)));
}

const std::string* text_of(const Value& value, std::string_view key, std::string_view wanted, Report& report) {
  const auto* const text = std::get_if<std::string>(&value.is);
  if (text == nullptr) {
    report.wrong_type(value, key, wanted);
    return nullptr;
  }
  const bool control = std::any_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (text->empty() || control) {
    report.error(value.place, key,
                 std::string(wanted) + " is wanted, not " + (control ? "a text with control characters" : "an empty text"));
    return nullptr;
  }
  return text;
}

const Array* list_of(const Value& value, std::string_view key, std::string_view wanted, Report& report) {
  const auto* const list = std::get_if<Array>(&value.is);
  if (list == nullptr) report.wrong_type(value, key, wanted);
  return list;
}

}  // namespace config
