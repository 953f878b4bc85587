#include "transport/certificate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "transport/der.h"
#include "transport/wolfssl.h"

namespace transport {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string reason_of(int error) {
  const char* text = wc_GetErrorString(error);
  return text != nullptr ? text : "error " + std::to_string(error);
}

std::optional<std::chrono::sys_seconds> time_of(const unsigned char* date, int size) {
  if (date == nullptr) return std::nullopt;
  return transport::time_of({reinterpret_cast<const char*>(date), static_cast<std::size_t>(size)});
}

KeyKind kind_of(word32 key) {
  if (key == RSAk) return KeyKind::rsa;
  if (key == ECDSAk) return KeyKind::ecdsa;
  return KeyKind::other;
}

std::optional<base::IpAddress> address_of(const DNS_entry& entry) {
  std::array<std::uint8_t, 16> octets{};
  if (entry.len != 4 && entry.len != 16) return std::nullopt;
  std::memcpy(octets.data(), entry.name, static_cast<std::size_t>(entry.len));
  return entry.len == 4 ? base::IpAddress::from_octets4({octets[0], octets[1], octets[2], octets[3]})
                        : base::IpAddress::from_octets16(octets);
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view host) {
  const std::string name = lower(host);
  if (!pattern.starts_with("*.")) return !pattern.empty() && pattern == name;
  const std::string_view rest = pattern.substr(1);
  const std::size_t dot = name.find('.');
  return rest.find('.', 1) != std::string_view::npos && dot != std::string::npos && dot > 0 && std::string_view(name).substr(dot) == rest;
}

bool Certificate::names_host(std::string_view host) const {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return matches_name(name, host); });
}

bool Certificate::names_address(const base::IpAddress& address) const {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

base::Result<Certificate, std::string> read_certificate(std::string_view der) {
  DecodedCert decoded;
  wc_InitDecodedCert(&decoded, unsigned_octets(der.data()), static_cast<word32>(der.size()), nullptr);
  const std::unique_ptr<DecodedCert, Releases<wc_FreeDecodedCert>> owner(&decoded);
  if (const int error = wc_ParseCert(&decoded, CERT_TYPE, NO_VERIFY, nullptr); error != 0) return base::fail(reason_of(error));
  Certificate certificate;
  certificate.key = kind_of(decoded.keyOID);
  certificate.serial.assign(reinterpret_cast<const char*>(decoded.serial), static_cast<std::size_t>(decoded.serialSz));
  const auto begin = time_of(decoded.beforeDate, decoded.beforeDateLen);
  const auto end = time_of(decoded.afterDate, decoded.afterDateLen);
  if (!begin || !end) return base::fail(std::string("its dates cannot be read"));
  certificate.not_before = *begin;
  certificate.not_after = *end;
  for (const DNS_entry* entry = decoded.altNames; entry != nullptr; entry = entry->next) {
    if (certificate.names.size() + certificate.addresses.size() == Certificate::names_max) break;
    if (entry->type == ASN_DNS_TYPE) {
      const std::string_view name(entry->name, static_cast<std::size_t>(entry->len));
      if (name.find('\0') == std::string_view::npos) certificate.names.push_back(lower(name));
    } else if (entry->type == ASN_IP_TYPE) {
      if (const auto address = address_of(*entry)) certificate.addresses.push_back(*address);
    }
  }
  return certificate;
}

base::Result<Certificate, std::string> read_first_certificate(std::string_view pem) {
  DerBuffer* der = nullptr;
  const int error = wc_PemToDer(unsigned_octets(pem.data()), static_cast<long>(pem.size()), CERT_TYPE, &der, nullptr, nullptr, nullptr);
  const auto free_der = [](DerBuffer* buffer) { wc_FreeDer(&buffer); };
  const std::unique_ptr<DerBuffer, decltype(free_der)> owner(der, free_der);
  if (error != 0 || der == nullptr) return base::fail(std::string("no certificate in PEM form is in it"));
  return read_certificate({reinterpret_cast<const char*>(der->buffer), der->length});
}

}  // namespace transport
