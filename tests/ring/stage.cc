#include "stage.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

namespace ring_test {

using ring::Completion;
using ring::Op;

void Stage::turn() {
  ring().submit_and_wait(soon(), true);
  wait();
  std::array<Completion, 7> room;  // small on purpose
  for (std::size_t count = room.size(); count == room.size();) {
    count = ring().reap(room);
    for (std::size_t i = 0; i < count; ++i) completions.push_back(std::move(room[i]));
  }
}

bool Stage::until(const std::function<bool()>& done) {
  for (int turns = 0; turns < 20000; ++turns) {
    if (done()) return true;
    turn();
  }
  return done();
}

std::size_t Stage::waiting(Op op) const {
  return static_cast<std::size_t>(
      std::count_if(completions.begin(), completions.end(), [op](const Completion& c) { return c.token.op == op; }));
}

Completion Stage::wait_for(Op op) {
  REQUIRE(until([&] { return waiting(op) > 0; }));
  const auto found = std::find_if(completions.begin(), completions.end(), [op](const Completion& c) { return c.token.op == op; });
  Completion completion = std::move(*found);
  completions.erase(found);
  return completion;
}

Stage::Pair Stage::connected_pair(std::uint32_t slot) {
  if (!accepting_) ring().accept(token(Op::accept, 0), listener());
  accepting_ = true;
  Pair pair{{}, dial()};
  for (;;) {
    const Completion accepted = wait_for(Op::accept);
    if (!accepted.more) ring().accept(token(Op::accept, 0), listener());
    if (accepted.result < 0) continue;
    pair.socket = {accepted.result};
    ring().recv(token(Op::recv, slot), pair.socket);
    return pair;
  }
}

std::string Stage::receive(std::uint32_t slot, ring::Socket socket, std::size_t octets, int& end) {
  std::string got;
  end = 1;
  while (got.size() < octets) {
    const Completion completion = wait_for(Op::recv);
    REQUIRE(completion.token == token(Op::recv, slot));
    if (completion.result > 0) {
      REQUIRE(completion.more);
      REQUIRE(completion.octets.size == static_cast<std::size_t>(completion.result));
      REQUIRE(completion.octets.lease.buffer()->scarce);
      got += completion.octets.view();
      continue;
    }
    REQUIRE_FALSE(completion.more);
    if (completion.result == -ENOBUFS) {
      ring().recv(token(Op::recv, slot), socket);
      continue;
    }
    end = completion.result;
    return got;
  }
  return got;
}

void Stage::send_all(std::uint32_t slot, ring::Socket socket, std::string_view octets, std::size_t piece,
                     const std::function<void()>& meanwhile) {
  while (!octets.empty()) {
    const ring::Octets one{octets.data(), std::min(piece, octets.size())};
    ring().send(token(Op::send, slot), socket, {&one, 1});
    const Completion sent = wait_for(Op::send);
    REQUIRE((sent.result > 0 || sent.result == -EAGAIN));
    if (sent.result > 0) octets.remove_prefix(static_cast<std::size_t>(sent.result));
    if (sent.result < static_cast<int>(one.size)) {
      ring().poll_out(token(Op::poll_out, slot), socket);
      REQUIRE(until([&] {
        meanwhile();
        return waiting(Op::poll_out) > 0;
      }));
      REQUIRE(wait_for(Op::poll_out).result > 0);
    }
    meanwhile();
  }
}

void Stage::close(std::uint32_t slot, ring::Socket socket) {
  ring().close(token(Op::close, slot), socket);
  REQUIRE(wait_for(Op::close).result == 0);
}

std::string pattern(std::size_t octets, unsigned seed) {
  std::string text(octets, '\0');
  for (std::size_t i = 0; i < octets; ++i) text[i] = static_cast<char>((i * 131 >> 3) + seed * 17 + (i >> 9));
  return text;
}

void on_every_stage(const std::function<void(Stage&)>& body) {
  {
    INFO("the kernel, quick ways");
    const std::unique_ptr<Stage> stage = kernel_stage(64, 256, 8, 4096, true);
    body(*stage);
  }
  {
    INFO("the kernel, fallbacks");
    const std::unique_ptr<Stage> stage = kernel_stage(64, 256, 8, 4096, false);
    body(*stage);
  }
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const bool rough = seed > 10;
    INFO("the simulator, " << (rough ? "rough" : "kind") << ", seed " << seed);
    const std::unique_ptr<Stage> stage = simulated_stage(seed, rough);
    body(*stage);
  }
}

}  // namespace ring_test
