// What operators change. Nothing of it outlives the process: what is to stay stands in the configuration.
#include <algorithm>
#include <optional>

#include "command/commander.h"
#include "config/units.h"

namespace command {
namespace {

using control::LogLevel;
using control::LogLine;
using nlohmann::json;

constexpr auto drain_within_max = std::chrono::hours(24 * 7);
constexpr auto ban_for_max = std::chrono::hours(24 * 365);

base::Result<base::Duration, std::string> duration_of(const std::string& text, base::Duration most) {
  const auto duration = config::parse_duration(text);
  if (!duration) return base::fail("`" + text + "`: " + duration.error().reason);
  if (*duration > most) return base::fail("`" + text + "` is too long: at most " + config::print_duration(most));
  return *duration;
}

std::optional<LogLevel> level_named(std::string_view name) {
  if (name == "error") return LogLevel::error;
  if (name == "warning") return LogLevel::warning;
  if (name == "info") return LogLevel::info;
  if (name == "debug") return LogLevel::debug;
  return std::nullopt;
}

std::string areas() {
  std::string all;
  for (const std::string_view area : control::log_areas) all.append(all.empty() ? "" : ", ").append(area);
  return all;
}

}  // namespace

void Commander::audit(const Asker& asker, const Request& request, std::string_view outcome) {
  LogLine line(LogLevel::info, "audit", request.entry->text);
  line.with("user", asker.user).with("process", asker.process).with("role", describe(asker.role));
  for (const auto& [argument, value] : request.arguments.items()) line.with(argument, value.get<std::string>());
  line.with("outcome", outcome);
  relay_.log.write(line);
}

void Commander::kick(const Request& request, const Server::Reply& reply) {
  const std::string id = request.text("id");
  const auto handle = Handle::parse(id);
  if (!handle)
    return reply(error_line("`" + id + "` is neither a session (s0.17.3) nor a link (l0.17.3): `sessions` and `links` show them"));
  const std::string unknown = "there is no " + std::string(handle->is_session ? "session " : "link ") + id + " (any more)";
  if (handle->core >= relay_.control.cores()) return reply(error_line(unknown));
  relay::KickMail mail;
  mail.is_session = handle->is_session;
  mail.slot = handle->slot;
  mail.generation = handle->generation;
  const bool asked = relay_.control.questions().ask(base::CoreId(handle->core), mail, [reply, id, unknown](std::string_view record) {
    if (record.empty()) return reply(error_line("the core does not answer"));
    std::string_view rest;
    if (!relay::read_mail<relay::KickedMail>(record, rest).done) return reply(error_line(unknown));
    reply(result_line({{"ended", id}}));
  });
  if (!asked) reply(error_line("too many questions wait for the cores already: try again"));
}

void Commander::drain(const Request& request, const Server::Reply& reply) {
  const std::string text = request.text("deadline");
  const auto within = duration_of(text.empty() ? "30m" : text, drain_within_max);
  if (!within) return reply(error_line(within.error()));
  relay_.control.drain(*within);
  const auto now = Clock::now();
  draining_ = Draining{now, now + std::chrono::duration_cast<Clock::duration>(*within), 0};
  with_figures(reply, [this](const Figures& figures) {
    if (draining_) draining_->links = figures.sum.links;
    return json{{"drain", info(figures).value("drain", json())}};
  });
}

void Commander::undrain(const Server::Reply& reply) {
  if (!draining_) return reply(error_line("it is not being drained"));
  draining_.reset();
  relay_.control.drain(std::nullopt);
  reply(result_line({{"drain", nullptr}}));
}

// Answered when all cores have told their counters, which they do behind what they were told before; what was wrong stands in the answer.
void Commander::reload(const Server::Reply& reply) {
  const auto began = std::chrono::system_clock::now();
  relay_.reload();
  with_figures(reply, [began](const Figures& figures) {
    json faults = json::array();
    for (const control::Log::Fault& fault : figures.faults) {
      if (fault.at >= began) faults.push_back({{"level", fault.level == LogLevel::error ? "error" : "warning"}, {"text", fault.text}});
    }
    return json{{"faults", std::move(faults)}};
  });
}

void Commander::log(const Request& request, const Server::Reply& reply) {
  const std::string name = request.text("level");
  const std::string area = request.text("area");
  const auto level = level_named(name);
  if (!level) return reply(error_line("`" + name + "` is no level: error, warning, info, debug"));
  if (!area.empty() && std::find(control::log_areas.begin(), control::log_areas.end(), area) == control::log_areas.end())
    return reply(error_line("`" + area + "` is no area of the log: " + areas()));
  if (area.empty()) {
    for (const std::string_view one : control::log_areas) relay_.log.set_level(one, std::nullopt);
    relay_.log.set_level(*level);
  } else {
    relay_.log.set_level(area, *level);
  }
  reply(result_line({{"level", name}, {"area", area.empty() ? "all" : area}}));
}

void Commander::ban(const Request& request, const Server::Reply& reply) {
  const std::string text = request.text("address");
  const auto address = base::IpAddress::parse(text);
  if (!address) return reply(error_line("`" + text + "` is no IP address"));
  std::optional<Clock::time_point> end;
  if (const std::string time = request.text("for"); !time.empty()) {
    const auto duration = duration_of(time, ban_for_max);
    if (!duration) return reply(error_line(duration.error()));
    end = Clock::now() + std::chrono::duration_cast<Clock::duration>(*duration);
  }
  if (!bans_.add(*address, end))
    return reply(error_line("there are " + std::to_string(Bans::bans_max) + " bans already: a firewall can do more"));
  relay_.control.ban(bans_.addresses());
  if (!every_second_.active()) every_second_ = control::Watch::every(relay_.loop, std::chrono::seconds(1), [this] { expire_bans(); });
  reply(result_line({{"address", address->to_string()}, {"for", request.text("for").empty() ? "ever" : request.text("for")}}));
}

void Commander::unban(const Request& request, const Server::Reply& reply) {
  const std::string text = request.text("address");
  const auto address = base::IpAddress::parse(text);
  if (!address) return reply(error_line("`" + text + "` is no IP address"));
  if (!bans_.remove(*address)) return reply(error_line(address->to_string() + " is not banned"));
  relay_.control.ban(bans_.addresses());
  reply(result_line({{"address", address->to_string()}}));
}

void Commander::expire_bans() {
  if (bans_.expire(Clock::now())) relay_.control.ban(bans_.addresses());
  if (bans_.all().empty()) every_second_ = control::Watch();
}

}  // namespace command
