// ns a frame and MB/s of the framer: SENDs of 64 octets, 1 KiB and 16 KiB with their 200s as a relay sees them, in inputs of 64 KiB, and
// bodies without end of several kinds. One run with `once FRAMES` frames the 64-octet SENDs only, for callgrind to count instructions.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "msrp/framer.h"
#include "stopwatch.h"

namespace {

constexpr std::size_t input_bytes = 64 * 1024;

const std::string paths =
    "To-Path: msrp://relay.example.com:2855/0a1b2c3d4e5f6a7b8c9dGHIJKLM;tcp msrp://bobpc.example.com:8888/9di4eae923wzd;tcp\r\n"
    "From-Path: msrp://alicepc.example.com:7777/iau39soe2843z;tcp\r\n";

std::string send(const std::string& body) {
  return "MSRP a786hjs2 SEND\r\n" + paths + "Message-ID: 87652491\r\nByte-Range: 1-" + std::to_string(body.size()) + "/" +
         std::to_string(body.size()) + "\r\nFailure-Report: yes\r\nContent-Type: text/plain\r\n\r\n" + body + "\r\n-------a786hjs2$\r\n";
}
const std::string response = "MSRP a786hjs2 200 OK\r\n" + paths + "-------a786hjs2$\r\n";

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
        case msrp::EventKind::malformed: std::printf("unexpected: %s\n", msrp::describe(event.error)); std::exit(1);
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

std::string repeated(const std::string& piece, std::size_t size) {
  std::string text;
  while (text.size() < size) text += piece;
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  base::BufferPool pool(16 * base::BufferPool::block_bytes);
  Zeros zeros;
  const msrp::TidFamily guard = msrp::TidFamily::mint(zeros);
  msrp::Framer framer({}, pool);

  if (argc == 3) {
    std::string traffic;
    for (int i = std::atoi(argv[2]); i > 0; --i) traffic += send(std::string(64, 'x'));
    std::printf("%zu frames of %zu octets\n", run(traffic, framer, guard).frames, send(std::string(64, 'x')).size());
    return 0;
  }
  const auto frames = [&](const char* name, const std::string& frame) {
    const std::string traffic = repeated(frame, 4 << 20);
    Counts counts;
    const double ns = bench::fastest_ns(30, [&] { counts = run(traffic, framer, guard); });
    std::printf("%-36s %6zu octets a frame %9.1f ns a frame %9.0f MB/s\n", name, frame.size(), ns / static_cast<double>(counts.frames),
                static_cast<double>(traffic.size()) / ns * 1e3);
  };
  frames("SEND, 64 octets", send(std::string(64, 'x')));
  frames("200", response);
  frames("SEND, 1 KiB", send(std::string(1024, 'x')));
  frames("SEND, 16 KiB", send(std::string(16384, 'x')));

  const auto body = [&](const char* name, const std::string& piece) {
    const std::string traffic = send(repeated(piece, 4 << 20));
    const double ns = bench::fastest_ns(10, [&] { run(traffic, framer, guard); });
    std::printf("%-36s %58.0f MB/s\n", name, static_cast<double>(traffic.size()) / ns * 1e3);
  };
  body("body of x", std::string(64, 'x'));
  body("body of hyphens", std::string(64, '-'));
  body("body of near misses", "\r\n-------a786hjs3$\r\n" + std::string(60, 'x'));
  body("body of own tid without flag", "\r\n-------a786hjs2!\r\n");
  body("body of seven hyphens and x", "-------x");
  body("body of CRLFs", "\r\n");
}
