// Those who try what they may not, while others go on undisturbed.
#include <array>

#include "scenarios.h"

namespace sim {
namespace {

using std::chrono::milliseconds;

// A SEND that must reach nobody, in the words of `by`.
void try_send(World& world, Client& by, Client& victim, const std::string& to_path, const std::string& from_path) {
  Line* line = by.line();
  if (line == nullptr || line->dead) return;
  Message& message = world.ledger().open(by, victim);
  message.hopeless = true;
  message.content = "gotcha";
  message.chunks.emplace_back();
  Chunk& chunk = message.chunks.back();
  chunk.tid = by.new_tid(*line);
  chunk.to_path = to_path;
  chunk.from_path = from_path;
  by.write_raw("MSRP " + chunk.tid + " SEND\r\nTo-Path: " + to_path + "\r\nFrom-Path: " + from_path + "\r\nMessage-ID: " + message.id +
               "\r\nByte-Range: 1-6/6\r\nContent-Type: text/plain\r\n\r\ngotcha\r\n-------" + chunk.tid + "$\r\n");
}

void write_bodiless(Client& by, const std::string& start, const std::string& tid, const std::string& to_path, const std::string& from_path,
                    const std::string& more) {
  by.write_raw("MSRP " + tid + " " + start + "\r\nTo-Path: " + to_path + "\r\nFrom-Path: " + from_path + "\r\n" + more + "-------" + tid +
               "$\r\n");
}

std::string altered(std::string uri, World& world) {
  const std::size_t token = uri.rfind('/') + 1;
  char& character = uri[token + world.random().below(20)];
  character = character == 'A' ? 'B' : 'A';
  return uri;
}

void attack(World& world, Client& mallory, Client& alice, Client& bob, Client& peer) {
  const std::string answering = bob.line() == nullptr || bob.line()->pending.empty() ? bob.tid_in_progress() : *bob.line()->pending.begin();
  switch (world.random().below(9)) {
    case 0: return try_send(world, mallory, peer, alice.relay_uri() + " " + peer.uri(), mallory.uri());
    case 1: return try_send(world, mallory, peer, alice.relay_uri() + " " + peer.uri(), alice.uri());
    case 2: return try_send(world, mallory, bob, alice.path_to(bob), alice.uri());
    case 3: return try_send(world, mallory, bob, altered(bob.relay_uri(), world) + " " + bob.uri(), mallory.uri());
    case 4: return try_send(world, mallory, bob, "msrp://relay.example.org:2855;tcp " + bob.uri(), mallory.uri());
    case 5: return try_send(world, alice, peer, alice.relay_uri() + " " + bob.relay_uri() + " " + peer.uri(), alice.uri());
    case 6:  // Answers to what others were asked.
      if (!answering.empty()) return write_bodiless(mallory, "413 Stop", answering, bob.relay_uri(), bob.uri(), "");
      break;
    case 7:
      return write_bodiless(mallory, "REPORT", "forged77", alice.relay_uri() + " " + peer.uri(), alice.uri(),
                            "Message-ID: m1.c0\r\nStatus: 000 413 No\r\n");
    case 8: return write_bodiless(mallory, "AUTH", "forged88", "msrp://relay.example.org:2855;tcp", alice.uri(), "");
  }
}

}  // namespace

void strangers(World& world) {
  Client& alice = world.add_client("alice");
  Client& bob = world.add_client("bob");
  Client& mallory = world.random().chance(0.5) ? world.add_client("mallory") : world.add_peer("mallory");
  Client& peer = world.add_peer("peer");
  mallory.may_be_closed = true;
  mallory.on_unexpected = [](const Frame&) {};
  alice.on_unexpected = [](const Frame&) {};
  peer.listen();
  alice.start([&] {
    bob.start([&] {
      mallory.start([&] {
        for (std::uint64_t i = world.random().between(1, 5); i > 0; --i) {
          world.after(milliseconds(world.random().below(500)), [&] { attack(world, mallory, alice, bob, peer); });
        }
        for (std::uint64_t i = world.random().between(1, 8); i > 0; --i) {
          const std::array<Client*, 2> both = world.random().chance(0.5) ? std::array{&alice, &bob} : std::array{&bob, &alice};
          world.after(milliseconds(world.random().below(500)), [both] { both[0]->send(*both[1], Style::noise); });
          if (world.random().chance(0.5)) world.after(milliseconds(world.random().below(500)), [&] { alice.send(peer, Style::noise); });
        }
      });
    });
  });
  world.play(std::chrono::minutes(5));
  if (world.fault().empty()) world.ledger().check_at_rest();
  world.end();
}

}  // namespace sim
