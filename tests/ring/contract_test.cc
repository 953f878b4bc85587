// The contract of Ring: what every implementation does, in every order and with every cut it allows. (Method: stage.h.)
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "stage.h"

#include <catch2/catch_test_macros.hpp>  // last: its CHECK takes the place of base/check.h's

using namespace ring_test;  // NOLINT
using ring::Completion;
using ring::Octets;
using ring::Op;
using ring::Socket;

TEST_CASE("accept tells every connection with its socket") {
  on_every_stage([](Stage& stage) {
    stage.ring().accept(token(Op::accept), stage.listener());
    std::vector<std::unique_ptr<FarEnd>> far;
    std::vector<base::Endpoint> expected;
    for (int i = 0; i < 5; ++i) far.push_back(stage.dial());
    for (const auto& one : far) expected.push_back(one->local());
    std::vector<base::Endpoint> seen;
    while (seen.size() < far.size()) {
      const Completion accepted = stage.wait_for(Op::accept);
      REQUIRE(accepted.token == token(Op::accept));
      if (!accepted.more) stage.ring().accept(token(Op::accept), stage.listener());
      if (accepted.result < 0) continue;
      const Socket socket{accepted.result};
      stage.ring().configure(socket, {std::chrono::seconds(60), std::chrono::seconds(120), 128 * 1024});
      const auto peer = stage.ring().peer_of(socket);
      REQUIRE(peer);
      seen.push_back(*peer);
      REQUIRE(stage.ring().local_of(socket));
      stage.close(0, socket);
    }
    std::sort(seen.begin(), seen.end());
    std::sort(expected.begin(), expected.end());
    REQUIRE(seen == expected);
  });
}

TEST_CASE("connect reaches a listener, both ways carry octets") {
  on_every_stage([](Stage& stage) {
    const auto socket = stage.ring().open_socket(stage.far_listener(), std::nullopt);
    REQUIRE(socket);
    stage.ring().connect(token(Op::connect, 3), *socket, stage.far_listener());
    const Completion connected = stage.wait_for(Op::connect);
    REQUIRE(connected.token == token(Op::connect, 3));
    REQUIRE(connected.result == 0);
    REQUIRE_FALSE(connected.more);
    std::unique_ptr<FarEnd> far;
    REQUIRE(stage.until([&] { return (far = stage.far_accept()) != nullptr; }));
    REQUIRE(*stage.ring().peer_of(*socket) == stage.far_listener());

    stage.ring().recv(token(Op::recv, 3), *socket);
    far->write("from afar");
    int end = 1;
    REQUIRE(stage.receive(3, *socket, 9, end) == "from afar");
    std::string got;
    stage.send_all(3, *socket, "to afar", 100, [&] { got += far->read(); });
    REQUIRE(stage.until([&] { return (got += far->read()).size() == 7; }));
    REQUIRE(got == "to afar");
    stage.ring().cancel(token(Op::cancel, 3), token(Op::recv, 3));
    stage.receive(3, *socket, 1, end);
    REQUIRE(end == -ECANCELED);
    stage.close(3, *socket);
  });
}

TEST_CASE("connect binds to a local address that is asked for") {
  on_every_stage([](Stage& stage) {
    const base::Endpoint here{base::IpAddress::from_octets4({127, 0, 0, 2}), 0};
    const auto socket = stage.ring().open_socket(stage.far_listener(), here);
    REQUIRE(socket);
    stage.ring().connect(token(Op::connect), *socket, stage.far_listener());
    REQUIRE(stage.wait_for(Op::connect).result == 0);
    REQUIRE(stage.ring().local_of(*socket)->address == here.address);
    REQUIRE(stage.ring().local_of(*socket)->port != 0);
    stage.close(0, *socket);
  });
}

TEST_CASE("connect to nobody is refused") {
  on_every_stage([](Stage& stage) {
    const base::Endpoint nobody = stage.nobody();
    const auto socket = stage.ring().open_socket(nobody, std::nullopt);
    REQUIRE(socket);
    stage.ring().connect(token(Op::connect, 1), *socket, nobody);
    REQUIRE(stage.wait_for(Op::connect).result == -ECONNREFUSED);
    REQUIRE_FALSE(stage.ring().peer_of(*socket));
    stage.close(1, *socket);
  });
}

