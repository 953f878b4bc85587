#include "command/commander.h"

#include <charconv>
#include <utility>

#include "command/answers.h"

namespace command {
namespace {

using nlohmann::json;

std::int64_t milliseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

// A change is in the log with who made it and what came of it, whether it was allowed or not.
void Commander::answer(const Asker& asker, std::string_view line, const Server::Reply& reply) {
  const auto request = parse_request(line);
  if (!request) return reply(error_line(request.error()));
  if (!request->entry->changes) return run(*request, reply);
  if (asker.role != Role::operating) {
    audit(asker, *request, "refused");
    return reply(error_line("`" + std::string(request->entry->text) + "` is for operators, and user " + std::to_string(asker.user) +
                            " is an " + describe(asker.role)));
  }
  run(*request, [this, asker, request = *request, reply](const std::string& answer) {
    const json told = json::parse(answer, nullptr, false);
    audit(asker, request, told.contains("error") ? told.value("error", std::string()) : "done");
    reply(answer);
  });
}

void Commander::run(const Request& request, const Server::Reply& reply) {
  switch (request.entry->name) {
    case Name::info: return with_figures(reply, [this](const Figures& figures) { return info(figures); });
    case Name::limits: return with_figures(reply, [this](const Figures& figures) { return limits_of(figures, relay_.config); });
    case Name::rules: return with_figures(reply, rules_of);
    case Name::certs: return with_figures(reply, certificates_of);
    case Name::links: return list(relay::Listed::links, request, reply);
    case Name::sessions: return list(relay::Listed::sessions, request, reply);
    case Name::errors: return list(relay::Listed::malformed, request, reply);
    case Name::bans: return reply(result_line(bans()));
    case Name::kick: return kick(request, reply);
    case Name::drain: return drain(request, reply);
    case Name::undrain: return undrain(reply);
    case Name::reload: return reload(reply);
    case Name::log: return log(request, reply);
    case Name::ban: return ban(request, reply);
    case Name::unban: return unban(request, reply);
  }
}

void Commander::with_figures(const Server::Reply& reply, std::function<json(const Figures&)> make) {
  const bool asked =
      relay_.control.with_counters([this, reply, make = std::move(make)] { reply(result_line(make(relay_.pages.figures()))); });
  if (!asked) reply(error_line("too many wait for the cores' counters already: try again"));
}

json Commander::info(const Figures& figures) const {
  json told = info_of(figures);
  if (draining_) {
    const auto now = Clock::now();
    told["drain"] = {{"since_ms", milliseconds(now - draining_->since)},
                     {"left_ms", std::max<std::int64_t>(milliseconds(draining_->deadline - now), 0)},
                     {"links_then", draining_->links},
                     {"links", figures.sum.links},
                     {"sessions", figures.sum.sessions}};
  }
  return told;
}

void Commander::list(relay::Listed what, const Request& request, const Server::Reply& reply) {
  auto wish = wish_of(what, request);
  if (!wish) return reply(error_line(wish.error()));
  std::vector<std::string> listeners{"dialled"};
  for (const config::Listen& listen : relay_.config.listens) listeners.push_back(listen.name);
  Listing::run(relay_.control.questions(), relay_.control.cores(), std::move(listeners), std::move(*wish),
               [reply](const base::Result<json, std::string>& page) { reply(page ? result_line(*page) : error_line(page.error())); });
}

base::Result<Listing::Wish, std::string> Commander::wish_of(relay::Listed what, const Request& request) const {
  Listing::Wish wish;
  wish.ask.what = what;
  wish.user = request.text("user");
  if (const std::string text = request.text("address"); !text.empty()) {
    const auto address = base::IpAddress::parse(text);
    if (!address) return base::fail("`" + text + "` is no IP address");
    wish.ask.has_address = true;
    wish.ask.address = *address;
  }
  if (const std::string text = request.text("link"); !text.empty()) {
    const auto link = Handle::parse(text);
    if (!link || link->is_session) return base::fail("`" + text + "` is no link: `links` shows them, such as l0.17.3");
    wish.ask.link = {link->slot, link->generation};
    wish.cursor.core = link->core;
    // A link's own place is known; its sessions may be anywhere on its core.
    if (what == relay::Listed::links) wish.cursor.slot = link->slot;
    wish.one_core = true;
  }
  if (const std::string text = request.text("cursor"); !text.empty()) {
    const auto cursor = Cursor::parse(text);
    if (!cursor) return base::fail("`" + text + "` is no cursor of an earlier answer");
    wish.cursor = *cursor;
  }
  if (const std::string text = request.text("rows"); !text.empty()) {
    std::size_t rows = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
    if (error != std::errc() || end != text.data() + text.size() || rows == 0 || rows > Listing::rows_limit)
      return base::fail("rows: 1 to " + std::to_string(Listing::rows_limit));
    wish.rows_max = rows;
  }
  return wish;
}

json Commander::bans() const {
  const auto now = Clock::now();
  json rows = json::array();
  for (const auto& [address, end] : bans_.all()) {
    rows.push_back(
        {{"address", address.to_string()}, {"left_ms", end ? json(std::max<std::int64_t>(milliseconds(*end - now), 0)) : json()}});
  }
  return {{"rows", std::move(rows)}};
}

}  // namespace command
