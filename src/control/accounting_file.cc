#include "control/accounting_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

namespace control {
namespace {

constexpr std::string_view unfinished = ".tmp";
// Bills are for their owner and his group.
constexpr mode_t file_mode = 0640;
constexpr mode_t folder_mode = 0750;

std::string trailer_line(const AccountingFile::Shape& shape, std::uint64_t records, std::uint64_t first, std::uint64_t last,
                         const auth::RunningSha256& hash, std::string_view why) {
  nlohmann::ordered_json json{{"version", 1}, {"event", "trailer"}, {"records", records}};
  if (records > 0) json["first_sequence"] = first, json["last_sequence"] = last;
  json["sha256"] = hash.digest().view();
  json["closed"] = why;
  return shape.mark + json.dump() + "\n";
}

bool sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool good = fsync(descriptor) == 0;
  ::close(descriptor);
  return good;
}

bool write_all(int descriptor, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// One line after the other of a file that was left behind.
class LeftOverReader {
 public:
  LeftOverReader(int descriptor, std::string_view mark, const AccountingFile::ReadPlace& read)
      : descriptor_(descriptor), mark_(mark), read_(read) {}

  // False: it cannot be read.
  bool run() {
    std::string line;
    char room[64 * 1024];
    for (;;) {
      const ssize_t count = ::read(descriptor_, room, sizeof room);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      if (count == 0) return true;
      std::string_view octets(room, static_cast<std::size_t>(count));
      for (std::size_t end = octets.find('\n'); end != std::string_view::npos; end = octets.find('\n')) {
        line.append(octets.substr(0, end + 1));
        octets.remove_prefix(end + 1);
        take(line);
        line.clear();
      }
      line.append(octets);
      if (line.size() > AccountingFile::waiting_octets_max) return true;  // no file of ours has such a line
    }
  }

  std::uint64_t whole = 0;  // octets of whole lines
  std::uint64_t records = 0, first = 0, last = 0;
  std::string run_name;
  auth::RunningSha256 hash;
  bool has_trailer = false;

 private:
  void take(std::string_view line) {
    whole += line.size();
    has_trailer = line.starts_with(mark_) && line.find("\"event\":\"trailer\"") != std::string_view::npos;
    if (has_trailer) return;
    hash.add(line);
    auto place = read_(line.substr(0, line.size() - 1));
    if (!place) return;
    if (records++ == 0) first = place->sequence;
    last = place->sequence;
    run_name = std::move(place->run);
  }

  int descriptor_;
  std::string_view mark_;
  const AccountingFile::ReadPlace& read_;
};

std::string close_one(const AccountingFile::Shape& shape, const std::string& path, int descriptor, LeftOverReader& left) {
  const auto fault = [&](const char* what) { return path + ": " + what + ": " + std::strerror(errno); };
  if (!left.run()) return fault("cannot be read");
  if (ftruncate(descriptor, static_cast<off_t>(left.whole)) != 0 || lseek(descriptor, 0, SEEK_END) < 0) return fault("cannot be cut");
  if (!left.has_trailer &&
      !write_all(descriptor, trailer_line(shape, left.records, left.first, left.last, left.hash, AccountingFile::by_crash)))
    return fault("gets no trailer");
  const std::string name = path.substr(0, path.size() - unfinished.size());
  if (fsync(descriptor) != 0 || std::rename(path.c_str(), name.c_str()) != 0) return fault("cannot be renamed");
  return {};
}

}  // namespace

AccountingFile::~AccountingFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string AccountingFile::path() const {
  char number[24];
  std::snprintf(number, sizeof number, "-%06llu.", static_cast<unsigned long long>(number_));
  return shape_.folder + "/" + shape_.name + number + shape_.extension;
}

bool AccountingFile::add(std::string_view line, std::uint64_t sequence) {
  if (waiting() + line.size() > waiting_octets_max) return false;
  lines_.append(line);
  waiting_lines_.push_back({line.size(), sequence});
  return true;
}

bool AccountingFile::fail(std::string_view what) {
  fault_ = std::string(what) + ": " + std::strerror(errno);
  return false;
}

bool AccountingFile::open(base::Instant now) {
  ++number_;
  const std::string name = path() + std::string(unfinished);
  descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
  if (descriptor_ < 0) {
    fail(name);
    --number_;
    return false;
  }
  // For a relay that starts beside this one: this file is in use.
  (void)flock(descriptor_, LOCK_EX | LOCK_NB);
  hash_ = auth::RunningSha256();
  octets_ = records_ = 0;
  opened_ = now;
  out_ = shape_.head;
  hash_.add(out_);
  return true;
}

bool AccountingFile::write_out() {
  while (!out_.empty()) {
    const ssize_t written = ::write(descriptor_, out_.data(), out_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(path() + std::string(unfinished));
    octets_ += static_cast<std::uint64_t>(written);
    unsynced_ = true;
    out_.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

// The open file is complete.
bool AccountingFile::publish() {
  const std::string name = path();
  if (fsync(descriptor_) != 0) return fail(name);
  unsynced_ = false;
  if (std::rename((name + std::string(unfinished)).c_str(), name.c_str()) != 0) return fail(name);
  ::close(std::exchange(descriptor_, -1));
  (void)sync_folder(shape_.folder);
  ending_ = false;
  ++files_closed_;
  return true;
}

// As many as belong into the open file.
void AccountingFile::take_lines() {
  if (records_ == 0) first_ = waiting_lines_.front().sequence;
  std::size_t octets = 0;
  while (!waiting_lines_.empty() && octets_ + out_.size() + octets < shape_.rotate_octets) {
    octets += waiting_lines_.front().octets;
    last_ = waiting_lines_.front().sequence;
    ++records_;
    waiting_lines_.pop_front();
  }
  const std::string_view lines = std::string_view(lines_).substr(0, octets);
  hash_.add(lines);
  out_ += lines;
  lines_.erase(0, octets);
}

void AccountingFile::end(std::string_view why) {
  ending_ = true;
  out_ += trailer_line(shape_, records_, first_, last_, hash_, why);
}

bool AccountingFile::flush(base::Instant now) {
  for (;;) {
    if (descriptor_ >= 0 && !write_out()) return false;
    if (ending_ && !publish()) return false;
    if (descriptor_ >= 0 && octets_ >= shape_.rotate_octets) {
      end(by_size);
    } else if (descriptor_ >= 0 && now - opened_ >= shape_.rotate_after) {
      end(by_time);
    } else if (!lines_.empty()) {
      if (descriptor_ < 0 && !open(now)) return false;
      take_lines();
    } else {
      fault_.clear();
      return true;
    }
  }
}

void AccountingFile::sync() {
  if (descriptor_ < 0 || !unsynced_) return;
  if (fdatasync(descriptor_) != 0) {
    fail(path() + std::string(unfinished));
    return;
  }
  unsynced_ = false;
}

void AccountingFile::close(base::Instant now) {
  if (!flush(now) || descriptor_ < 0) return;
  end(by_stop);
  if (write_out()) publish();
}

std::vector<AccountingFile::LeftOver> AccountingFile::close_left_over(const Shape& shape, std::string_view prefix, const ReadPlace& read,
                                                                      std::vector<std::string>& faults) {
  std::vector<LeftOver> closed;
  std::vector<std::string> paths;
  std::error_code error;
  const std::string end = "." + shape.extension + std::string(unfinished);
  for (std::filesystem::directory_iterator at(shape.folder, error), none; !error && at != none; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(end)) paths.push_back(at->path().string());
  }
  if (error) faults.push_back(shape.folder + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
      faults.push_back(path + ": " + std::strerror(errno));
      continue;
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      LeftOverReader left(descriptor, shape.mark, read);
      if (const std::string fault = close_one(shape, path, descriptor, left); !fault.empty()) {
        faults.push_back(fault);
      } else {
        closed.push_back({path.substr(0, path.size() - unfinished.size()), left.records, left.last, left.run_name});
      }
    }
    ::close(descriptor);
  }
  if (!closed.empty()) (void)sync_folder(shape.folder);
  return closed;
}

std::string AccountingFile::folder_fault(const std::string& folder) {
  if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) return folder + ": cannot be made: " + std::strerror(errno);
  std::string probe = folder + "/.probe-XXXXXX";
  const int descriptor = mkostemp(probe.data(), O_CLOEXEC);
  if (descriptor < 0) return folder + ": no file can be made there: " + std::strerror(errno);
  ::close(descriptor);
  ::unlink(probe.c_str());
  return {};
}

}  // namespace control
