#pragma once
// What must be kept of a SEND to tell its sender that it failed: shared by all pieces it goes out in, so that one failure
// is one REPORT.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/ids.h"
#include "msrp/byte_range.h"
#include "msrp/head.h"
#include "session/token.h"

namespace relay {

struct ReportRecord {
  base::LinkName source;  // where the REPORT goes
  std::string from_path;  // of the SEND as received: becomes To-Path
  std::string own_uri;    // becomes From-Path
  std::string message_id;
  session::Token session;  // of this relay, that it passed last
  msrp::FailureReport failure_report = msrp::FailureReport::yes;
  bool has_range = false;
  msrp::ByteRange range;     // as received
  std::uint64_t octets = 0;  // of the chunk's body, received so far
  bool reported = false;     // at most one
  std::uint32_t shares = 0;
};

using ReportId = std::uint32_t;
constexpr ReportId no_report = UINT32_MAX;

// One core's records. Strings keep their capacity when a record is used again: in the steady state nothing is allocated.
class ReportRecords {
 public:
  ReportRecord& operator[](ReportId id) { return *records_[id]; }
  ReportId make() {
    if (free_.empty()) {
      records_.push_back(std::make_unique<ReportRecord>());
      free_.reserve(records_.size());
      free_.push_back(static_cast<ReportId>(records_.size() - 1));
    }
    const ReportId id = free_.back();
    free_.pop_back();
    ReportRecord& record = *records_[id];
    record.reported = false;
    record.octets = 0;
    record.shares = 1;
    ++live_;
    return id;
  }
  void share(ReportId id) {
    if (id != no_report) ++records_[id]->shares;
  }
  void release(ReportId id) {
    if (id == no_report) return;
    CHECK(records_[id]->shares > 0);
    if (--records_[id]->shares > 0) return;
    --live_;
    free_.push_back(id);
  }
  std::size_t live() const { return live_; }

 private:
  std::vector<std::unique_ptr<ReportRecord>> records_;
  std::vector<ReportId> free_;
  std::size_t live_ = 0;
};

}  // namespace relay
