#include "daemon/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <string>

namespace {

using namespace std::chrono_literals;
using wiring::ServiceManager;

// A manager's socket, in a folder of its own or of the abstract namespace.
struct Manager {
  std::string folder = "/tmp/msrp-relay-notify-XXXXXX";
  std::string name;
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

  explicit Manager(bool abstract) {
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    name = (abstract ? "@" : "") + folder + "/s";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, name.size());
    if (abstract) address.sun_path[0] = '\0';
    REQUIRE(bind(descriptor, reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Manager() {
    close(descriptor);
    unlink((folder + "/s").c_str());
    rmdir(folder.c_str());
  }
  std::string heard() const {
    char room[256];
    const ssize_t octets = recv(descriptor, room, sizeof room, 0);
    return octets < 0 ? "" : std::string(room, static_cast<std::size_t>(octets));
  }
};

}  // namespace

TEST_CASE("the service manager hears what it has asked for") {
  for (const bool abstract : {false, true}) {
    const Manager manager(abstract);
    setenv("WATCHDOG_USEC", "3000000", 1);
    unsetenv("WATCHDOG_PID");
    const ServiceManager service = ServiceManager::from_environment();
    CHECK(service.listens());
    CHECK(service.watchdog() == 3s);
    CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
    CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
    service.ready();
    CHECK(manager.heard() == "READY=1");
    service.status("2 links");
    CHECK(manager.heard() == "STATUS=2 links");
    service.alive();
    CHECK(manager.heard() == "WATCHDOG=1");
    service.stopping();
    CHECK(manager.heard() == "STOPPING=1");
    service.reloading();
    const std::string reloading = manager.heard();
    CHECK(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(std::stoll(reloading.substr(reloading.rfind('=') + 1)) > 0);
    CHECK(manager.heard().empty());
  }
}

TEST_CASE("a watchdog of another process is not ours") {
  const Manager manager(false);
  setenv("WATCHDOG_USEC", "3000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(ServiceManager::from_environment().watchdog());
  setenv("NOTIFY_SOCKET", manager.name.c_str(), 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  CHECK(ServiceManager::from_environment().watchdog() == 3s);
}

TEST_CASE("without a manager, or with one that is not there, nothing is told") {
  for (const char* name : {"", "relative", "/nonexistent/socket", "@", "@msrp-relay-nobody-listens"}) {
    setenv("NOTIFY_SOCKET", name, 1);
    const ServiceManager service = ServiceManager::from_environment();
    CHECK_FALSE(service.listens());
    service.ready();
  }
  setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
  CHECK_FALSE(ServiceManager::from_environment().listens());
}

TEST_CASE("a manager that reads nothing makes nobody wait") {
  const Manager manager(false);
  const ServiceManager service = ServiceManager::from_environment();
  for (int i = 0; i < 10'000; ++i) service.alive();
  CHECK(manager.heard() == "WATCHDOG=1");
}
