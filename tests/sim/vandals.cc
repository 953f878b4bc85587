// Those who send what no one should (R-014, R-017, R-225, R-257): broken frames on their own session, on none, and as a next hop. Whatever
// they send, what the relay says is well-formed, and nobody else notices.
#include <deque>

#include "scenarios.h"
#include "script.h"

namespace sim {
namespace {

using std::chrono::milliseconds;

char any_octet(ring::SimRandom& random) {
  static constexpr std::string_view telling = "\r\n-$+#:/; *0M";
  return random.chance(0.5) ? telling[random.below(telling.size())] : static_cast<char>(random.below(256));
}

std::string noise(ring::SimRandom& random, std::size_t octets) {
  std::string text(octets, ' ');
  for (char& character : text) character = any_octet(random);
  return text;
}

// A few octets other, missing, or twice; or only its beginning.
std::string broken(std::string text, ring::SimRandom& random) {
  for (std::uint64_t i = random.below(5); i > 0; --i) {
    const std::size_t at = random.below(text.size());
    const std::size_t count = std::min<std::size_t>(random.spread(1, 100), text.size() - at);
    switch (random.below(4)) {
      case 0: text[at] = any_octet(random); break;
      case 1: text.erase(at, count); break;
      case 2: text.insert(at, std::string(text, at, count)); break;
      case 3: text.insert(at, noise(random, count)); break;
    }
    if (text.empty()) return noise(random, 1);
  }
  if (random.chance(0.2)) text.resize(random.below(text.size()) + 1);
  return text;
}

std::string request(World& world, const std::string& to_path, const std::string& from_path) {
  ring::SimRandom& random = world.random();
  static constexpr std::string_view methods[] = {"SEND", "SEND", "SEND", "REPORT", "AUTH", "NICKNAME"};
  static constexpr std::string_view ranges[] = {"", "Byte-Range: 1-*/*\r\n", "Byte-Range: 18446744073709551615-*/*\r\n",
                                                "Byte-Range: 2-1/0\r\n"};
  const std::string tid = "vandal" + std::to_string(random.below(1000));
  std::string text = "MSRP " + tid + " " + std::string(methods[random.below(std::size(methods))]) + "\r\nTo-Path: " + to_path +
                     "\r\nFrom-Path: " + from_path + "\r\nMessage-ID: v" + tid + "\r\n" +
                     std::string(ranges[random.below(std::size(ranges))]);
  if (random.chance(0.1)) text += "Status: 000 413 No\r\nExpires: 99999999999999999999\r\nAuthorization: Digest username=\"\r\n";
  if (random.chance(0.05)) text += "X-Long: " + std::string(random.spread(1, 60'000), 'x') + "\r\n";
  if (random.chance(0.8)) text += "Content-Type: text/plain\r\n\r\n" + noise(random, random.spread(1, 20'000)) + "\r\n";
  return text + "-------" + tid + "$+#"[random.below(3)] + "\r\n";
}

std::string response(World& world, const std::string& tid, const std::string& to_path, const std::string& from_path) {
  return "MSRP " + tid + " " + std::to_string(world.random().below(1200)) + " As You Like\r\nTo-Path: " + to_path +
         "\r\nFrom-Path: " + from_path + "\r\n-------" + tid + "$\r\n";
}

// A connection of a vandal's: what it hears it does not heed, but reads strictly.
struct Contact {
  std::unique_ptr<ring::SimPeer> peer;
  FrameReader reader;
};

const base::Endpoint next_hop{*base::IpAddress::parse("198.51.100.200"), 10'200};

class Vandal {
 public:
  Vandal(World& world, Client& client) : world_(world), client_(client), sink_(world.network(), next_hop) {
    sink_.on_connection = [this] {
      while (std::unique_ptr<ring::SimPeer> peer = sink_.accept()) watch(std::move(peer));
    };
    client.on_frame = [](const Frame&) {};
  }

  void act() {
    ring::SimRandom& random = world_.random();
    // To its own next hop, through its own session: most of it is to be forwarded.
    const std::string good_path = client_.relay_uri() + " msrp://" + next_hop.to_string() + "/sink;tcp";
    std::string octets;
    switch (random.below(8)) {
      case 0: octets = noise(random, random.spread(1, 50'000)); break;
      case 1: octets = broken(response(world_, "a786hjs2", client_.relay_uri(), client_.uri()), random); break;
      case 2: octets = "MSRP " + std::string(random.spread(1, 100'000), 'x'); break;
      default: octets = broken(request(world_, good_path, client_.uri()), random);
    }
    Line* line = client_.line();
    if (line != nullptr && !line->dead && random.chance(0.7)) return line->peer->write(octets);
    watch(std::make_unique<ring::SimPeer>(world_.network(), base::Endpoint{client_.endpoint().address, 0}));
    contacts_.back().peer->connect(world_.relay(0).endpoint());
    contacts_.back().peer->write(octets);
    if (random.chance(0.3)) contacts_.back().peer->reset();
  }

 private:
  void watch(std::unique_ptr<ring::SimPeer> peer) {
    contacts_.push_back({std::move(peer), {}});
    Contact& contact = contacts_.back();
    contact.peer->on_change = [this, &contact] { hear(contact); };
    hear(contact);
  }

  void hear(Contact& contact) {
    ring::SimRandom& random = world_.random();
    contact.reader.feed(contact.peer->read());
    while (const auto frame = contact.reader.next()) {
      if (frame->is_response() || !contact.peer->is_connected()) continue;
      const std::string answer = response(world_, frame->tid, split(frame->value("From-Path"), ' ').front(), frame->value("To-Path"));
      contact.peer->write(random.chance(0.5) ? answer : broken(answer, random));
    }
    if (!contact.reader.fault().empty()) world_.violation("malformed octets for a vandal: " + contact.reader.fault());
    if (contact.peer->at_end() && contact.peer->is_connected()) contact.peer->close();
  }

  World& world_;
  Client& client_;
  ring::SimPeerListener sink_;
  std::deque<Contact> contacts_;
};

}  // namespace

void vandals(World& world) {
  Client& client = world.add_client("vandal");
  client.may_be_closed = true;
  client.on_unexpected = [](const Frame&) {};
  Client& alice = world.add_client("alice");
  Client& bob = world.add_client("bob");
  std::unique_ptr<Vandal> vandal;
  alice.start([&] {
    bob.start([&] {
      client.start([&] {
        vandal = std::make_unique<Vandal>(world, client);
        for (std::uint64_t i = world.random().between(1, 12); i > 0; --i)
          world.after(up_to(world, milliseconds(500)), [&] { vandal->act(); });
        for (std::uint64_t i = world.random().between(1, 8); i > 0; --i) {
          Client& from = world.random().chance(0.5) ? alice : bob;
          Client& to = &from == &alice ? bob : alice;
          world.after(up_to(world, milliseconds(500)), [&] { from.send(to, style(world)); });
        }
      });
    });
  });
  world.play(std::chrono::minutes(5));
  if (world.fault().empty()) world.ledger().check_at_rest();
  vandal.reset();
  world.end();
}

}  // namespace sim
