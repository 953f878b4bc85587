#pragma once
// What the lists of cases share.
#include <string>
#include <string_view>

#include "conform/credentials.h"
#include "conform/stage.h"
#include "conform/suite.h"

namespace conform {

struct Pair {
  Party& alice;
  Party& bob;
};
// Two clients of the relay.
inline Pair two(Stage& stage) {
  Party& alice = stage.client("alice");
  return {alice, stage.second_client("bob")};
}

// Sends; the message must arrive at bob with the same body, end and headers (Byte-Range apart).
Frame deliver(Party& alice, Party& bob, const Frame& frame);
void expect_same_headers(const Frame& sent, const Frame& got);

// Queues a message in chunks that any relay can hold, without waiting; its Message-ID.
std::string queue_in_chunks(Party& from, const Party& to, std::string_view body, std::size_t octets = 8000);

// Octets that no relay may forward: an error to transaction `tid` or the end of the connection, and nothing at bob.
// Not `answerable`: silence will do.
void expect_rejected(Stage& stage, Party& alice, Party& bob, std::string_view octets, std::string_view tid, bool answerable = true);

// Nothing of what anybody sent so far is on its way to bob: what carol sends him now is what he reads next.
void expect_nothing_at(Stage& stage, Party& bob, std::string_view why);

}  // namespace conform