TEST_CASE("a multishot recv brings all octets in order, then the end") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    const std::string octets = pattern(stage.is_kernel() ? 400'000 : 40'000);
    pair.far->write(octets);
    pair.far->shutdown_write();
    int end = 1;
    REQUIRE(stage.receive(1, pair.socket, SIZE_MAX, end) == octets);
    REQUIRE(end == 0);
    REQUIRE(stage.ring().receive_buffers_out() == 0);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("a lease keeps its octets; without buffers recv ends with ENOBUFS and goes on when armed again") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    const std::string octets = pattern(stage.is_kind() ? 100'000 : 20'000);
    pair.far->write(octets);
    pair.far->shutdown_write();
    std::vector<Completion> held;
    std::string got;
    std::string first;
    bool ended = false;
    while (!ended) {
      Completion completion = stage.wait_for(Op::recv);
      if (completion.result > 0) {
        got += completion.octets.view();
        // Until the buffers are all out, nothing is given back.
        if (first.empty()) held.push_back(std::move(completion));
        REQUIRE((!first.empty() || stage.ring().receive_buffers_out() >= held.size()));
        continue;
      }
      REQUIRE_FALSE(completion.more);
      if (completion.result == -ENOBUFS) {
        if (first.empty() && held.size() == stage.ring().receive_buffers()) {
          for (const Completion& one : held) first += one.octets.view();
          REQUIRE(first == octets.substr(0, first.size()));
          REQUIRE(stage.ring().receive_buffers_out() == stage.ring().receive_buffers());
          held.clear();
          REQUIRE(stage.ring().receive_buffers_out() == 0);
        }
        stage.ring().recv(token(Op::recv, 1), pair.socket);
        continue;
      }
      REQUIRE(completion.result == 0);
      ended = true;
    }
    REQUIRE(got == octets);
    if (stage.is_kind()) REQUIRE_FALSE(first.empty());
    held.clear();
    stage.close(1, pair.socket);
  });
}

