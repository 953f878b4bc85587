// What a relay writes: the head that goes on, with its own URI moved and a new id, its end-line, and the 200 that goes back.
#include <array>
#include <memory>
#include <string>

#include "cases.h"
#include "frames.h"
#include "msrp/tid.h"
#include "msrp/writer.h"

namespace {

constexpr int heads = 1000;

struct Counting final : base::Entropy {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = next++;
  }
  std::uint8_t next = 1;
};

}  // namespace

int main(int argc, char** argv) {
  bench::Cases cases(argc, argv);
  const std::string octets = bench::send_head(64);
  auto head = std::make_unique<msrp::Head>();
  if (!msrp::parse_head(octets, true, {}, *head, nullptr)) bench::give_up("a good head was refused");
  Counting entropy;
  const msrp::TidFamily family = msrp::TidFamily::mint(entropy);
  std::array<char, 4096> room;
  cases.run("SEND, forwarded head", "head", heads, static_cast<double>(octets.size()), [&] {
    for (int i = 0; i < heads; ++i) {
      msrp::Writer writer(room);
      msrp::write_request_line(writer, msrp::MintedTid(family, static_cast<std::uint32_t>(i)), "SEND");
      msrp::write_forwarded_headers(writer, *head);
      if (!writer.good()) bench::give_up("no room");
    }
  });
  cases.run("end-line", "end-line", heads, 0, [&] {
    for (int i = 0; i < heads; ++i) {
      msrp::Writer writer(room);
      msrp::write_end_line(writer, msrp::MintedTid(family, static_cast<std::uint32_t>(i)), msrp::ContinuationFlag::end, true);
      bench::keep(room);
    }
  });
  cases.run("200", "response", heads, 0, [&] {
    for (int i = 0; i < heads; ++i) {
      msrp::Writer writer(room);
      msrp::write_response(writer, head->transaction_id, 200, "OK", head->from_path.first().octets(), head->to_path.first().octets());
      if (!writer.good()) bench::give_up("no room");
    }
  });
  cases.run("transaction ids, a family", "family", heads, 0, [&] {
    for (int i = 0; i < heads; ++i) bench::keep(msrp::TidFamily::mint(entropy));
  });
}
