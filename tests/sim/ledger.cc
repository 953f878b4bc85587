#include "ledger.h"

#include <algorithm>

#include "client.h"
#include "world.h"

namespace sim {
namespace {

std::string describe(const Message& message) { return message.id + " from " + message.from->name() + " to " + message.to->name(); }

std::string describe(const Frame& frame) {
  return (frame.is_response() ? std::to_string(frame.code) : frame.method) + " " + frame.tid + " " + frame.value("Message-ID") + " " +
         frame.value("Byte-Range") + " " + std::to_string(frame.body.size()) + frame.flag;
}

bool is_path_or_range(const std::string& name) { return name == "To-Path" || name == "From-Path" || name == "Byte-Range"; }

}  // namespace

Message& Ledger::open(Client& from, Client& to) {
  messages_.emplace_back();
  Message& message = messages_.back();
  message.id = "m" + std::to_string(messages_.size()) + "." + from.name();
  message.from = &from;
  message.to = &to;
  by_id_[message.id] = &message;
  return message;
}

std::pair<Message*, Chunk*> Ledger::received(Client& by, const Frame& frame) {
  const auto nothing = std::pair<Message*, Chunk*>(nullptr, nullptr);
  const auto wrong = [&](std::string_view what) {
    world_.violation(std::string(what) + ": " + by.name() + " got " + describe(frame));
    return nothing;
  };
  const auto found = by_id_.find(frame.value("Message-ID"));
  if (found == by_id_.end()) return wrong("a SEND that nobody sent");
  Message& message = *found->second;
  if (message.to != &by || message.hopeless) return wrong("a SEND that is not for who got it (R-250)");
  if (frame.value("To-Path") != by.uri()) return wrong("To-Path (R-046)");
  if (frame.value("From-Path") != message.from->path_seen_by(by)) return wrong("From-Path (R-046, R-055)");
  const std::uint64_t start = frame.range() ? frame.range()->start - 1 : 0;
  const bool breaks = world_.options().breaks;
  if (breaks && (message.end_received || message.receiving >= message.chunks.size() || start < message.received))
    return late(message, frame, start);
  // What ended with # because a link between relays broke may go on over another: its sender lives, and was told.
  if ((message.abort_received && !breaks) || message.end_received) return wrong("more of a message that has ended");
  if (message.receiving >= message.chunks.size()) return wrong("more than was sent");
  const bool gaps = may_fail(message);
  if (!gaps && start != message.received) return wrong("octets out of order, lost or twice (R-141)");
  if (start < message.received) return wrong("octets twice (R-141)");
  message.received = start;
  if (gaps) skip_refused(message, frame);
  Chunk& chunk = message.chunks[message.receiving];
  check_headers(message, chunk, frame);
  check_piece(message, chunk, frame);
  return {&message, &chunk};
}

// What left over a link before it broke may arrive behind what went over the next one: in any order then, but once.
std::pair<Message*, Chunk*> Ledger::late(Message& message, const Frame& frame, std::uint64_t start) {
  const std::uint64_t end = start + frame.body.size();
  for (Chunk& chunk : message.chunks) {
    if (chunk.seen_to_its_end || start < chunk.offset || end > chunk.offset + chunk.octets) continue;
    check_headers(message, chunk, frame);
    mark(message, frame, start);
    chunk.delivered += frame.body.size();
    chunk.seen_to_its_end = chunk.complete && end == chunk.offset + chunk.octets && frame.flag == chunk.flag;
    message.end_received = message.end_received || frame.flag == '$';
    message.abort_received = message.abort_received || frame.flag == '#';
    return {&message, &chunk};
  }
  world_.violation("more than was sent: " + message.to->name() + " got " + describe(frame));
  return {nullptr, nullptr};
}

void Ledger::mark(Message& message, const Frame& frame, std::uint64_t start) {
  const std::uint64_t end = start + frame.body.size();
  message.marks.resize(std::max<std::size_t>(message.marks.size(), end));
  const auto first = message.marks.begin() + static_cast<std::ptrdiff_t>(start);
  const auto last = message.marks.begin() + static_cast<std::ptrdiff_t>(end);
  if (std::find(first, last, true) != last) world_.violation("octets twice (R-141) in " + describe(message) + ": " + describe(frame));
  std::fill(first, last, true);
  if (message.content.compare(start, frame.body.size(), frame.body) != 0)
    world_.violation("octets changed (R-141) in " + describe(message) + ": " + describe(frame));
}

// Chunks that the relay refused are missing: the piece belongs to a later one.
void Ledger::skip_refused(Message& message, const Frame& frame) {
  while (message.receiving + 1 < message.chunks.size() && message.chunks[message.receiving + 1].offset <= message.received) {
    const Chunk& chunk = message.chunks[message.receiving];
    if (frame.body.empty() && chunk.octets == 0 && chunk.offset == message.received) return;
    ++message.receiving;
  }
}

void Ledger::check_headers(const Message& message, const Chunk& chunk, const Frame& frame) {
  std::vector<std::pair<std::string, std::string>> others;
  std::string version;
  for (const auto& header : frame.headers) {
    if (header.first == "X-Rules") {
      if (!version.empty() && version != header.second)
        world_.violation("judged by rules of two versions in " + describe(message) + ": " + describe(frame));
      version = header.second;
    } else if (!is_path_or_range(header.first)) {
      others.push_back(header);
    }
  }
  if (version.empty() == world_.options().reloads) world_.violation("rules were passed over in " + describe(message));
  if (others != chunk.headers) world_.violation("headers changed (R-011) in " + describe(message) + ": " + describe(frame));
  if (frame.has_body != chunk.has_body) world_.violation("body made or lost (R-006) in " + describe(message) + ": " + describe(frame));
}

void Ledger::check_piece(Message& message, Chunk& chunk, const Frame& frame) {
  const auto wrong = [&](std::string_view what) {
    world_.violation(std::string(what) + " in " + describe(message) + ": " + describe(frame));
  };
  const std::uint64_t start = message.received;
  const std::uint64_t end = start + frame.body.size();
  if (start < chunk.offset || end > chunk.offset + chunk.octets) return wrong("a piece outside its chunk");
  mark(message, frame, start);
  message.received = end;
  chunk.delivered += frame.body.size();
  if (const auto range = frame.range(); range && frame.flag != '#') {
    if (range->end && *range->end != end) return wrong("range-end is wrong (R-134)");
    Frame sent;
    sent.headers.emplace_back("Byte-Range", chunk.range);
    const auto original = sent.range();
    if (original && original->total != range->total) return wrong("total changed (R-134)");
  } else if (start > 0 && frame.flag != '#') {
    return wrong("a later piece without Byte-Range (R-134)");
  }
  const bool at_end = chunk.complete && end == chunk.offset + chunk.octets;
  switch (frame.flag) {
    case '+':
      if (!at_end) return;
      if (chunk.flag != '+') return wrong("the flag of a chunk changed (R-135)");
      break;
    case '$':
      if (!at_end || chunk.flag != '$') return wrong("$ invented (R-135)");
      message.end_received = true;
      break;
    case '#':
      message.abort_received = true;
      if (at_end && chunk.flag == '#') break;
      chunk.cut_short = true;
      if (message.from->lives() && !may_fail(message)) return wrong("# although the sender lives (R-136)");
      return;
    default: return wrong("flag");
  }
  chunk.seen_to_its_end = true;
  ++message.receiving;
}

void Ledger::reported(Client& by, const Frame& frame) {
  const auto wrong = [&](std::string_view what) {
    world_.violation(std::string(what) + ": " + by.name() + " got " + describe(frame) + " " + frame.value("Status"));
  };
  const auto found = by_id_.find(frame.value("Message-ID"));
  if (found == by_id_.end()) return wrong("a REPORT about nothing");
  Message& message = *found->second;
  if (message.from != &by) return wrong("a REPORT for somebody else");
  const std::vector<std::string> status = split(frame.value("Status"), ' ');
  if (status.size() < 2 || status[0] != "000" || status[1].size() != 3) return wrong("Status");
  if (frame.value("To-Path") != by.uri()) return wrong("To-Path of a REPORT (R-109)");
  if (status[1] == "200") {
    if (!message.success_report || !message.end_received || ++message.success_reports > 1)
      return wrong("a success REPORT that nobody sent");
    if (frame.value("From-Path") != by.path_to(*message.to)) return wrong("From-Path of a success REPORT");
    return;
  }
  Chunk* chunk = reported_chunk(message, frame);
  if (chunk == nullptr) return wrong("a second REPORT about one SEND, or about none (R-255)");
  if (message.failure_report == Report::no) return wrong("a REPORT against Failure-Report: no (R-107)");
  chunk->report_code = std::stoi(status[1]);
  const bool lost = may_fail(message) || message.hopeless || !message.to->lives() || message.to->has_half_closed();
  if (message.failure_report == Report::partial && chunk->report_code == 408 && !lost)
    return wrong("a timeout against Failure-Report: partial (R-106)");
  if (chunk->code >= 300) return wrong("a REPORT about what a response has told already (R-108)");
  ++chunk->reports;
}

// It may have gaps, or end before its end: somebody has refused it, or something on its way has failed.
bool Ledger::may_fail(const Message& message) const {
  const WorldOptions& options = world_.options();
  return options.lossy || options.stops || options.breaks || message.refused;
}

// What a relay cuts is several SENDs to the next one, each of which may fail. One relay says one thing about each, at most.
Chunk* Ledger::reported_chunk(Message& message, const Frame& frame) {
  const std::uint64_t start = frame.range() ? frame.range()->start - 1 : 0;
  const std::string key = frame.value("From-Path") + " " + std::to_string(start);
  const bool by_first = frame.value("From-Path").find(' ') == std::string::npos;
  // Several may begin at one octet, all but the last of them empty. Best the one that ends where it says and was refused.
  const auto worth = [&](const Chunk& sent) {
    const bool ends_there = frame.range() && frame.range()->end == sent.offset + sent.octets;
    return (ends_there ? 2 : 0) + (sent.answered != 0 || sent.unanswered ? 1 : 0);
  };
  Chunk* chunk = nullptr;
  for (Chunk& sent : message.chunks) {
    const bool inside = start == sent.offset || (!by_first && start > sent.offset && start < sent.offset + sent.octets);
    // The relays that it has passed, the sender's own first.
    const bool on_path = sent.to_path.starts_with(frame.value("From-Path") + " ");
    if (!inside || !on_path || sent.reported.contains(key)) continue;
    if (chunk == nullptr || worth(sent) > worth(*chunk)) chunk = &sent;
  }
  if (chunk != nullptr) chunk->reported.insert(key);
  return chunk;
}

void Ledger::check_at_rest() {
  for (const Message& message : messages_) check_message(message);
}

void Ledger::check_message(const Message& message) {
  const auto wrong = [&](std::string_view what) { world_.violation(std::string(what) + ": " + describe(message)); };
  if (!message.from->is_owed_answers()) return;
  for (const Chunk& chunk : message.chunks) check_answers(message, chunk);
  if (message.hopeless || !message.to->lives() || world_.options().lossy || world_.options().breaks) return;
  if (message.chunks.empty() || !message.chunks.back().complete) return wrong("its sender could not send it all: it is held up");
  if (message.refused || world_.options().stops) return;
  if (message.received != message.content.size() || message.receiving != message.chunks.size()) {
    return wrong("delivered only " + std::to_string(message.received) + " of " + std::to_string(message.content.size()) + " octets");
  }
}

void Ledger::check_answers(const Message& message, const Chunk& chunk) {
  const auto wrong = [&](std::string_view what) {
    world_.violation(std::string(what) + " for " + chunk.tid + " of " + describe(message) + ": " + std::to_string(chunk.responses) +
                     " responses, the last " + std::to_string(chunk.code) + ", " + std::to_string(chunk.reports) + " REPORTs");
  };
  if (!chunk.complete) return;
  const bool asked = message.failure_report == Report::yes || message.failure_report == Report::absent;
  const bool fair = !message.hopeless && message.to->lives() && !world_.options().lossy && !world_.options().breaks;
  const bool may_be_stopped = message.refused || world_.options().stops;
  if (asked && chunk.responses != 1) return wrong("not exactly one response (R-085)");
  if (message.failure_report == Report::no && chunk.responses != 0) return wrong("a response against Failure-Report: no (R-086)");
  if (message.failure_report == Report::partial && chunk.responses > 0 &&
      (chunk.code == 200 || (fair && !(may_be_stopped && chunk.code == 413))))
    return wrong("a response against Failure-Report: partial (R-087)");
  if (message.hopeless && asked && chunk.code == 200 && chunk.reports == 0) return wrong("a success for what may not be done");
  if (!message.hopeless) check_told(message, chunk);
  if (!fair) return;
  if (asked && chunk.code != 200 && !(may_be_stopped && chunk.code == 413)) return wrong("not 200");
  const bool for_nothing = chunk.answered == 0 && !chunk.unanswered && chunk.reports > 0;
  if (for_nothing && !world_.options().slow && !may_be_stopped) return wrong("a REPORT about nothing");
  const bool due = chunk.answered != 0 && message.failure_report != Report::no;
  if (due && chunk.reports == 0) return wrong("no REPORT of the receiver's error (R-107)");
}

// Nothing that was acknowledged is lost silently, and nobody's message is stopped behind his back.
void Ledger::check_told(const Message& message, const Chunk& chunk) {
  const auto wrong = [&](std::string_view what) {
    world_.violation(std::string(what) + ": " + chunk.tid + " of " + describe(message) + ", delivered " + std::to_string(chunk.delivered) +
                     " of " + std::to_string(chunk.octets));
  };
  const bool asked = message.failure_report == Report::yes || message.failure_report == Report::absent;
  // A REPORT made in mid-chunk may name no more than what an empty chunk before it has: which of the two it is about cannot be told.
  const bool reported = std::any_of(message.chunks.begin(), message.chunks.end(),
                                    [&](const Chunk& other) { return other.offset == chunk.offset && other.reports > 0; });
  const bool told = chunk.code >= 300 || reported;
  if (told || chunk.flag == '#') return;
  const bool whole = chunk.seen_to_its_end && chunk.delivered == chunk.octets;
  // Who has half-closed is answered, and then closed: it cannot hear more.
  if (message.from->has_half_closed()) return;
  if (asked && !whole) return wrong("acknowledged, and neither delivered nor reported (R-107)");
  // Who asked for partial reports hears of what a relay knows of; what was lost on a broken way may have been taken for delivered.
  const bool partial = message.failure_report == Report::partial && !world_.options().breaks && !world_.options().lossy;
  if (partial && chunk.cut_short) return wrong("cut short, and not reported (R-107)");
}

}  // namespace sim
