// How a client sends a message: in chunks, in pieces, with pauses, with bodies that a framer may stumble over.
#include <algorithm>

#include "client.h"
#include "world.h"

namespace sim {
namespace {

using std::chrono::milliseconds;

const char* spelled(Report report) {
  switch (report) {
    case Report::yes: return "yes";
    case Report::partial: return "partial";
    case Report::no: return "no";
    case Report::absent: return "";
  }
  return "";
}

}  // namespace

Message& Client::send(Client& to, Style style, std::size_t octets) {
  ring::SimRandom& random = world_.random();
  Message& message = world_.ledger().open(*this, to);
  static constexpr Report reports[] = {Report::yes, Report::absent, Report::absent, Report::partial, Report::no};
  message.failure_report = reports[random.below(std::size(reports))];
  message.success_report = random.chance(0.2);
  if (octets == SIZE_MAX) octets = random.chance(0.1) ? 0 : random.spread(1, temper.body_max);
  streams_.push_back({&message, style, octets, random.chance(0.6), octets, octets == 0 && random.chance(0.5)});
  if (!pump_due_) {
    pump_due_ = true;
    world_.after(milliseconds(random.below(3)), [this] { pump(); });
  }
  return message;
}

// Goes on with what is to be sent, one step.
void Client::pump() {
  pump_due_ = false;
  Line* line = sending_line();
  if (line == nullptr || died_ || holding_ || streams_.empty() || !world_.fault().empty()) return;
  if (line->writing_chunk) {
    write_body(*line);
  } else {
    start_chunk(*line);
  }
  if (streams_.empty() || pump_due_) return;
  pump_due_ = true;
  ring::SimRandom& random = world_.random();
  const base::Duration pause = random.chance(0.1) ? milliseconds(random.below(400)) : milliseconds(random.below(2));
  world_.after(pause, [this] { pump(); });
}

void Client::start_chunk(Line& line) {
  ring::SimRandom& random = world_.random();
  Stream& stream = streams_.front();
  Message& message = *stream.message;
  chunk_left_ = stream.left;
  if (random.chance(temper.cut)) chunk_left_ = random.chance(0.1) ? 0 : random.below(stream.left + 1);
  message.chunks.emplace_back();
  Chunk& chunk = message.chunks.back();
  chunk.tid = new_tid(line);
  chunk.to_path = path_to(*message.to);
  chunk.from_path = uri_;
  chunk.offset = message.content.size();
  chunk.begun = world_.network().now();
  chunk.has_body = !stream.bodiless;
  chunk.interruptible = random.chance(0.6);
  const std::string total = stream.total_known ? std::to_string(stream.total) : "*";
  const std::string last = chunk.interruptible ? "*" : std::to_string(chunk.offset + chunk_left_);
  chunk.range = std::to_string(chunk.offset + 1) + "-" + last + "/" + total;
  // A message in one chunk need not have one.
  if (chunk.offset == 0 && chunk_left_ == stream.left && random.chance(0.3)) {
    chunk.range.clear();
    chunk.interruptible = false;
  }
  if (stream.bodiless) chunk.range.clear();
  chunk.headers.emplace_back("Message-ID", message.id);
  if (message.failure_report != Report::absent) chunk.headers.emplace_back("Failure-Report", spelled(message.failure_report));
  if (message.success_report) chunk.headers.emplace_back("Success-Report", "yes");
  if (random.chance(0.2)) chunk.headers.emplace_back("X-Extra", std::string(random.spread(1, 600), 'x'));
  if (chunk.has_body) chunk.headers.emplace_back("Content-Type", "text/plain");

  std::string head = "MSRP " + chunk.tid + " SEND\r\nTo-Path: " + chunk.to_path + "\r\nFrom-Path: " + chunk.from_path + "\r\n";
  const std::size_t range_at = random.below(chunk.headers.size());
  for (std::size_t i = 0; i < chunk.headers.size(); ++i) {
    if (i == range_at && !chunk.range.empty()) head += "Byte-Range: " + chunk.range + "\r\n";
    head += chunk.headers[i].first + ": " + chunk.headers[i].second + "\r\n";
  }
  if (chunk.has_body) head += "\r\n";
  if (world_.verbose())
    world_.note(name_ + " > SEND " + chunk.tid + " " + message.id + " " + chunk.range + " " + spelled(message.failure_report));
  line.peer->write(head);
  line.writing_chunk = true;
  if (!random.chance(temper.slice)) write_body(line);
}

// A piece of the body, or its end.
void Client::write_body(Line& line) {
  ring::SimRandom& random = world_.random();
  Stream& stream = streams_.front();
  Message& message = *stream.message;
  Chunk& chunk = message.chunks.back();
  const std::size_t octets = random.chance(temper.slice) ? random.between(std::min<std::size_t>(chunk_left_, 1), chunk_left_) : chunk_left_;
  const std::string piece = body_piece(chunk, message, stream.style, octets);
  message.content += piece;
  chunk.octets += piece.size();
  stream.left -= piece.size();
  chunk_left_ -= piece.size();
  line.peer->write(piece);
  const bool ends = chunk_left_ == 0 && !random.chance(0.2 * temper.slice);
  if (ends) return end_chunk(line, stream.left > 0);
  if (chunk.interruptible && !line.waiting.empty() && random.chance(0.5)) end_chunk(line, true);
}

void Client::end_chunk(Line& line, bool more) {
  ring::SimRandom& random = world_.random();
  const Stream stream = streams_.front();
  Chunk& chunk = stream.message->chunks.back();
  const bool aborts = random.chance(0.02);
  chunk.flag = aborts ? '#' : more ? '+' : '$';
  chunk.complete = true;
  line.peer->write((chunk.has_body ? "\r\n-------" : "-------") + chunk.tid + chunk.flag + "\r\n");
  line.writing_chunk = false;
  flush_waiting(line);
  streams_.erase(streams_.begin());
  if (!more || aborts) return;
  // Sometimes another message has its turn (R-132).
  streams_.insert(random.chance(0.5) ? streams_.begin() : streams_.end(), stream);
}

std::string Client::body_piece(const Chunk& chunk, const Message& message, Style style, std::size_t octets) const {
  ring::SimRandom& random = world_.random();
  std::string body;
  const auto fill = [&](std::string_view alphabet) {
    while (body.size() < octets) body += alphabet[random.below(alphabet.size())];
  };
  switch (style) {
    case Style::text:
      while (body.size() < octets) body += "All that is gold does not glitter; ";
      break;
    case Style::noise:
      while (body.size() < octets) body += static_cast<char>(random.below(256));
      break;
    case Style::hyphens: fill("-----------------------------------------\r\n$"); break;
    case Style::line_ends: fill("\r\n\r\n\r\n-x"); break;
    case Style::end_lines:
      while (body.size() < octets)
        body += (random.chance(0.5) ? "\r\n-------" : "-------") + chunk.tid.substr(0, random.below(chunk.tid.size())) +
                (random.chance(0.5) ? "$\r\n" : "-");
      break;
    case Style::own_id:
      while (body.size() < octets)
        body += "\r\n-------" + chunk.tid + (random.chance(0.5) ? "x\r\n" : "$ \r\n") + std::string(random.below(200), '.');
      break;
    case Style::accomplice: {
      const std::string seen = message.to->tid_in_progress();
      const std::string forged = seen.empty()
                                     ? std::string(random.below(4000) + 1, 'z')
                                     : "\r\n-------" + seen + "$\r\nMSRP forged99 SEND\r\nTo-Path: " + message.to->uri() +
                                           "\r\nFrom-Path: " + path_seen_by(*message.to) + "\r\nMessage-ID: forged\r\n-------forged99$\r\n";
      while (body.size() < octets) body += forged;
      break;
    }
  }
  body.resize(octets);
  // Its own end-line would be an end, not a body.
  const std::string own = "-------" + chunk.tid;
  for (std::size_t at = body.find(own); at != std::string::npos; at = body.find(own, at + 1)) {
    if (at + own.size() >= body.size() || std::string_view("$+#").find(body[at + own.size()]) != std::string_view::npos) {
      const std::size_t flag = at + own.size();
      if (flag >= body.size() || flag + 2 >= body.size() || (body[flag + 1] == '\r' && body[flag + 2] == '\n')) body[at] = 'x';
    }
  }
  return body;
}

}  // namespace sim
