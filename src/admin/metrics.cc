#include "admin/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace admin {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

const std::string prefix = "msrp_relay_";

class Families {
 public:
  void counter(const std::string& name, std::string_view help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    family(name, help, MetricType::Counter).metric.push_back(std::move(metric));
  }
  void gauge(const std::string& name, std::string_view help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    family(name, help, MetricType::Gauge).metric.push_back(std::move(metric));
  }
  void histogram(const std::string& name, std::string_view help, const relay::Histogram& from) {
    ClientMetric metric;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < from.counts.size(); ++i) {
      count += from.counts[i];
      if (i < relay::Histogram::bounds)
        metric.histogram.bucket.push_back({count, static_cast<double>(relay::Histogram::bound(i).count()) / 1e9});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(from.sum_ns) / 1e9;
    family(name, help, MetricType::Histogram).metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  MetricFamily& family(const std::string& name, std::string_view help, MetricType type) {
    const auto found = std::find_if(families_.begin(), families_.end(), [&](const MetricFamily& one) { return one.name == name; });
    if (found != families_.end()) return *found;
    families_.push_back({name, std::string(help), type, {}});
    return families_.back();
  }
  std::vector<MetricFamily> families_;
};

// Counters that are one family, told apart by a label. All others are msrp_relay_<name>_total.
struct Labelled {
  std::string_view counter;
  const char* family;
  const char* help;
  const char* label;
  const char* value;
};
constexpr std::array labelled{
    Labelled{"auth_accepted", "auth_total", "AUTH requests for this relay by what came of them", "result", "accepted"},
    Labelled{"auth_challenged", "auth_total", "", "result", "challenged"},
    Labelled{"auth_failed", "auth_total", "", "result", "failed"},
    Labelled{"auth_refused", "auth_total", "", "result", "refused"},
    Labelled{"responses_in", "frames_received_total", "Frames received by what they are", "kind", "response"},
    Labelled{"auth_in", "frames_received_total", "", "kind", "AUTH"},
    Labelled{"reports_in", "frames_received_total", "", "kind", "REPORT"},
    Labelled{"others_in", "frames_received_total", "", "kind", "other"},
};
// In base units, or per core, or the sum of others here.
constexpr std::array elsewhere{std::string_view("frames_in"),  std::string_view("frames_out"), std::string_view("octets_in"),
                               std::string_view("octets_out"), std::string_view("turns"),      std::string_view("stalls")};

void put_counters(Families& families, const relay::Counters& sum) {
  families.counter(prefix + "received_bytes_total", "Octets received on all links", static_cast<double>(sum.octets_in));
  families.counter(prefix + "sent_bytes_total", "Octets sent on all links", static_cast<double>(sum.octets_out));
  families.counter(prefix + "frames_sent_total", "Frames sent", static_cast<double>(sum.frames_out));
  const std::uint64_t not_sends = sum.responses_in + sum.auth_in + sum.reports_in + sum.others_in;
  families.counter(prefix + "frames_received_total", "Frames received by what they are", static_cast<double>(sum.frames_in - not_sends),
                   {{"kind", "SEND"}});
  sum.each_grown([&](std::string_view name, std::string_view meaning, std::uint64_t value) {
    if (std::find(elsewhere.begin(), elsewhere.end(), name) != elsewhere.end()) return;
    const auto row = std::find_if(labelled.begin(), labelled.end(), [&](const Labelled& one) { return one.counter == name; });
    if (row == labelled.end()) return families.counter(prefix + std::string(name) + "_total", meaning, static_cast<double>(value));
    families.counter(prefix + row->family, row->help, static_cast<double>(value), {{row->label, row->value}});
  });
}

void put_responses(Families& families, const std::string& name, std::string_view help, const relay::ResponseCounters& from) {
  for (std::size_t i = 0; i < from.counts.size(); ++i) {
    const bool known = i < relay::ResponseCounters::codes.size();
    families.counter(name, help, static_cast<double>(from.counts[i]),
                     {{"code", known ? std::to_string(relay::ResponseCounters::codes[i]) : "other"}});
  }
}

void put_held(Families& families, const Figures& figures) {
  const auto put = [&](const char* name, const char* help, std::uint64_t value) {
    families.gauge(prefix + name, help, static_cast<double>(value));
  };
  put("links", "Links now", figures.sum.links);
  put("links_limit", "[limits] links", figures.held.links_max);
  put("sessions", "Sessions now", figures.sum.sessions);
  put("sessions_limit", "[limits] sessions", figures.held.sessions_max);
  put("buffer_bytes", "Octets of [limits] core_buffer in use, on all cores", figures.held.buffer_octets);
  put("buffer_limit_bytes", "[limits] core_buffer of all cores", figures.held.buffer_octets_max);
  put("receive_buffers", "Receive buffers in use", figures.held.receive_buffers);
  put("receive_buffers_limit", "Receive buffers of all cores", figures.held.receive_buffers_max);
  put("mail_waiting_bytes", "Octets that wait for another core", figures.held.mail_waiting);
  put("unanswered_sends", "SENDs that are not answered yet, or still under way", figures.held.reports);
  put("ready", "1: it takes new clients", figures.ready ? 1 : 0);
}

void put_cores(Families& families, const Figures& figures) {
  for (std::size_t i = 0; i < figures.cores.size(); ++i) {
    const Figures::Core& core = figures.cores[i];
    const Labels label{{"core", std::to_string(i)}};
    families.gauge(prefix + "core_up", "1: the core has answered this scrape", core.answers ? 1 : 0, label);
    families.gauge(prefix + "core_links", "Links of a core now", static_cast<double>(core.links), label);
    families.gauge(prefix + "core_sessions", "Sessions of a core now", static_cast<double>(core.sessions), label);
    families.counter(prefix + "core_busy_seconds_total", "Time that a core has spent in turns of its loop", core.busy_s, label);
    families.counter(prefix + "core_turns_total", "Turns of a core's loop", static_cast<double>(core.turns), label);
    families.counter(prefix + "core_stalls_total", "Turns of a core's loop that took more than 10 ms", static_cast<double>(core.stalls),
                     label);
  }
}

void put_listeners(Families& families, const Figures& figures) {
  for (std::size_t i = 0; i < std::min(figures.listeners.size(), labelled_listeners_max); ++i) {
    const relay::ListenerCounters& from = figures.listeners[i].counters;
    const Labels label{{"listener", figures.listeners[i].name}};
    families.gauge(prefix + "listener_links", "Links of a listener now; dialled: those that this relay opened",
                   static_cast<double>(from.links), label);
    families.counter(prefix + "listener_links_accepted_total", "Links accepted by a listener", static_cast<double>(from.links_accepted),
                     label);
    families.counter(prefix + "listener_frames_received_total", "Frames received on a listener's links",
                     static_cast<double>(from.frames_in), label);
    families.counter(prefix + "listener_received_bytes_total", "Octets received on a listener's links", static_cast<double>(from.octets_in),
                     label);
    families.counter(prefix + "listener_sent_bytes_total", "Octets sent on a listener's links", static_cast<double>(from.octets_out),
                     label);
  }
}

void put_rules(Families& families, const Figures& figures) {
  for (std::size_t i = 0; i < std::min(figures.rules.size(), labelled_rules_max); ++i) {
    const Figures::Rule& rule = figures.rules[i];
    families.counter(prefix + "rule_hits_total", "How often a rule has held since the rules were read", static_cast<double>(rule.hits),
                     {{"rule", rule.name}, {"action", rule.action}});
  }
}

void put_accounting(Families& families, const Figures::Accounting& accounting) {
  families.counter(prefix + "accounting_records_total", "Accounting records of this run", static_cast<double>(accounting.records));
  families.counter(prefix + "accounting_missing_total", "Accounting records that could not be kept: the files tell of a gap",
                   static_cast<double>(accounting.missing));
  families.gauge(prefix + "accounting_waiting_bytes", "Octets of accounting records that are to be written",
                 static_cast<double>(accounting.waiting_octets));
  families.gauge(prefix + "accounting_failing", "1: [accounting] folder cannot be written", accounting.failing ? 1 : 0);
}

double unix_seconds(std::chrono::system_clock::time_point time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

void put_process(Families& families, const Figures& figures) {
  const Figures::Process& process = figures.process;
  families.counter("process_cpu_seconds_total", "User and system time of the process", process.cpu_s);
  families.gauge("process_resident_memory_bytes", "Resident memory", static_cast<double>(process.resident_octets));
  families.gauge("process_virtual_memory_bytes", "Virtual memory", static_cast<double>(process.virtual_octets));
  // 0: the kernel does not tell.
  if (process.open_files > 0) families.gauge("process_open_fds", "Open file descriptors", static_cast<double>(process.open_files));
  families.gauge("process_max_fds", "Limit of open file descriptors", static_cast<double>(process.open_files_max));
  families.gauge("process_start_time_seconds", "When the process started, since 1970", unix_seconds(process.started));
}

}  // namespace

std::string metrics_text(const Figures& figures) {
  Families families;
  families.gauge(prefix + "build_info", "1, with what this relay is", 1, {{"version", figures.version}});
  put_held(families, figures);
  put_counters(families, figures.sum);
  put_responses(families, prefix + "responses_sent_total", "Responses of this relay's own by code", figures.sum.responses_out);
  put_responses(families, prefix + "responses_received_total", "Responses of next hops by code", figures.sum.responses_to_us);
  families.histogram(prefix + "turn_seconds", "Turns of the loops: how long a frame stays in the relay at most, when nothing is slow",
                     figures.sum.turn_time);
  families.histogram(prefix + "answer_seconds", "From a SEND that has left to the next hop's response", figures.sum.answer_time);
  put_cores(families, figures);
  put_listeners(families, figures);
  put_rules(families, figures);
  for (const Figures::Certificate& certificate : figures.certificates) {
    families.gauge(prefix + "certificate_not_after_seconds", "When a certificate ends, since 1970", unix_seconds(certificate.not_after),
                   {{"file", certificate.file}});
  }
  put_accounting(families, figures.accounting);
  put_process(families, figures);
  return families.text();
}

}  // namespace admin