TEST_CASE("recv_once brings one buffer and stops") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    stage.ring().cancel(token(Op::cancel, 1), token(Op::recv, 1));
    int end = 1;
    REQUIRE(stage.receive(1, pair.socket, 1, end).empty());
    REQUIRE(end == -ECANCELED);
    const std::string octets = pattern(9'000);
    pair.far->write(octets);
    pair.far->shutdown_write();
    std::string got;
    for (;;) {
      stage.ring().recv_once(token(Op::recv, 1), pair.socket);
      const Completion one = stage.wait_for(Op::recv);
      REQUIRE_FALSE(one.more);
      if (one.result == -ENOBUFS) continue;
      if (one.result == 0) break;
      REQUIRE(one.result > 0);
      got += one.octets.view();
      for (int i = 0; i < 3; ++i) stage.turn();
      REQUIRE(stage.waiting(Op::recv) == 0);
    }
    REQUIRE(got == octets);
    // A waiting one is cancelled like a multishot one.
    Stage::Pair other = stage.connected_pair(2);
    stage.ring().cancel(token(Op::cancel, 2), token(Op::recv, 2));
    stage.receive(2, other.socket, 1, end);
    stage.ring().recv_once(token(Op::recv, 2), other.socket);
    stage.turn();
    stage.ring().cancel(token(Op::cancel, 2), token(Op::recv, 2));
    REQUIRE(stage.wait_for(Op::recv).result == -ECANCELED);
    stage.close(2, other.socket);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("recv_once of so many octets leaves the rest where it is") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    stage.ring().cancel(token(Op::cancel, 1), token(Op::recv, 1));
    int end = 1;
    REQUIRE(stage.receive(1, pair.socket, 1, end).empty());
    const std::string octets = pattern(300);
    pair.far->write(octets);
    pair.far->shutdown_write();
    std::string got;
    for (std::size_t most = 1;; most = most * 2 % 61) {
      stage.ring().recv_once(token(Op::recv, 1), pair.socket, most);
      const Completion one = stage.wait_for(Op::recv);
      if (one.result == -ENOBUFS) continue;
      if (one.result == 0) break;
      REQUIRE((one.result > 0 && static_cast<std::size_t>(one.result) <= most));
      got += one.octets.view();
    }
    REQUIRE(got == octets);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("a send of many pieces arrives whole") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    const std::string octets = pattern(ring::Ring::send_pieces_max * 7);
    std::vector<Octets> pieces;
    for (std::size_t i = 0; i < ring::Ring::send_pieces_max; ++i) pieces.push_back({octets.data() + i * 7, 7});
    stage.ring().send(token(Op::send, 1), pair.socket, pieces);
    const Completion sent = stage.wait_for(Op::send);
    REQUIRE(sent.token == token(Op::send, 1));
    REQUIRE_FALSE(sent.more);
    std::size_t taken = sent.result > 0 ? static_cast<std::size_t>(sent.result) : 0;
    if (stage.is_kind()) REQUIRE(taken == octets.size());
    std::string got;
    stage.send_all(1, pair.socket, std::string_view(octets).substr(taken), 1000, [&] { got += pair.far->read(); });
    REQUIRE(stage.until([&] { return (got += pair.far->read()).size() >= octets.size(); }));
    REQUIRE(got == octets);
    pair.far->close();
    int end = 1;
    stage.receive(1, pair.socket, 1, end);
    REQUIRE(end == 0);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("the completion of a send is there at the reap after the next submit_and_wait") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    stage.completions.clear();
    const std::string octets = pattern(1000);
    const Octets piece{octets.data(), octets.size()};
    for (const bool may_sleep : {false, true}) {
      stage.ring().send(token(Op::send, 1), pair.socket, {&piece, 1});
      stage.ring().submit_and_wait(stage.ring().now() + std::chrono::milliseconds(1), may_sleep);
      std::array<Completion, 32> room;
      const std::size_t count = stage.ring().reap(room);
      std::size_t sends = 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (room[i].token == token(Op::send, 1)) {
          ++sends;
          if (stage.is_kind()) REQUIRE(room[i].result == 1000);
        }
      }
      REQUIRE(sends == 1);
    }
    REQUIRE(stage.waiting(Op::send) == 0);
    pair.far->reset();
    int end = 1;
    stage.receive(1, pair.socket, 1, end);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("a stalled reader: sends come short, then EAGAIN; poll_out tells when it goes on; nothing is lost") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    stage.ring().configure(pair.socket, {});
    const std::string octets = pattern(stage.is_kernel() ? 20'000'000 : 600'000);
    const std::size_t most = stage.is_kernel() ? 300'000 : 20'000;
    std::string_view rest = octets;
    bool refused = false;
    bool came_short = false;
    while (!refused) {
      REQUIRE_FALSE(rest.empty());
      const Octets piece{rest.data(), std::min(rest.size(), most)};
      stage.ring().send(token(Op::send, 1), pair.socket, {&piece, 1});
      const Completion sent = stage.wait_for(Op::send);
      refused = sent.result == -EAGAIN;
      if (refused) break;
      REQUIRE(sent.result > 0);
      came_short = came_short || static_cast<std::size_t>(sent.result) < piece.size;
      rest.remove_prefix(static_cast<std::size_t>(sent.result));
    }
    if (stage.is_kernel()) REQUIRE(came_short);
    stage.ring().poll_out(token(Op::poll_out, 1), pair.socket);
    std::string got;
    REQUIRE(stage.until([&] {
      got += pair.far->read();
      return stage.waiting(Op::poll_out) > 0;
    }));
    REQUIRE((stage.wait_for(Op::poll_out).result & POLLOUT) != 0);
    stage.send_all(1, pair.socket, rest, most, [&] { got += pair.far->read(); });
    stage.ring().shutdown_write(pair.socket);
    REQUIRE(stage.until([&] {
      got += pair.far->read();
      return pair.far->at_end();
    }));
    REQUIRE(got.size() == octets.size());
    REQUIRE(got == octets);
    pair.far->close();
    int end = 1;
    stage.receive(1, pair.socket, 1, end);
    REQUIRE(end == 0);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("a cancelled recv ends with ECANCELED, nothing comes after it, and nothing is lost") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    const std::string octets = pattern(30'000);
    pair.far->write(std::string_view(octets).substr(0, 20'000));
    int end = 1;
    std::string got = stage.receive(1, pair.socket, 100, end);
    stage.ring().cancel(token(Op::cancel, 1), token(Op::recv, 1));
    // What came before the cancellation took hold; rough stages may have ended the recv by ENOBUFS already.
    for (;;) {
      const Completion completion = stage.wait_for(Op::recv);
      if (completion.result > 0) got += completion.octets.view();
      if (completion.more) continue;
      REQUIRE((completion.result == -ECANCELED || completion.result == -ENOBUFS));
      break;
    }
    stage.wait_for(Op::cancel);
    pair.far->write(std::string_view(octets).substr(20'000));
    for (int i = 0; i < 20; ++i) stage.turn();
    REQUIRE(stage.waiting(Op::recv) == 0);
    stage.ring().recv(token(Op::recv, 1), pair.socket);
    got += stage.receive(1, pair.socket, octets.size() - got.size(), end);
    REQUIRE(got == octets);
    pair.far->close();
    stage.receive(1, pair.socket, 1, end);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("accept, connect and poll_out are cancelled too; a cancel without a target harms nobody") {
  on_every_stage([](Stage& stage) {
    stage.ring().cancel(token(Op::cancel, 9), token(Op::recv, 77));
    stage.wait_for(Op::cancel);

    stage.ring().accept(token(Op::accept, 5), stage.listener());
    stage.turn();
    stage.ring().cancel(token(Op::cancel, 5), token(Op::accept, 5));
    REQUIRE(stage.wait_for(Op::accept).result == -ECANCELED);

    Stage::Pair pair = stage.connected_pair(1);
    const std::string octets = pattern(stage.is_kernel() ? 8'000'000 : 600'000);
    std::string_view rest = octets;
    for (bool refused = false; !refused;) {
      const Octets piece{rest.data(), rest.size()};
      stage.ring().send(token(Op::send, 1), pair.socket, {&piece, 1});
      const Completion sent = stage.wait_for(Op::send);
      refused = sent.result == -EAGAIN && !stage.is_kind() ? true : sent.result < static_cast<int>(rest.size());
      if (sent.result > 0) rest.remove_prefix(static_cast<std::size_t>(sent.result));
    }
    // It may have become ready in the meantime, but it ends once.
    stage.ring().poll_out(token(Op::poll_out, 1), pair.socket);
    stage.ring().cancel(token(Op::cancel, 1), token(Op::poll_out, 1));
    const Completion ended = stage.wait_for(Op::poll_out);
    REQUIRE_FALSE(ended.more);
    REQUIRE((ended.result == -ECANCELED || (ended.result & POLLOUT) != 0));
    for (int i = 0; i < 20; ++i) stage.turn();
    REQUIRE(stage.waiting(Op::poll_out) == 0);
    pair.far->reset();
    int end = 1;
    stage.receive(1, pair.socket, 1, end);
    REQUIRE(end < 0);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("after the far side's end of input it still reads what is sent") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    pair.far->shutdown_write();
    int end = 1;
    REQUIRE(stage.receive(1, pair.socket, 1, end).empty());
    REQUIRE(end == 0);
    const std::string octets = pattern(5'000);
    std::string got;
    stage.send_all(1, pair.socket, octets, 700, [&] { got += pair.far->read(); });
    stage.ring().shutdown_write(pair.socket);
    REQUIRE(stage.until([&] {
      got += pair.far->read();
      return pair.far->at_end();
    }));
    REQUIRE(got == octets);
    stage.close(1, pair.socket);
  });
}

TEST_CASE("a reset ends recv with an error and fails sends") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    pair.far->reset();
    int end = 1;
    stage.receive(1, pair.socket, 1, end);
    REQUIRE(end == -ECONNRESET);
    const Octets piece{"abc", 3};
    for (;;) {
      stage.ring().send(token(Op::send, 1), pair.socket, {&piece, 1});
      const Completion sent = stage.wait_for(Op::send);
      if (!stage.is_kind() && sent.result == -EAGAIN) continue;
      REQUIRE((sent.result == -EPIPE || sent.result == -ECONNRESET));
      break;
    }
    stage.close(1, pair.socket);
  });
}

TEST_CASE("close tells the far side after what was sent") {
  on_every_stage([](Stage& stage) {
    Stage::Pair pair = stage.connected_pair(1);
    stage.ring().cancel(token(Op::cancel, 1), token(Op::recv, 1));
    int end = 1;
    stage.receive(1, pair.socket, 1, end);
    std::string got;
    stage.send_all(1, pair.socket, "last words", 100, [] {});
    stage.close(1, pair.socket);
    REQUIRE(stage.until([&] {
      got += pair.far->read();
      return pair.far->at_end();
    }));
    REQUIRE(got == "last words");
  });
}

TEST_CASE("the deadline ends the sleep, and without may_sleep there is none") {
  on_every_stage([](Stage& stage) {
    stage.turn();
    const base::Instant deadline = stage.ring().now() + std::chrono::milliseconds(20);
    REQUIRE(stage.until([&] { return stage.ring().now() >= deadline; }));
    REQUIRE(stage.completions.empty());
    stage.ring().submit_and_wait(base::Instant::never(), false);
    std::array<Completion, 4> room;
    REQUIRE(stage.ring().reap(room) == 0);
  });
}

TEST_CASE("many links at once, every octet on its own") {
  on_every_stage([](Stage& stage) {
    constexpr std::uint32_t links = 12;
    std::vector<Stage::Pair> pairs;
    std::vector<std::string> expected;
    std::vector<std::string> got(links);
    for (std::uint32_t slot = 0; slot < links; ++slot) {
      pairs.push_back(stage.connected_pair(slot));
      expected.push_back(pattern(6'000 + slot * 100, slot));
    }
    for (std::uint32_t slot = 0; slot < links; ++slot) {
      pairs[slot].far->write(expected[slot]);
      pairs[slot].far->shutdown_write();
    }
    for (std::uint32_t ended = 0; ended < links;) {
      Completion completion = stage.wait_for(Op::recv);
      const std::uint32_t slot = completion.token.slot;
      REQUIRE(slot < links);
      if (completion.result > 0) got[slot] += completion.octets.view();
      completion.octets = {};
      if (completion.more) continue;
      if (completion.result == -ENOBUFS) {
        stage.ring().recv(token(Op::recv, slot), pairs[slot].socket);
        continue;
      }
      REQUIRE(completion.result == 0);
      stage.close(slot, pairs[slot].socket);
      ++ended;
    }
    REQUIRE(got == expected);
    REQUIRE(stage.ring().receive_buffers_out() == 0);
  });
}
