// Method: header lines as text, a list of edits, the lines that must come out and where Byte-Range must stand.
#include "rules/edits.h"

#undef CHECK
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace {

using rules::EditKind;

struct Edit {
  EditKind kind;
  std::string name;
  std::string value;
};

const std::string paths = "To-Path: a\r\nFrom-Path: b\r\nMessage-ID: m\r\n";

// Byte-Range is put in where it is to stand, as "|".
std::string edited(const std::string& before, const std::string& after, const std::vector<Edit>& edits) {
  std::array<char, 4096> list{};
  std::size_t used = 0;
  for (const Edit& edit : edits) REQUIRE(rules::append_edit(edit.kind, edit.name, edit.value, list.data(), list.size(), used));
  std::array<char, 4096> out{};
  msrp::Writer writer(out);
  const std::size_t at = rules::apply_edits({{list.data(), used}}, before + after, before.size(), writer);
  REQUIRE(writer.good());
  std::string text(writer.written());
  text.insert(at, "|");
  return text;
}

}  // namespace

TEST_CASE("set replaces all of a name, add appends, remove takes away; the order is the rules'") {
  const std::string after = "X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nContent-Type: text/plain\r\n";
  CHECK(edited(paths, after, {}) == paths + "|" + after);
  CHECK(edited(paths, after, {{EditKind::set, "X-A", "new"}}) == paths + "|X-B: 2\r\nX-A: new\r\nContent-Type: text/plain\r\n");
  CHECK(edited(paths, after, {{EditKind::add, "X-A", "new"}}) ==
        paths + "|X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-A: new\r\nContent-Type: text/plain\r\n");
  CHECK(edited(paths, after, {{EditKind::remove, "X-A", ""}}) == paths + "|X-B: 2\r\nContent-Type: text/plain\r\n");
  CHECK(edited(paths, after, {{EditKind::add, "X-C", "1"}, {EditKind::remove, "x-c", ""}}) == paths + "|" + after);
  CHECK(edited(paths, after, {{EditKind::set, "X-C", "1"}, {EditKind::add, "X-C", "2"}, {EditKind::set, "X-D", ""}}) ==
        paths + "|X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-C: 1\r\nX-C: 2\r\nX-D: \r\nContent-Type: text/plain\r\n");
  CHECK(edited(paths, after, {{EditKind::set, "X-B", "1"}, {EditKind::set, "X-B", "2"}}) ==
        paths + "|X-A: 1\r\nx-a: 3\r\nX-B: 2\r\nContent-Type: text/plain\r\n");
}

TEST_CASE("new headers stand before the MIME headers, and Byte-Range keeps its place") {
  CHECK(edited(paths, "", {{EditKind::add, "X", "1"}}) == paths + "|X: 1\r\n");
  CHECK(edited(paths + "X-A: 1\r\n", "Content-Disposition: inline\r\nContent-Type: a/b\r\n",
               {{EditKind::add, "X", "1"}, {EditKind::remove, "x-a", ""}}) ==
        paths + "|X: 1\r\nContent-Disposition: inline\r\nContent-Type: a/b\r\n");
  CHECK(edited(paths, "contents: no MIME header\r\n", {{EditKind::add, "X", "1"}}) == paths + "|contents: no MIME header\r\nX: 1\r\n");
}

TEST_CASE("what does not fit is not written") {
  std::array<char, 16> list{};
  std::size_t used = 0;
  CHECK(rules::edit_size("X-A", 5) == 12);
  CHECK(rules::append_edit(EditKind::set, "X-A", "12345", list.data(), list.size(), used));
  CHECK(used == 12);
  CHECK_FALSE(rules::append_edit(EditKind::set, "X", "", list.data(), list.size(), used));
  CHECK(used == 12);
  std::array<char, 20> out{};
  msrp::Writer writer(out);
  rules::apply_edits({{list.data(), used}}, paths, paths.size(), writer);
  CHECK_FALSE(writer.good());
}
