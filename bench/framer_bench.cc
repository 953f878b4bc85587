// The framer: SENDs of 64 octets, 1 KiB and 16 KiB and 200s as a relay sees them, in inputs of 64 KiB, and bodies without end of several
// kinds.
#include <string>

#include "cases.h"
#include "frames.h"
#include "msrp/framer.h"

namespace {

constexpr std::size_t input_bytes = 64 * 1024;

struct Counts {
  std::size_t frames = 0;
  std::size_t octets = 0;
};

Counts run(const std::string& traffic, msrp::Framer& framer, const msrp::TidFamily& guard) {
  Counts counts;
  for (std::size_t at = 0; at < traffic.size(); at += input_bytes) {
    framer.feed({traffic.data() + at, std::min(input_bytes, traffic.size() - at), {}});
    for (bool more = true; more;) {
      const msrp::Event event = framer.next();
      switch (event.kind) {
        case msrp::EventKind::need_more:
          framer.release_head();
          more = false;
          break;
        case msrp::EventKind::head: framer.set_guard(guard); break;
        case msrp::EventKind::part: counts.octets += event.part.size; break;
        case msrp::EventKind::end: ++counts.frames; break;
        case msrp::EventKind::collision:
        case msrp::EventKind::malformed: bench::give_up(msrp::describe(event.error));
      }
    }
  }
  return counts;
}

struct Zeros final : base::Entropy {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = 0;
  }
};

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  base::BufferPool pool(16 * base::BufferPool::block_bytes);
  Zeros zeros;
  const msrp::TidFamily guard = msrp::TidFamily::mint(zeros);
  msrp::Framer framer({}, pool);

  const auto frames = [&](const char* name, const std::string& frame) {
    const std::string traffic = bench::repeated(frame, 1 << 20);
    const std::size_t count = traffic.size() / frame.size();
    cases.run(name, "frame", static_cast<double>(count), static_cast<double>(frame.size()), [&] {
      if (run(traffic, framer, guard).frames != count) bench::give_up("a frame was not found");
    });
  };
  frames("SEND, 64 octets", bench::send(std::string(64, 'x')));
  frames("200", bench::response());
  frames("SEND, 1 KiB", bench::send(std::string(1024, 'x')));
  frames("SEND, 16 KiB", bench::send(std::string(16384, 'x')));

  const auto body = [&](const char* name, const std::string& piece) {
    const std::string octets = bench::repeated(piece, 1 << 20);
    const std::string traffic = bench::send(octets);
    cases.run(name, "KiB", static_cast<double>(traffic.size()) / 1024, 1024, [&] {
      if (run(traffic, framer, guard).octets != octets.size()) bench::give_up("the body was not found whole");
    });
  };
  body("body of x", std::string(64, 'x'));
  body("body of hyphens", std::string(64, '-'));
  body("body of near misses", "\r\n-------a786hjs3$\r\n" + std::string(60, 'x'));
  body("body of own tid without flag", "\r\n-------a786hjs2!\r\n");
  body("body of seven hyphens and x", "-------x");
  body("body of CRLFs", "\r\n");
}
