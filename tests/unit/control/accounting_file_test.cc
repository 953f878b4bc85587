// Method: a folder of its own for each case; what a file says of itself is judged by reading it.
#include "control/accounting_file.h"

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "auth/hash.h"

namespace {

using namespace std::chrono_literals;
using control::AccountingFile;
namespace fs = std::filesystem;

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/msrp-accounting-XXXXXX";
    path = mkdtemp(name);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path + "/" + name).rdbuf();
    return text.str();
  }
};

AccountingFile::Shape shape(const Folder& folder) {
  return {
      .folder = folder.path, .name = "node-run", .extension = "jsonl", .head = {}, .mark = {}, .rotate_octets = 100, .rotate_after = 60s};
}

const base::Instant start = base::Instant::from_nanoseconds(1'000'000'000);

// The trailer, judged against what stands before it.
nlohmann::json trailer_of(const std::string& text) {
  const std::size_t before = text.rfind('\n', text.size() - 2) + 1;
  const std::size_t begin = text.find('{', before);
  nlohmann::json trailer = nlohmann::json::parse(text.substr(begin));
  auth::RunningSha256 hash;
  hash.add(std::string_view(text).substr(0, before));
  CHECK(trailer["sha256"] == std::string(hash.digest().view()));
  CHECK(trailer["event"] == "trailer");
  return trailer;
}

std::optional<AccountingFile::Place> place_of(std::string_view line) {
  if (!line.starts_with("record ")) return std::nullopt;
  return AccountingFile::Place{std::stoull(std::string(line.substr(7))), "earlier"};
}

}  // namespace

TEST_CASE("SHA-256 in pieces is that of the whole", "[accounting]") {
  auth::RunningSha256 hash;
  hash.add("ab");
  CHECK(hash.digest().view() != auth::hash(auth::Algorithm::sha256, {"abc"}).view());
  hash.add("");
  hash.add("c");
  CHECK(hash.digest().view() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("accounting: a file is .tmp until it is closed with count and checksum", "[accounting]") {
  const Folder folder;
  AccountingFile file(shape(folder));
  REQUIRE(file.flush(start));
  CHECK(folder.names().empty());  // no records, no file
  REQUIRE(file.add("record 1\n", 1));
  REQUIRE(file.add("record 2\n", 2));
  REQUIRE(file.flush(start));
  CHECK(folder.names() == std::vector<std::string>{"node-run-000001.jsonl.tmp"});
  CHECK(folder.read("node-run-000001.jsonl.tmp") == "record 1\nrecord 2\n");
  file.close(start);
  CHECK(folder.names() == std::vector<std::string>{"node-run-000001.jsonl"});
  const auto trailer = trailer_of(folder.read("node-run-000001.jsonl"));
  CHECK(trailer["records"] == 2);
  CHECK(trailer["first_sequence"] == 1);
  CHECK(trailer["last_sequence"] == 2);
  CHECK(trailer["closed"] == "stop");
}

TEST_CASE("accounting: files rotate by size and by time", "[accounting]") {
  const Folder folder;
  AccountingFile file(shape(folder));
  file.add(std::string(120, 'x') + "\n", 1);
  REQUIRE(file.flush(start));
  CHECK(folder.names() == std::vector<std::string>{"node-run-000001.jsonl"});
  CHECK(trailer_of(folder.read("node-run-000001.jsonl"))["closed"] == "size");
  file.add("record 2\n", 2);
  REQUIRE(file.flush(start + 1s));
  REQUIRE(file.flush(start + 60s));
  CHECK(fs::exists(folder.path + "/node-run-000002.jsonl.tmp"));
  REQUIRE(file.flush(start + 61s));
  const auto trailer = trailer_of(folder.read("node-run-000002.jsonl"));
  CHECK(trailer["closed"] == "time");
  CHECK(trailer["first_sequence"] == 2);
  REQUIRE(file.flush(start + 600s));
  CHECK(file.files_closed() == 2);
  CHECK(folder.names().size() == 2);
}

TEST_CASE("accounting: what cannot be written waits, up to a bound, and is written later", "[accounting]") {
  const Folder folder;
  auto gone = shape(folder);
  gone.folder += "/missing";
  gone.rotate_octets = SIZE_MAX;
  AccountingFile file(gone);
  const std::string line(1024 * 1024, 'x');
  std::uint64_t sequence = 0;
  while (file.add(line, sequence + 1)) ++sequence;
  CHECK(sequence == AccountingFile::waiting_octets_max / line.size());
  CHECK_FALSE(file.flush(start));
  CHECK(file.fault().find("No such file") != std::string::npos);
  fs::create_directory(gone.folder);
  REQUIRE(file.flush(start + 1s));
  CHECK(file.fault().empty());
  CHECK(file.waiting() == 0);
  file.close(start + 1s);
  CHECK(fs::file_size(gone.folder + "/node-run-000001.jsonl") > sequence * line.size());
}

TEST_CASE("accounting: a file that a killed run left gets its trailer, without the torn line", "[accounting]") {
  const Folder folder;
  const auto put = [&](const std::string& name, const std::string& text) { std::ofstream(folder.path + "/" + name) << text; };
  auto csv = shape(folder);
  csv.mark = "# ";
  put("node-earlier-000001.jsonl.tmp", "columns\nrecord 7\nrecord 8\nrec");
  put("other-000001.jsonl.tmp", "record 1\n");
  std::vector<std::string> faults;
  const auto closed = AccountingFile::close_left_over(csv, "node-", place_of, faults);
  CHECK(faults.empty());
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].records == 2);
  CHECK(closed[0].last_sequence == 8);
  CHECK(closed[0].run == "earlier");
  CHECK(folder.names() == std::vector<std::string>{"node-earlier-000001.jsonl", "other-000001.jsonl.tmp"});
  const std::string text = folder.read("node-earlier-000001.jsonl");
  CHECK(text.starts_with("columns\nrecord 7\nrecord 8\n# {"));
  CHECK(trailer_of(text)["closed"] == "crash");
  // Killed between trailer and rename: it is complete.
  put("node-earlier-000002.jsonl.tmp", text);
  CHECK(AccountingFile::close_left_over(csv, "node-", place_of, faults).size() == 1);
  CHECK(folder.read("node-earlier-000002.jsonl") == text);
}

TEST_CASE("accounting: a file in use is nobody's left-over", "[accounting]") {
  const Folder folder;
  AccountingFile file(shape(folder));
  file.add("record 1\n", 1);
  REQUIRE(file.flush(start));
  std::vector<std::string> faults;
  CHECK(AccountingFile::close_left_over(shape(folder), "node-", place_of, faults).empty());
  CHECK(folder.names() == std::vector<std::string>{"node-run-000001.jsonl.tmp"});
}

TEST_CASE("accounting: a folder that cannot be written is told", "[accounting]") {
  const Folder folder;
  CHECK(AccountingFile::folder_fault(folder.path).empty());
  CHECK(AccountingFile::folder_fault(folder.path + "/made").empty());
  CHECK(fs::is_directory(folder.path + "/made"));
  CHECK(AccountingFile::folder_fault(folder.path + "/no/such").find("cannot be made") != std::string::npos);
  std::ofstream(folder.path + "/file") << "x";
  CHECK_FALSE(AccountingFile::folder_fault(folder.path + "/file").empty());
}
