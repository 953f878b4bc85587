#pragma once
// What must be kept of a SEND to tell its sender that it failed: shared by all pieces it goes out in, so that one failure
// is one REPORT.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/ids.h"
#include "msrp/byte_range.h"
#include "msrp/head.h"
#include "session/token.h"

namespace relay {

// Shared by the SENDs that come one like the other.
struct ReportPaths {
  std::string to;    // From-Path of the SEND as received: becomes To-Path
  std::string from;  // its first To-Path URI, which is ours: becomes From-Path
  std::uint32_t shares = 0;
};

// A copy of a Message-ID; of its own size, so that keeping one allocates nothing.
class KeptMessageId {
 public:
  // At most message_id_max octets: the head parser has seen to it.
  void assign(std::string_view octets) {
    CHECK(octets.size() <= octets_.size());
    std::memcpy(octets_.data(), octets.data(), octets.size());
    size_ = static_cast<std::uint8_t>(octets.size());
  }
  std::string_view octets() const { return {octets_.data(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<char, msrp::message_id_max> octets_;
  std::uint8_t size_ = 0;
};

struct ReportRecord {
  base::LinkName source;  // where the REPORT goes
  ReportPaths* paths = nullptr;
  KeptMessageId message_id;
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

// One core's records. Those that are free are used again: in the steady state nothing is allocated.
class ReportRecords {
 public:
  // Paths with one share.
  ReportPaths* make_paths(std::string_view to, std::string_view from) {
    if (free_paths_.empty()) {
      paths_.push_back(std::make_unique<ReportPaths>());
      free_paths_.reserve(paths_.size());
      free_paths_.push_back(paths_.back().get());
    }
    ReportPaths* paths = free_paths_.back();
    free_paths_.pop_back();
    paths->to.assign(to);
    paths->from.assign(from);
    paths->shares = 1;
    return paths;
  }
  static ReportPaths* share(ReportPaths* paths) {
    ++paths->shares;
    return paths;
  }
  void release(ReportPaths* paths) {
    CHECK(paths->shares > 0);
    if (--paths->shares == 0) free_paths_.push_back(paths);
  }

  ReportRecord& operator[](ReportId id) { return *records_[id]; }
  // A record with one share; `paths`: a share of theirs goes to it.
  ReportId make(ReportPaths* paths) {
    if (free_.empty()) {
      records_.push_back(std::make_unique<ReportRecord>());
      free_.reserve(records_.size());
      free_.push_back(static_cast<ReportId>(records_.size() - 1));
    }
    const ReportId id = free_.back();
    free_.pop_back();
    ReportRecord& record = *records_[id];
    record.paths = paths;
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
    ReportRecord& record = *records_[id];
    CHECK(record.shares > 0);
    if (--record.shares > 0) return;
    release(std::exchange(record.paths, nullptr));
    --live_;
    free_.push_back(id);
  }
  std::size_t live() const { return live_; }

 private:
  std::vector<std::unique_ptr<ReportRecord>> records_;
  std::vector<ReportId> free_;
  std::vector<std::unique_ptr<ReportPaths>> paths_;
  std::vector<ReportPaths*> free_paths_;
  std::size_t live_ = 0;
};

}  // namespace relay
