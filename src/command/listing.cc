#include "command/listing.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "command/broken_head.h"
#include "relay/link.h"

namespace command {
namespace {

using nlohmann::json;

template <class Record>
Record take_record(std::string_view& octets) {
  Record record;
  CHECK(octets.size() >= sizeof record);
  std::memcpy(&record, octets.data(), sizeof record);
  octets.remove_prefix(sizeof record);
  return record;
}

std::string_view take_text(std::string_view& octets, std::size_t size) {
  CHECK(octets.size() >= size);
  const std::string_view text = octets.substr(0, size);
  octets.remove_prefix(size);
  return text;
}

std::int64_t milliseconds(base::Duration duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); }

const char* describe(relay::LinkState state) {
  switch (state) {
    case relay::LinkState::resolving: return "resolving";
    case relay::LinkState::connecting: return "connecting";
    case relay::LinkState::securing: return "securing";
    case relay::LinkState::open: return "open";
    case relay::LinkState::draining: return "draining";
    case relay::LinkState::closing: return "closing";
  }
  return "";
}

std::string link_name(std::uint16_t core, base::LinkId link) { return Handle{false, core, link.slot, link.generation}.text(); }

json row_of(const relay::LinkRecord& link, std::uint16_t core, const std::string& listener) {
  return {{"id", link_name(core, link.id)},
          {"peer", link.peer.to_string()},
          {"local", link.local.to_string()},
          {"listener", listener},
          {"state", describe(link.state)},
          {"tls", transport::name(link.tls)},
          {"in_kernel", link.in_kernel},
          {"relay", link.is_relay},
          {"on_probation", link.on_probation},
          {"paused", link.paused},
          {"sessions", link.sessions},
          {"unanswered", link.unanswered},
          {"waiting_octets", link.waiting_octets},
          {"idle_ms", milliseconds(link.idle)}};
}

json row_of(const relay::SessionRecord& session, std::uint16_t core, std::string_view user) {
  return {{"id", Handle{true, core, session.slot, session.generation}.text()},
          {"user", user},
          {"link", link_name(core, session.link)},
          {"peer", session.peer.to_string()},
          {"left_ms", milliseconds(session.left)},
          {"bound_peers", session.peers},
          {"by_relay", session.by_relay}};
}

}  // namespace

Listing::Listing(control::CoreQuestions& questions, std::size_t cores, std::vector<std::string> listeners, Wish wish, Reply reply)
    : questions_(questions), cores_(cores), listeners_(std::move(listeners)), wish_(std::move(wish)), reply_(std::move(reply)) {}

void Listing::run(control::CoreQuestions& questions, std::size_t cores, std::vector<std::string> listeners, Wish wish, Reply reply) {
  std::shared_ptr<Listing>(new Listing(questions, cores, std::move(listeners), std::move(wish), std::move(reply)))->ask();
}

void Listing::ask() {
  if (wish_.cursor.core >= cores_) return finish();
  wish_.ask.from = wish_.cursor.slot;
  const bool asked = questions_.ask(
      base::CoreId(wish_.cursor.core), wish_.ask, [self = shared_from_this()](std::string_view record) { self->take(record); }, wish_.user);
  if (!asked) reply_(base::fail(std::string("too many questions wait for the cores already: try again")));
}

void Listing::take(std::string_view record) {
  if (record.empty()) return reply_(base::fail("core " + std::to_string(wish_.cursor.core) + " does not answer"));
  std::string_view octets;
  const auto mail = relay::read_mail<relay::ListMail>(record, octets);
  for (std::uint32_t i = 0; i < mail.count; ++i) rows_.push_back(row(octets));
  if (mail.next != relay::ListMail::all) {
    wish_.cursor.slot = mail.next;
  } else {
    wish_.cursor = {static_cast<std::uint16_t>(wish_.one_core ? cores_ : wish_.cursor.core + 1U), 0};
  }
  if (++slices_ == slices_max || rows_.size() >= wish_.rows_max) return finish();
  ask();
}

json Listing::row(std::string_view& octets) const {
  const std::uint16_t core = wish_.cursor.core;
  const auto listener = [&](std::uint16_t number) { return number < listeners_.size() ? listeners_[number] : std::string(); };
  switch (wish_.ask.what) {
    case relay::Listed::links: {
      const auto link = take_record<relay::LinkRecord>(octets);
      return row_of(link, core, listener(link.listener));
    }
    case relay::Listed::sessions: {
      const auto session = take_record<relay::SessionRecord>(octets);
      return row_of(session, core, take_text(octets, session.user_octets));
    }
    case relay::Listed::malformed: {
      const auto frame = take_record<relay::MalformedRecord>(octets);
      const std::string_view head = take_text(octets, frame.octets);
      return {{"ago_ms", milliseconds(frame.ago)},    {"link", link_name(core, frame.link)},  {"peer", frame.peer.to_string()},
              {"listener", listener(frame.listener)}, {"fault", msrp::describe(frame.error)}, {"head", printable_head(head)}};
    }
  }
  return nullptr;
}

void Listing::finish() {
  json result = {{"rows", std::move(rows_)}};
  if (wish_.cursor.core < cores_) result["cursor"] = wish_.cursor.text();
  reply_(std::move(result));
}

}  // namespace command
