// What no relay can beat on this machine, as processes that bench/compare sets beside it (performance is told as a ratio to them):
//
//   limit forwarder PORT RECEIVERS    passes octets between each link accepted on PORT and one it dials to RECEIVERS; nothing is read
//   limit hop PORT RECEIVERS          the hop-by-hop pattern of RFC 4976: each SEND is answered with a 200 of its own as it ends, and what
//                                     the receiver answers goes no further
//
// Both on 127.0.0.1, one thread, the relay's own ring. For `msrp-blaster --direct`. Links are never freed: a process lives for one run.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "hop_reader.h"
#include "ring/listener.h"
#include "ring/uring_ring.h"

namespace {

using ring::Completion;
using ring::Octets;
using ring::Op;

// Links 2i (accepted) and 2i + 1 (dialled) are a pair.
struct Link {
  ring::Socket socket;
  std::vector<base::Slice> queue, sending;  // of the other end's octets
  std::string replies, sending_replies;     // of our own
  bench::HopReader reader;
  bool busy = true;  // a send is under way, or it is not connected yet
  bool dirty = false;
  bool ended = false;     // the other end says no more
  bool finished = false;  // nor do we
};

class Limit {
 public:
  Limit(ring::Ring& ring, ring::Socket listener, const base::Endpoint& receivers, bool hop)
      : ring_(ring), receivers_(receivers), hop_(hop) {
    ring_.accept({Op::accept, 0, 0}, listener);
  }

  void turn() {
    std::array<Completion, 256> room;
    for (std::size_t count = room.size(); count == room.size();) {
      count = ring_.reap(room);
      for (std::size_t i = 0; i < count; ++i) handle(std::move(room[i]));
    }
    bool starved = false;
    for (const std::uint32_t slot : dirty_) starved = flush(slot) || starved;
    dirty_.clear();
    ring_.submit_and_wait(ring_.now() + std::chrono::milliseconds(500), !starved);
  }

 private:
  void handle(Completion completion) {
    const std::uint32_t slot = completion.token.slot;
    switch (completion.token.op) {
      case Op::accept: return accepted(completion);
      case Op::connect: return connected(slot, completion.result);
      case Op::recv: return received(slot, completion);
      case Op::send:
      case Op::poll_out: return sent(slot, completion);
      case Op::none:
      case Op::cancel:
      case Op::close:
      case Op::wake: return;
    }
  }

  void accepted(const Completion& completion) {
    CHECK(completion.result >= 0 && completion.more);
    const auto slot = static_cast<std::uint32_t>(links_.size());
    links_.resize(links_.size() + 2);
    links_[slot].socket = ring::Socket{completion.result};
    links_[slot].busy = false;
    const auto dialled = ring_.open_socket(receivers_, {});
    CHECK(dialled);
    links_[slot + 1].socket = *dialled;
    ring_.connect({Op::connect, 0, slot + 1}, *dialled, receivers_);
  }

  void connected(std::uint32_t slot, std::int32_t result) {
    if (result < 0) {  // nobody receives yet: somebody has only looked whether this listens
      links_[slot ^ 1U].ended = true;
      return touch(slot ^ 1U);
    }
    links_[slot].busy = false;
    for (const std::uint32_t either : {slot, slot ^ 1U}) ring_.recv({Op::recv, 0, either}, links_[either].socket);
  }

  void received(std::uint32_t slot, Completion& completion) {
    Link& other = links_[slot ^ 1U];
    if (completion.result == -ENOBUFS) return ring_.recv(completion.token, links_[slot].socket);
    if (completion.result <= 0) {
      other.ended = true;
      return touch(slot ^ 1U);
    }
    if (hop_) {
      if (slot % 2 != 0) return;  // the receiver's answers
      links_[slot].reader.feed({completion.octets.data, completion.octets.size}, links_[slot].replies);
      if (!links_[slot].replies.empty()) touch(slot);
    }
    other.queue.push_back(std::move(completion.octets));
    touch(slot ^ 1U);
  }

  void sent(std::uint32_t slot, const Completion& completion) {
    Link& link = links_[slot];
    link.busy = false;
    if (completion.token.op == Op::send && completion.result > 0) forget(link, static_cast<std::size_t>(completion.result));
    const bool left = !link.sending.empty() || !link.sending_replies.empty();
    if (completion.token.op == Op::poll_out || !left) return touch(slot);
    link.busy = true;
    ring_.poll_out({Op::poll_out, 0, slot}, link.socket);
  }

  // What the kernel has taken: slices first, then replies.
  static void forget(Link& link, std::size_t taken) {
    std::size_t whole = 0;
    for (; whole < link.sending.size() && taken >= link.sending[whole].size; ++whole) taken -= link.sending[whole].size;
    if (whole < link.sending.size()) {
      link.sending[whole].data += taken;
      link.sending[whole].size -= taken;
      taken = 0;
    }
    link.sending.erase(link.sending.begin(), link.sending.begin() + static_cast<std::ptrdiff_t>(whole));
    link.sending_replies.erase(0, taken);
  }

  void touch(std::uint32_t slot) {
    if (links_[slot].dirty) return;
    links_[slot].dirty = true;
    dirty_.push_back(slot);
  }

  // True: the completion of what it sends is wanted soon.
  bool flush(std::uint32_t slot) {
    Link& link = links_[slot];
    link.dirty = false;
    if (link.busy || link.finished) return false;
    if (link.sending.empty()) link.sending.swap(link.queue);
    if (link.sending_replies.empty()) link.sending_replies.swap(link.replies);
    pieces_.clear();
    for (const base::Slice& slice : link.sending) {
      if (pieces_.size() + 1 == ring::Ring::send_pieces_max) break;
      pieces_.push_back({slice.data, slice.size});
    }
    // Behind slices that all go: forget() counts so.
    if (!link.sending_replies.empty() && pieces_.size() == link.sending.size())
      pieces_.push_back({link.sending_replies.data(), link.sending_replies.size()});
    if (pieces_.empty()) {
      if (link.ended) {
        link.finished = true;
        ring_.shutdown_write(link.socket);
      }
      return false;
    }
    link.busy = true;
    ring_.send({Op::send, 0, slot}, link.socket, pieces_);
    return ring_.receive_buffers_out() * 2 > ring_.receive_buffers() || !link.queue.empty() || !link.replies.empty();
  }

  ring::Ring& ring_;
  base::Endpoint receivers_;
  bool hop_;
  std::vector<Link> links_;
  std::vector<std::uint32_t> dirty_;
  std::vector<Octets> pieces_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 4 ? argv[1] : "";
  const auto port = [&](int at) { return static_cast<std::uint16_t>(std::strtoul(argv[at], nullptr, 10)); };
  if ((what != "forwarder" && what != "hop") || port(2) == 0 || port(3) == 0) {
    std::fprintf(stderr, "usage: %s forwarder|hop PORT RECEIVERS-PORT\n", argv[0]);
    return 2;
  }
  const auto loopback = base::IpAddress::from_octets4({127, 0, 0, 1});
  const base::Endpoint here{loopback, port(2)};
  const auto listening = ring::listen_on_all_cores({&here, 1}, 1, 4096);
  if (!listening) {
    std::fprintf(stderr, "limit: %s\n", listening.error().text().c_str());
    return 1;
  }
  const auto wakeups = *ring::Wakeups::create(1);
  const auto ring = *ring::UringRing::create(base::CoreId(0), *wakeups, {});
  CHECK(ring->start());
  Limit limit(*ring, listening->front().sockets[0], {loopback, port(3)}, what == "hop");
  for (;;) limit.turn();
}
