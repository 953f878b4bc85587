#include "blaster/tally.h"

#include <numeric>

namespace blaster {

const char* describe(Fault fault) {
  switch (fault) {
    case Fault::lost: return "lost";
    case Fault::duplicated: return "duplicated";
    case Fault::corrupted: return "corrupted";
    case Fault::misaddressed: return "misaddressed";
    case Fault::unanswered: return "unanswered";
    case Fault::unreported: return "unreported";
    case Fault::refused: return "refused";
    case Fault::reported: return "reported";
    case Fault::malformed: return "malformed";
    case Fault::aborted: return "aborted";
    case Fault::misordered: return "misordered";
    case Fault::link_lost: return "links_lost";
    case Fault::churn_failed: return "churn_failed";
  }
  return "";
}

std::uint64_t Tally::faults_in_all() const { return std::accumulate(faults.begin(), faults.end(), std::uint64_t{0}); }

void Tally::add(const Tally& other) {
  messages_begun += other.messages_begun;
  messages_delivered += other.messages_delivered;
  messages_done += other.messages_done;
  frames_sent += other.frames_sent;
  frames_delivered += other.frames_delivered;
  octets_delivered += other.octets_delivered;
  success_reports += other.success_reports;
  if (other.last_refusal != 0) last_refusal = other.last_refusal;
  if (!other.churn_failure.empty()) churn_failure = other.churn_failure;
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  latency.merge(other.latency);
  slow_latency.merge(other.slow_latency);
  lag.merge(other.lag);
  sessions.merge(other.sessions);
  links.merge(other.links);
  auths.merge(other.auths);
}

}  // namespace blaster
