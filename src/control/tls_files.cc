#include "control/tls_files.h"

#include <sys/stat.h>

#include <cstdlib>
#include <functional>
#include <string_view>
#include <utility>

#include "control/read_file.h"
#include "transport/certificate_status.h"
#include "transport/revocation_list.h"

namespace control {
namespace {

constexpr std::size_t pem_octets_max = 1024UL * 1024;
constexpr std::size_t status_octets_max = 64UL * 1024;
constexpr std::size_t trusted_octets_max = 16UL * 1024 * 1024;
constexpr std::size_t revoked_octets_max = 1024UL * 1024;  // looked through at every handshake that shows a certificate

// A number's octets may begin with one that says that it is not negative.
std::string_view without_zeros(std::string_view number) { return number.substr(std::min(number.find_first_not_of('\0'), number.size())); }

class Reading {
 public:
  Reading(const config::Config& config, std::chrono::sys_seconds now) : config_(config), now_(now) {}

  TlsRead read() {
    auto files = std::make_shared<transport::TlsFiles>();
    read_trusted(*files);
    trusted_ = &files->trusted;
    for (std::size_t i = 0; i < config_.listens.size(); ++i) {
      const config::Listen& listen = config_.listens[i];
      std::vector<transport::PemPair>& pairs = files->listeners.emplace_back();
      for (std::size_t pair = 0; pair < std::min(listen.certificates.size(), listen.private_keys.size()); ++pair) {
        read_pair(listen, "listen[" + std::to_string(i) + "]", pair, pairs);
      }
      if (!files->own && !pairs.empty()) files->own = pairs.front();
    }
    read_revoked(*files);
    if (good_) {
      // What only a context tells: certificates of ca_file that cannot be read.
      if (const auto made = transport::CoreTls::make(*files, {}); !made)
        fault(beside(config_, config_.ca_file), "tls.ca_file", made.error());
    }
    if (good_) read_.files = std::move(files);
    return std::move(read_);
  }

 private:
  void fault(const std::string& file, const std::string& key, std::string reason, bool warning = false) {
    config::Fault fault;
    fault.file = file;
    fault.key = key;
    fault.reason = std::move(reason);
    fault.warning = warning;
    if (!warning) good_ = false;
    read_.faults.push_back(std::move(fault));
  }

  void read_pair(const config::Listen& listen, const std::string& key, std::size_t at, std::vector<transport::PemPair>& pairs) {
    const std::string certificate_file = beside(config_, listen.certificates[at]);
    const std::string key_file = beside(config_, listen.private_keys[at]);
    auto chain = read_file(certificate_file, pem_octets_max);
    if (!chain) fault(certificate_file, key + ".certificate", chain.error());
    auto secret = read_file(key_file, pem_octets_max);
    if (!secret) fault(key_file, key + ".private_key", secret.error());
    if (!chain || !secret) return;
    struct stat status{};
    if (stat(key_file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP)) != 0) {
      return fault(key_file, key + ".private_key", "others may read or change it: chmod 0400 (or 0440 for its group)");
    }
    transport::PemPair pair{std::move(*chain), std::move(*secret)};
    const auto checked = transport::check_pair(pair);
    if (!checked) return fault(certificate_file, key + ".certificate", checked.error() + " (key: " + key_file + ")");
    if (checked->not_after <= now_) {
      return fault(certificate_file, key + ".certificate",
                   "it has expired " + std::to_string(-days_left(checked->not_after, now_)) + " days ago");
    }
    if (checked->not_before > now_) return fault(certificate_file, key + ".certificate", "it is not valid yet: is the clock right?");
    if (at == 0 && !checked->names_authority(listen.advertise_host, base::IpAddress::parse(listen.advertise_host))) {
      fault(certificate_file, key + ".certificate",
            "it does not name " + listen.advertise_host + ", which stands in the URIs that clients get here: they will refuse it", true);
    }
    read_.expiries.push_back({certificate_file, checked->not_after});
    if (at < listen.statuses.size() && !listen.statuses[at].empty()) {
      read_status(beside(config_, listen.statuses[at]), key + ".ocsp_response", checked->serial, pair);
    }
    pairs.push_back(std::move(pair));
  }

