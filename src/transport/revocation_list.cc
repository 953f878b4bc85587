#include "transport/revocation_list.h"

#include <memory>
#include <string>

#include "transport/der.h"
#include "transport/wolfssl.h"

namespace transport {
namespace {

constexpr std::string_view begin_line = "-----BEGIN X509 CRL-----", end_line = "-----END X509 CRL-----";

}  // namespace

base::Result<std::vector<std::string_view>, std::string> split_revocation_lists(std::string_view pem) {
  std::vector<std::string_view> lists;
  std::size_t last = 0;
  for (std::size_t at = pem.find(begin_line); at != std::string_view::npos; at = pem.find(begin_line, last)) {
    last = pem.find(end_line, at);
    if (last == std::string_view::npos) return base::fail(std::string("its last revocation list is cut off"));
    last += end_line.size();
    lists.push_back(pem.substr(at, last - at));
  }
  if (lists.empty()) return base::fail(std::string("no revocation list in PEM form is in it"));
  return lists;
}

std::optional<std::chrono::sys_seconds> next_update(std::string_view list) {
  DerBuffer* der = nullptr;
  const std::unique_ptr<DerBuffer*, Releases<wc_FreeDer>> owner(&der);
  if (wc_PemToDer(unsigned_octets(list.data()), static_cast<long>(list.size()), CRL_TYPE, &der, nullptr, nullptr, nullptr) != 0) {
    return std::nullopt;
  }
  std::string_view rest(reinterpret_cast<const char*>(der->buffer), der->length);
  auto signed_list = take(rest, der_sequence);
  if (!signed_list) return std::nullopt;
  auto inner = take(*signed_list, der_sequence);
  if (!inner) return std::nullopt;
  take(*inner, der_integer);                                                            // the version, or none
  if (!take(*inner, der_sequence) || !take(*inner, der_sequence)) return std::nullopt;  // algorithm, issuer
  if (!take(*inner, der_utc_time) && !take(*inner, der_time)) return std::nullopt;      // of this one
  const auto next = take_element(*inner);
  if (!next || (next->tag != der_utc_time && next->tag != der_time)) return std::nullopt;
  return time_of(next->whole);
}

}  // namespace transport
