#include "command/handle.h"

#include <catch2/catch_test_macros.hpp>

using command::Cursor;
using command::Handle;

TEST_CASE("handles are read as they are written") {
  const Handle session{true, 3, 17, 4'000'000'000};
  CHECK(session.text() == "s3.17.4000000000");
  CHECK(Handle::parse(session.text()) == session);
  CHECK(Handle::parse("l0.0.1") == Handle{false, 0, 0, 1});
  const Cursor cursor{2, 512};
  CHECK(cursor.text() == "2.512");
  CHECK(Cursor::parse("2.512") == cursor);
}

TEST_CASE("what is no handle is none") {
  for (const char* text :
       {"", "s", "x0.1.2", "s0", "s0.1", "s0.1.", "s0.1.2.", "s0.1.2 ", "s 0.1.2", "s-1.1.2", "s0.1.4294967296", "s65536.1.2", "s0..1"}) {
    INFO(text);
    CHECK(!Handle::parse(text));
  }
  for (const char* text : {"", "1", "1.", ".1", "1.2.3", "65536.1"}) CHECK(!Cursor::parse(text));
}
