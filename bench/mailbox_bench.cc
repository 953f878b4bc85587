// Mail between cores: records written into a lane and read from it by one thread, 16 at a time. (What it costs where caches have to follow:
// bench-mailbox, two threads.)
#include "ring/mailbox.h"

#include <cstring>
#include <string>

#include "cases.h"

int main(int argc, char** argv) {
  constexpr int batches = 64, batch = 16;
  bench::Cases cases(argc, argv);
  ring::PostOffice office(2, {});
  const base::CoreId from(0), to(1);
  ring::Lane& lane = office.lane(from, to, ring::MailLane::data);
  for (const std::size_t size : {64UL, 512UL, 4096UL, 16384UL}) {
    const std::string record(size, 'x');
    cases.run(("record of " + std::to_string(size)).c_str(), "record", batches * batch, static_cast<double>(size), [&] {
      for (int i = 0; i < batches; ++i) {
        for (int at = 0; at < batch; ++at) {
          const std::span<char> room = lane.reserve(size);
          if (room.empty()) bench::give_up("the lane is full");
          std::memcpy(room.data(), record.data(), size);
          lane.commit(size);
        }
        for (int at = 0; at < batch; ++at) {
          if (lane.front().size() != size) bench::give_up("a record was lost");
          lane.pop();
        }
      }
    });
  }
}
