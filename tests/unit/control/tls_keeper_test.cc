// Certificates that change on the disk, and the window of ticket keys.
#include "control/tls_keeper.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "control/tls_files.h"
#undef CHECK

#include <catch2/catch_test_macros.hpp>

namespace {

namespace fs = std::filesystem;

class Counting final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    ++calls_;
    for (std::uint8_t& octet : out) octet = calls_;
  }

 private:
  std::uint8_t calls_ = 0;
};

// A folder with the relay's pair, as a configuration names it.
struct World {
  World() : folder(fs::temp_directory_path() / ("msrp-relay-tls-keeper-" + std::to_string(getpid()))) {
    transport::prepare_tls();
    fs::remove_all(folder);
    fs::create_directory(folder);
    put("relay.pem", "relay.pem");
    put("relay.key", "relay.key");
    config.file = folder / "relay.toml";
    config::Listen listen;
    listen.transport = config::Transport::tls;
    listen.advertise_host = "relay.example.org";
    listen.certificates = {"relay.pem"};
    listen.private_keys = {"relay.key"};
    config.listens.push_back(listen);
  }
  ~World() { fs::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  // By another file that takes its place, as tools that renew certificates do it.
  void put(const std::string& from, const std::string& to) {
    fs::copy_file(fs::path(CERTIFICATES) / from, folder / "new", fs::copy_options::overwrite_existing);
    fs::permissions(folder / "new", fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(folder / "new", folder / to);
  }
  control::TlsRead read() {
    return control::read_tls_files(config, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  }

  fs::path folder;
  config::Config config;
  Counting entropy;
  std::vector<std::string> said;
  control::Log log{[this](control::LogLevel, const std::string& line) { said.push_back(line); }};
};

}  // namespace

TEST_CASE("TLS keeper: files that were replaced are noticed; a pair that does not fit leaves the old one, and its successor is taken") {
  World world;
  control::TlsKeeper keeper(world.config, world.read(), world.entropy, false);
  REQUIRE_FALSE(keeper.files_changed());
  world.put("relay-rsa.pem", "relay.pem");
  REQUIRE(keeper.files_changed());
  REQUIRE_FALSE(keeper.read_again(world.log));
  world.log.flush();
  bool told = false;
  for (const std::string& line : world.said) told = told || line.find("not that of the certificate") != std::string::npos;
  REQUIRE(told);
  // Said once, until there is something new.
  REQUIRE_FALSE(keeper.files_changed());
  REQUIRE(keeper.make().servers[0]->certificate_of({}).key == transport::KeyKind::ecdsa);
  world.put("relay-rsa.key", "relay.key");
  REQUIRE(keeper.files_changed());
  REQUIRE(keeper.read_again(world.log));
  REQUIRE_FALSE(keeper.files_changed());
  REQUIRE(keeper.make().servers[0]->certificate_of({}).key == transport::KeyKind::rsa);
}

TEST_CASE("TLS keeper: a new ticket key stands in front, the third from last is no longer taken") {
  World world;
  control::TlsKeeper keeper(world.config, world.read(), world.entropy, false);
  std::vector<transport::TicketKeys::Key> made{keeper.tickets()->keys.front()};
  REQUIRE(keeper.tickets()->keys.size() == 1);
  for (int hour = 1; hour < 5; ++hour) {
    keeper.rotate_tickets();
    const auto& keys = keeper.tickets()->keys;
    made.insert(made.begin(), keys.front());
    REQUIRE(made[0].name != made[1].name);
    REQUIRE(made[0].secret != made[1].secret);
    REQUIRE(keys.size() == std::min<std::size_t>(made.size(), 3));
    for (std::size_t at = 0; at < keys.size(); ++at) REQUIRE(keys[at].name == made[at].name);
  }
}
