#include "rules/text_template.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "rules/caseless.h"

namespace rules {
namespace {

// "header.X" and "header.\"X\"": the name of the header; empty: none.
std::string_view header_name(std::string_view name) {
  if (!name.starts_with("header.")) return {};
  name.remove_prefix(7);
  if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  return name;
}

// Control characters are left out; the cut at the bound is not inside of a UTF-8 character.
std::size_t put_cleaned(std::string_view text, char* to) {
  std::size_t size = 0;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (value < 0x20 || value == 0x7F) continue;
    if (size == TextTemplate::inserted_max) {
      // `octet` continues a character that does not fit: take its beginning off again.
      if ((value & 0xC0U) == 0x80U) {
        while (size > 0 && (static_cast<unsigned char>(to[size - 1]) & 0xC0U) == 0x80U) --size;
        if (size > 0) --size;
      }
      break;
    }
    to[size++] = octet;
  }
  return size;
}

std::size_t put_header(const FrameView& frame, std::string_view name, char* to) {
  if (frame.head() == nullptr) return 0;
  for (const msrp::HeaderLine& line : frame.head()->all_lines()) {
    if (equals_folded(line.name, name)) return put_cleaned(line.value, to);
  }
  return 0;
}

std::size_t put_variable(const VariableInfo& info, FrameView& frame, char* to) {
  switch (info.type) {
    case Type::enumeration: {
      const std::uint8_t value = frame.choice(info.variable, info.part);
      return value == FrameView::absent ? 0 : put_cleaned(info.values[value], to);
    }
    case Type::number:
    case Type::size:
    case Type::duration: {
      const std::optional<std::uint64_t> number = frame.number(info.variable, info.part);
      return number ? static_cast<std::size_t>(std::to_chars(to, to + TextTemplate::inserted_max, *number).ptr - to) : 0;
    }
    case Type::address: {
      const base::IpAddress* address = frame.address(info.variable);
      return address == nullptr ? 0 : write_address(*address, to);
    }
    case Type::method:
    case Type::text:
    case Type::caseless:
    case Type::host:
    case Type::uri: {
      const std::optional<std::string_view> text = frame.text(info.variable, info.part);
      return text ? put_cleaned(*text, to) : 0;
    }
  }
  return 0;
}

}  // namespace

TextTemplate TextTemplate::compile(std::string_view text, config::Place place, const std::string& key, Faults& faults) {
  TextTemplate made;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) made.pieces_.push_back({std::move(literal), nullptr});
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("$${")) {
      literal += "${";
      at += 2;
      continue;
    }
    if (!text.substr(at).starts_with("${")) {
      literal += text[at];
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) {
      faults.error(place, key, "${ without }; a literal ${ is written $${");
      break;
    }
    const std::string_view name = text.substr(at + 2, end - at - 2);
    at = end;
    end_literal();
    if (const std::string_view header = header_name(name); !header.empty()) {
      made.pieces_.push_back({folded(header), &header_info()});
    } else if (const VariableInfo* info = find_variable(name)) {
      made.pieces_.push_back({{}, info});
    } else {
      std::vector<std::string_view> right;
      for (const VariableInfo& known : variables()) right.push_back(known.name);
      faults.unknown(place, key, "unknown variable ${" + std::string(name) + "}", name, std::move(right));
    }
  }
  end_literal();
  return made;
}

TextTemplate TextTemplate::literal(std::string text) {
  TextTemplate made;
  if (!text.empty()) made.pieces_.push_back({std::move(text), nullptr});
  return made;
}

void TextTemplate::append(TextTemplate other) {
  for (Piece& piece : other.pieces_) {
    if (piece.info == nullptr && !pieces_.empty() && pieces_.back().info == nullptr) {
      pieces_.back().text += piece.text;
    } else {
      pieces_.push_back(std::move(piece));
    }
  }
}

std::size_t TextTemplate::most() const {
  std::size_t sum = 0;
  for (const Piece& piece : pieces_) sum += piece.info == nullptr ? piece.text.size() : inserted_max;
  return sum;
}

std::size_t TextTemplate::fill(FrameView& frame, char* to) const {
  std::size_t size = 0;
  for (const Piece& piece : pieces_) {
    if (piece.info == nullptr) {
      piece.text.copy(to + size, piece.text.size());
      size += piece.text.size();
    } else if (piece.info->variable == Variable::header) {
      size += put_header(frame, piece.text, to + size);
    } else {
      size += put_variable(*piece.info, frame, to + size);
    }
  }
  return size;
}

}  // namespace rules
