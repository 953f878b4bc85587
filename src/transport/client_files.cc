#include "transport/client_files.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace transport {
namespace {

// Where distributions keep what the system trusts: Debian, Fedora, Alpine.
constexpr std::array<const char*, 3> system_ca_files = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                                        "/etc/ssl/cert.pem"};

base::Result<std::string, std::string> read(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str().empty()) return base::fail(path + ": " + (errno != 0 ? std::strerror(errno) : "it is empty"));
  return text.str();
}

}  // namespace

base::Result<ClientTls, std::string> read_client_files(const ClientFiles& files) {
  ClientTls tls;
  tls.trust_anybody = files.insecure;
  tls.options.first_group = faster_group();
  if (files.certificate.empty() != files.private_key.empty()) return base::fail(std::string("--certificate and --private-key go together"));
  if (!files.certificate.empty()) {
    auto chain = read(files.certificate);
    if (!chain) return base::fail("--certificate " + chain.error());
    auto key = read(files.private_key);
    if (!key) return base::fail("--private-key " + key.error());
    tls.own = PemPair{.chain = *std::move(chain), .key = *std::move(key)};
    if (const auto checked = check_pair(*tls.own); !checked)
      return base::fail("--certificate " + files.certificate + ": " + checked.error());
  }
  if (!files.ca_file.empty()) {
    auto trusted = read(files.ca_file);
    if (!trusted) return base::fail("--ca-file " + trusted.error());
    tls.options.trusted = *std::move(trusted);
  } else if (!files.insecure) {
    for (const char* path : system_ca_files) {
      if (auto trusted = read(path)) {
        tls.options.trusted = *std::move(trusted);
        break;
      }
    }
    if (tls.options.trusted.empty()) return base::fail(std::string("this system names nobody to be trusted: say --ca-file FILE"));
    tls.options.some_may_be_unreadable = true;
  }
  if (const auto made = tls.make(); !made) return base::fail(files.ca_file + ": " + made.error());
  return tls;
}

}  // namespace transport
