#include "rules/verdict_cache.h"

#include <algorithm>

#include "rules/caseless.h"

namespace rules {
namespace {

constexpr std::size_t steps_worth_it = 16;
constexpr std::uint32_t looks_judged = 1024;
constexpr std::uint32_t hits_worth_it = looks_judged / 2;
constexpr std::uint32_t looks_rested = 64 * 1024;

bool is_other_each_time(Variable variable) {
  switch (variable) {
    case Variable::range_start:
    case Variable::range_end:
    case Variable::range_total:
    case Variable::body_octets:
    case Variable::buffer_octets:
    case Variable::message_id:
    case Variable::transaction_id:
    case Variable::header_lines:
    case Variable::body:
    case Variable::buffer:
    case Variable::continuation: return true;
    case Variable::kind:
    case Variable::protocol:
    case Variable::session:
    case Variable::direction:
    case Variable::transport:
    case Variable::failure_report:
    case Variable::success_report:
    case Variable::method:
    case Variable::hop:
    case Variable::nexthops:
    case Variable::prevhops:
    case Variable::code:
    case Variable::status:
    case Variable::size:
    case Variable::expires:
    case Variable::connection:
    case Variable::source:
    case Variable::local:
    case Variable::user:
    case Variable::realm:
    case Variable::listener:
    case Variable::content_type:
    case Variable::reason:
    case Variable::source_uri:
    case Variable::local_socket:
    case Variable::tls_version:
    case Variable::tls_cipher:
    case Variable::tls_peer:
    case Variable::header:
    case Variable::current_hop:
    case Variable::next_hop:
    case Variable::last_hop:
    case Variable::previous_hop:
    case Variable::first_hop: return false;
  }
  return true;
}

Type type_of(const Test& test) {
  if (test.variable == Variable::header || test.variable >= Variable::current_hop) return Type::text;
  for (const VariableInfo& info : variables()) {
    if (info.variable == test.variable && info.part == Part::whole) return info.type;
  }
  return Type::text;
}

// Words a Subjects may need: numbers, two addresses, two for the enumerations, one for each text.
std::size_t words_of(const Subjects& subjects) {
  return 2 + subjects.numbers.size() + (subjects.source ? 2U : 0U) + (subjects.local ? 2U : 0U) + subjects.texts.size() +
         subjects.headers.size();
}

template <class Value>
void add(std::vector<Value>& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

std::uint64_t load(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

Subjects subjects_of(const std::vector<Step>& run) {
  Subjects subjects;
  subjects.steady = true;
  for (const Step& step : run) {
    const Variable variable = step.test.variable;
    if (is_other_each_time(variable)) subjects.steady = false;
    if (variable == Variable::header) {
      add(subjects.headers, step.test.header);
    } else if (variable == Variable::source) {
      subjects.source = true;
    } else if (variable == Variable::local) {
      subjects.local = true;
    } else {
      switch (type_of(step.test)) {
        case Type::enumeration:
        case Type::address: break;  // enumerations are compared always
        case Type::number:
        case Type::size:
        case Type::duration: add(subjects.numbers, variable); break;
        case Type::method:
        case Type::text:
        case Type::caseless:
        case Type::host:
        case Type::uri: add(subjects.texts, variable); break;
      }
    }
  }
  const bool fits =
      words_of(subjects) <= VerdictCache::words_max && subjects.texts.size() + subjects.headers.size() <= VerdictCache::texts_max;
  subjects.worth_it = subjects.steady && fits && run.size() > steps_worth_it;
  return subjects;
}

void VerdictCache::take_word(std::uint64_t word) {
  words_[word_count_++] = word;
  hash_ = (hash_ ^ word) * 0x9E3779B97F4A7C15;
}

// The middle and the end of a text spread well enough: what lies there is compared whole.
bool VerdictCache::take_text(std::optional<std::string_view> text) {
  if (!text) {
    take_word(UINT64_MAX);
    return true;
  }
  octets_ += text->size();
  if (octets_ > text_octets) return false;
  take_word(text->size());
  texts_[text_count_++] = *text;
  if (text->size() >= sizeof(std::uint64_t)) {
    hash_ ^= load(text->data() + text->size() / 2 - sizeof(std::uint64_t) / 2) + load(text->data() + text->size() - sizeof(std::uint64_t));
  }
  return true;
}

// A header that stands there twice is not cached.
bool VerdictCache::take_header(FrameView& frame, std::string_view name) {
  std::optional<std::string_view> value;
  if (frame.head() != nullptr) {
    for (const msrp::HeaderLine& line : frame.head()->all_lines()) {
      if (!equals_folded(line.name, name)) continue;
      if (value) return false;
      value = line.value;
    }
  }
  return take_text(value);
}

void VerdictCache::take_address(const base::IpAddress& address) {
  const char* octets = reinterpret_cast<const char*>(address.octets().data());
  take_word(load(octets));
  take_word(load(octets + sizeof(std::uint64_t)));
}

bool VerdictCache::take(const Subjects& subjects, const Operands& operands, const std::vector<std::uint64_t>& size_edges,
                        FrameView& frame) {
  if (subjects.source) take_address(*frame.address(Variable::source));
  if (subjects.local) take_address(*frame.address(Variable::local));
  for (const Variable variable : subjects.numbers) {
    std::uint64_t number = frame.number(variable, Part::whole).value_or(UINT64_MAX);
    if (variable == Variable::size) {
      number = static_cast<std::uint64_t>(std::upper_bound(size_edges.begin(), size_edges.end(), number) - size_edges.begin());
    }
    take_word(number);
  }
  for (const Variable variable : subjects.texts) {
    if (!take_text(frame.text(variable, Part::whole))) return false;
  }
  for (const std::uint32_t header : subjects.headers) {
    if (!take_header(frame, operands.headers[header])) return false;
  }
  return true;
}

bool VerdictCache::look(const Subjects& subjects, const Operands& operands, const std::vector<std::uint64_t>& size_edges,
                        FrameClass frame_class, FrameView& frame) {
  if (!subjects.worth_it || entries_.empty()) return false;
  if (rests_ > 0) {
    --rests_;
    return false;
  }
  if (++looks_ == looks_judged) {
    if (hits_ < hits_worth_it) rests_ = looks_rested;
    looks_ = hits_ = 0;
  }
  word_count_ = text_count_ = octets_ = hash_ = 0;
  const std::string_view choices = frame.choices();
  static_assert(FrameView::enumerations + 3 <= 2 * sizeof(std::uint64_t));
  std::array<char, 2 * sizeof(std::uint64_t)> octets{};
  std::memcpy(octets.data(), choices.data(), FrameView::enumerations);
  octets[FrameView::enumerations] = static_cast<char>(frame_class);
  octets[FrameView::enumerations + 1] = static_cast<char>(frame.address(Variable::source)->is_v4());
  octets[FrameView::enumerations + 2] = static_cast<char>(frame.address(Variable::local)->is_v4());
  take_word(load(octets.data()));
  take_word(load(octets.data() + sizeof(std::uint64_t)));
  if (!take(subjects, operands, size_edges, frame)) return false;
  at_ = &entries_[(hash_ ^ (hash_ >> 32U)) % entries];
  return true;
}

std::optional<std::uint32_t> VerdictCache::found() {
  const Entry& entry = *at_;
  if (!entry.used || !std::equal(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(word_count_), entry.words.begin()))
    return std::nullopt;
  const char* octets = entry.octets.data();
  for (std::size_t text = 0; text < text_count_; ++text) {
    if (std::memcmp(octets, texts_[text].data(), texts_[text].size()) != 0) return std::nullopt;
    octets += texts_[text].size();
  }
  ++hits_;
  ++found_total_;
  return entry.rule;
}

void VerdictCache::remember(std::uint32_t rule) {
  Entry& entry = *at_;
  entry.rule = rule;
  entry.used = true;
  std::copy_n(words_.begin(), word_count_, entry.words.begin());
  char* octets = entry.octets.data();
  for (std::size_t text = 0; text < text_count_; ++text) {
    texts_[text].copy(octets, texts_[text].size());
    octets += texts_[text].size();
  }
}

}  // namespace rules
