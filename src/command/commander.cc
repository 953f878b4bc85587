#include "command/commander.h"

#include "command/answers.h"

namespace command {

using control::LogLevel;
using control::LogLine;

void Commander::answer(const Asker& asker, std::string_view line, const Server::Reply& reply) {
  const auto request = parse_request(line);
  if (!request) return reply(error_line(request.error()));
  if (request->entry->changes && asker.role != Role::operating)
    return reply(error_line("`" + std::string(request->entry->text) + "` is for operators; user " + std::to_string(asker.user) + " is an " +
                            describe(asker.role)));
  switch (request->entry->name) {
    case Name::info: return with_figures(reply, &Commander::info);
    case Name::limits: return with_figures(reply, &Commander::limits);
    case Name::rules: return with_figures(reply, &Commander::rules);
    case Name::certs: return with_figures(reply, &Commander::certificates);
  }
}

void Commander::with_figures(const Server::Reply& reply, nlohmann::json (Commander::*make)(const admin::Figures&) const) {
  const bool asked = relay_.control.with_counters([this, reply, make] { reply(result_line((this->*make)(relay_.pages.figures()))); });
  if (!asked) reply(error_line("too many wait for the cores' counters already: try again"));
}

nlohmann::json Commander::info(const admin::Figures& figures) const { return info_of(figures); }
nlohmann::json Commander::limits(const admin::Figures& figures) const { return limits_of(figures, relay_.config); }
nlohmann::json Commander::rules(const admin::Figures& figures) const { return rules_of(figures); }
nlohmann::json Commander::certificates(const admin::Figures& figures) const { return certificates_of(figures); }

}  // namespace command