  void read_status(const std::string& file, const std::string& key, std::string_view serial, transport::PemPair& pair) {
    auto octets = read_file(file, status_octets_max);
    if (!octets) return fault(file, key, octets.error());
    const auto status = transport::read_certificate_status(*octets);
    if (!status) return fault(file, key, status.error());
    if (without_zeros(status->serial) != without_zeros(serial)) return fault(file, key, "it is about another certificate");
    if (!status->good) return fault(file, key, "it says that the certificate has been revoked, or is not known");
    if (status->next_update <= now_) return fault(file, key, "it is out of date, and is not shown: ask the issuer again", true);
    read_.expiries.push_back({file, status->next_update, TlsRead::Kind::status});
    pair.status = std::move(*octets);
    if (std::string wrong = transport::check_certificate_status(pair, *trusted_); !wrong.empty()) fault(file, key, std::move(wrong));
  }

  void read_trusted(transport::TlsFiles& files) {
    const std::string file = beside(config_, config_.ca_file);
    auto trusted = read_file(file, trusted_octets_max);
    if (trusted) {
      files.trusted = std::move(*trusted);
    } else if (config_.ca_file != config::Config::usual_ca_file) {
      fault(file, "tls.ca_file", trusted.error());
    }
  }

  void read_revoked(transport::TlsFiles& files) {
    if (config_.crl_file.empty()) return;
    const std::string file = beside(config_, config_.crl_file);
    auto revoked = read_file(file, revoked_octets_max);
    if (!revoked) return fault(file, "tls.crl_file", revoked.error());
    if (std::string wrong = transport::check_revocation_lists(*revoked, files.trusted); !wrong.empty()) {
      return fault(file, "tls.crl_file", std::move(wrong));
    }
    files.revoked = std::move(*revoked);
    const auto lists = transport::split_revocation_lists(files.revoked);
    for (const std::string_view list : lists.value()) {
      if (const auto next = transport::next_update(list)) read_.expiries.push_back({file, *next, TlsRead::Kind::revocation_list});
    }
  }

  const config::Config& config_;
  std::chrono::sys_seconds now_;
  TlsRead read_;
  const std::string* trusted_ = nullptr;
  bool good_ = true;
};

}  // namespace

std::string beside(const config::Config& config, const std::string& path) {
  constexpr std::string_view credential = "credential:";
  if (path.starts_with(credential)) {
    const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
    return std::string(folder != nullptr ? folder : "/run/credentials (systemd has given none)") + "/" + path.substr(credential.size());
  }
  const std::size_t slash = config.file.rfind('/');
  if (path.starts_with('/') || slash == std::string::npos) return path;
  return config.file.substr(0, slash + 1) + path;
}

TlsRead read_tls_files(const config::Config& config, std::chrono::sys_seconds now) { return Reading(config, now).read(); }

std::uint64_t tls_files_stamp(const config::Config& config) {
  std::uint64_t stamp = 0;
  const auto add = [&](const std::string& path) {
    struct stat status{};
    if (stat(beside(config, path).c_str(), &status) != 0) return;
    for (const auto part : {static_cast<std::uint64_t>(status.st_mtim.tv_sec), static_cast<std::uint64_t>(status.st_mtim.tv_nsec),
                            static_cast<std::uint64_t>(status.st_ino), static_cast<std::uint64_t>(status.st_size)}) {
      stamp = (stamp ^ part) * 0x9E3779B97F4A7C15;
    }
  };
  for (const config::Listen& listen : config.listens) {
    for (const std::string& file : listen.certificates) add(file);
    for (const std::string& file : listen.private_keys) add(file);
    for (const std::string& file : listen.statuses) {
      if (!file.empty()) add(file);
    }
  }
  add(config.ca_file);
  if (!config.crl_file.empty()) add(config.crl_file);
  return stamp;
}

std::int64_t days_left(std::chrono::sys_seconds not_after, std::chrono::sys_seconds now) {
  return std::chrono::floor<std::chrono::days>(not_after - now).count();
}

}  // namespace control
