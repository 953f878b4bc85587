// What a crossing between two cores costs: one thread writes records into a lane, another reads them, both pinned where there are two CPUs.
//
//   bench-mailbox [SECONDS=1]
//
// Prints for each record size nanoseconds a record and GB/s, with a batch of 1 and of 16 records between looks at the sleep flag.
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "ring/mailbox.h"

namespace {

using Clock = std::chrono::steady_clock;

void pin(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::thread::hardware_concurrency(), &set);
  (void)::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

double nanoseconds_a_record(std::size_t size, int batch, double seconds) {
  ring::PostOffice office(2, {});
  const base::CoreId from(0);
  const base::CoreId to(1);
  std::atomic<bool> stop{false};
  std::uint64_t received = 0;
  std::uint64_t sum = 0;
  std::thread consumer([&] {
    pin(1);
    ring::Lane& lane = office.lane(from, to, ring::MailLane::data);
    while (!stop.load(std::memory_order_relaxed)) {
      for (std::string_view mail = lane.front(); !mail.empty(); mail = lane.front()) {
        // Touches every cache line, as a reader would.
        for (std::size_t i = 0; i < mail.size(); i += 64) sum += static_cast<unsigned char>(mail[i]);
        lane.pop();
        ++received;
      }
    }
  });
  pin(0);
  const std::string record(size, 'x');
  ring::Lane& lane = office.lane(from, to, ring::MailLane::data);
  const Clock::time_point begin = Clock::now();
  const Clock::time_point end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  while (Clock::now() < end) {
    for (int round = 0; round < 100; ++round) {
      for (int i = 0; i < batch; ++i) {
        std::span<char> room = lane.reserve(size);
        while (room.empty()) room = lane.reserve(size);
        std::memcpy(room.data(), record.data(), size);
        lane.commit(size);
      }
      if (office.must_wake(to)) std::abort();
    }
  }
  while (!lane.empty()) std::this_thread::yield();
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  stop = true;
  consumer.join();
  if (sum == 1) std::puts("");  // the reading is not optimised away
  return took * 1e9 / static_cast<double>(received);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  std::puts("octets   batch 1: ns, GB/s     batch 16: ns, GB/s");
  for (const std::size_t size : {64UL, 512UL, 1024UL, 4096UL, 16384UL, 65536UL}) {
    const double one = nanoseconds_a_record(size, 1, seconds);
    const double sixteen = nanoseconds_a_record(size, 16, seconds);
    std::printf("%6zu   %9.1f  %6.2f      %9.1f  %6.2f\n", size, one, static_cast<double>(size) / one, sixteen,
                static_cast<double>(size) / sixteen);
  }
}
