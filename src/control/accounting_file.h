#pragma once
// Files of accounting lines. Each is written as NAME.tmp and gets its name when it is complete: its last line, the trailer, tells how many
// records stand before it and the SHA-256 of all octets before it. A folder that is full or gone loses nothing at once: what cannot be
// written waits here, at most waiting_octets_max.
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/hash.h"
#include "base/time.h"

namespace control {

class AccountingFile {
 public:
  struct Shape {
    std::string folder;
    std::string name;       // files are NAME-000001.EXTENSION
    std::string extension;  // "jsonl"
    std::string head;       // first line of each file, or nothing
    std::string mark;       // before the trailer, so that it is no record
    std::size_t rotate_octets = 0;
    base::Duration rotate_after{};
  };
  // Why a file was closed, as the trailer says it.
  static constexpr std::string_view by_size = "size";
  static constexpr std::string_view by_time = "time";
  static constexpr std::string_view by_stop = "stop";
  static constexpr std::string_view by_crash = "crash";
  static constexpr std::size_t waiting_octets_max = std::size_t{8} * 1024 * 1024;

  explicit AccountingFile(Shape shape) : shape_(std::move(shape)) {}
  ~AccountingFile();
  AccountingFile(const AccountingFile&) = delete;
  AccountingFile& operator=(const AccountingFile&) = delete;

  // A whole line with its end. False: it has no room, too much waits already.
  bool add(std::string_view line, std::uint64_t sequence);
  // Writes what waits; a file that is old or large enough is closed. False: some of it waits on, see fault().
  bool flush(base::Instant now);
  // What was written is on the disk when this returns.
  void sync();
  // The end: the last file is closed if it can be.
  void close(base::Instant now);

  std::size_t waiting() const { return lines_.size() + out_.size(); }
  // What failed last, in words; empty: nothing since.
  const std::string& fault() const { return fault_; }
  std::uint64_t files_closed() const { return files_closed_; }

  // Files that a run before has not closed, because it was killed, get their trailer; a line that was torn is taken off. Files that another
  // process still writes stay as they are.
  struct LeftOver {
    std::string name;
    std::uint64_t records = 0;
    std::uint64_t last_sequence = 0;
    std::string run;
  };
  // `read`: sequence and run of a line; nullopt: it is no record. Nothing is thrown: a file that cannot be closed is told in `faults`.
  struct Place {
    std::uint64_t sequence;
    std::string run;
  };
  using ReadPlace = std::function<std::optional<Place>(std::string_view line)>;
  static std::vector<LeftOver> close_left_over(const Shape& shape, std::string_view prefix, const ReadPlace& read,
                                               std::vector<std::string>& faults);

  // Makes the folder if need be, and looks whether files can be made there. Empty: they can.
  static std::string folder_fault(const std::string& folder);

 private:
  bool open(base::Instant now);
  bool write_out();
  bool publish();
  void take_lines();
  void end(std::string_view why);
  bool fail(std::string_view what);
  std::string path() const;

  Shape shape_;
  int descriptor_ = -1;
  std::uint64_t number_ = 0;  // of the file
  std::string lines_;         // whole lines that belong to no file yet
  struct Line {
    std::size_t octets;
    std::uint64_t sequence;
  };
  std::deque<Line> waiting_lines_;  // of these
  std::string out_;                 // octets of the open file that are not written yet
  bool ending_ = false;             // the trailer is among them, or written
  bool unsynced_ = false;
  auth::RunningSha256 hash_;
  std::uint64_t octets_ = 0;  // of the open file
  std::uint64_t records_ = 0;
  std::uint64_t first_ = 0, last_ = 0;
  base::Instant opened_;
  std::uint64_t files_closed_ = 0;
  std::string fault_;
};

}  // namespace control
