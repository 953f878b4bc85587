// Connections whose TLS the kernel does. Where this kernel has none, it must refuse and leave the connection as it was.
#include "ring/kernel_tls.h"

#include <cerrno>

#include "stage.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using namespace ring_test;  // NOLINT
using ring::Completion;
using ring::KernelTlsOutcome;
using ring::Octets;
using ring::Op;
using ring::RecordCipher;
using ring::RecordKeys;

namespace {

RecordKeys keys(bool tls13, RecordCipher cipher, std::uint8_t seed) {
  RecordKeys made;
  made.tls13 = tls13;
  made.cipher = cipher;
  for (std::size_t i = 0; i < made.key.size(); ++i) made.key[i] = static_cast<std::uint8_t>(seed + i);
  for (std::size_t i = 0; i < made.iv.size(); ++i) made.iv[i] = static_cast<std::uint8_t>(3 * seed + i);
  made.next_record = seed;
  made.next_explicit_nonce = 7000U + seed;
  return made;
}

// Two sockets of the ring, connected with each other.
struct Ends {
  ring::Socket dialled, accepted;
};
Ends two_ends(Stage& stage) {
  const auto at = stage.ring().local_of(stage.listener());
  REQUIRE(at.has_value());
  auto socket = stage.ring().open_socket(*at, std::nullopt);
  REQUIRE(socket.has_value());
  stage.ring().accept(token(Op::accept, 9), stage.listener());
  stage.ring().connect(token(Op::connect, 1), *socket, *at);
  REQUIRE(stage.wait_for(Op::connect).result == 0);
  return {*socket, {stage.wait_for(Op::accept).result}};
}

// All of it, however little the socket takes at a time; what it says that it took must be what arrives.
void talk(Stage& stage, ring::Socket from, ring::Socket to, std::uint32_t from_slot, std::uint32_t to_slot, const std::string& octets) {
  stage.ring().recv(token(Op::recv, to_slot), to);
  std::string got;
  const auto take = [&] {
    while (stage.waiting(Op::recv) > 0) {
      const Completion completion = stage.wait_for(Op::recv);
      REQUIRE((completion.result > 0 || completion.result == -ENOBUFS));
      got += completion.octets.view();
      if (!completion.more) stage.ring().recv(token(Op::recv, to_slot), to);
    }
  };
  stage.send_all(from_slot, from, octets, 700'000, take);
  REQUIRE(stage.until([&] {
    take();
    return got.size() >= octets.size();
  }));
  REQUIRE(got == octets);
  stage.ring().cancel(token(Op::cancel, to_slot), token(Op::recv, to_slot));
  REQUIRE(stage.wait_for(Op::recv).result == -ECANCELED);
}

void one_connection(bool quick_ways, bool tls13, RecordCipher cipher) {
  const std::unique_ptr<Stage> stage = kernel_stage(64, 256, 8, 32 * 1024, quick_ways);
  const Ends ends = two_ends(*stage);
  const RecordKeys there = keys(tls13, cipher, 1), back = keys(tls13, cipher, 2);
  const bool takes = ring::probe_kernel_tls().takes_records(tls13, cipher);
  const auto outcome = stage->ring().encrypt_in_kernel(ends.dialled, there, back);
  REQUIRE(outcome == (takes ? KernelTlsOutcome::taken : KernelTlsOutcome::refused));
  if (takes) REQUIRE(stage->ring().encrypt_in_kernel(ends.accepted, back, there) == KernelTlsOutcome::taken);

  // More than a socket takes at once: short sends must be told as what they are.
  talk(*stage, ends.dialled, ends.accepted, 1, 2, pattern(3'000'000));
  talk(*stage, ends.accepted, ends.dialled, 2, 1, pattern(100'000, 5));
  if (takes) {
    // Data first, then what is no data, which ends the receive and is fetched by itself.
    const std::string last = "the last";
    const Octets piece{last.data(), last.size()};
    stage->ring().send(token(Op::send, 1), ends.dialled, {&piece, 1});
    REQUIRE(stage->wait_for(Op::send).result == 8);
    REQUIRE(stage->ring().send_control(ends.dialled, ring::RecordType::alert, std::string_view("\x01\x00", 2)));
    stage->ring().recv(token(Op::recv, 2), ends.accepted);
    REQUIRE(stage->wait_for(Op::recv).octets.view() == last);
    const Completion ended = stage->wait_for(Op::recv);
    REQUIRE((ended.result == -EIO && !ended.more));
    std::array<char, 64> room{};
    const auto record = stage->ring().receive_control(ends.accepted, room);
    REQUIRE(record.has_value());
    REQUIRE((record->type == ring::RecordType::alert && record->octets == 2 && room[0] == 1 && room[1] == 0));
    REQUIRE(stage->ring().receive_control(ends.accepted, room).error().negative_errno == -EAGAIN);
  }
  stage->ring().cancel(token(Op::cancel, 9), token(Op::accept, 9));
  REQUIRE(stage->wait_for(Op::accept).result == -ECANCELED);
  stage->close(1, ends.dialled);
  stage->close(2, ends.accepted);
}

}  // namespace

TEST_CASE("kernel TLS: what the probe says is what a connection gets, and short sends are told") {
  for (const bool quick_ways : {true, false}) {
    for (const bool tls13 : {false, true}) {
      for (const RecordCipher cipher : {RecordCipher::aes_128_gcm, RecordCipher::aes_256_gcm, RecordCipher::chacha20_poly1305}) {
        INFO("quick ways " << quick_ways << ", TLS 1.3 " << tls13 << ", " << ring::name(cipher));
        one_connection(quick_ways, tls13, cipher);
      }
    }
  }
}

TEST_CASE("kernel TLS: the probe says it in words") {
  ring::KernelTls none;
  none.error = ENOENT;
  REQUIRE(none.describe().find("modprobe tls") != std::string::npos);
  REQUIRE_FALSE(none.any());
  ring::KernelTls some;
  some.takes[1][0] = some.takes[1][1] = some.takes[0][0] = true;
  REQUIRE(some.describe() == "TLSv1.2: AES-128-GCM; TLSv1.3: AES-128-GCM, AES-256-GCM");
  REQUIRE(some.any());
  REQUIRE(some.takes_records(true, RecordCipher::aes_256_gcm));
  REQUIRE_FALSE(some.takes_records(false, RecordCipher::aes_256_gcm));
}
