#include "daemon/version.h"

#include <ares.h>
#include <event2/event.h>
#include <wolfssl/options.h>
// wolfSSL's settings come first.
#include <wolfssl/ssl.h>

#ifdef WITH_MIMALLOC
#include <mimalloc.h>
#endif

#include "ring/kernel_check.h"
#include "ring/kernel_tls.h"
#include "ring/uring_ring.h"

namespace wiring {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string hardware_crypto() {
#if defined(__x86_64__)
  const bool processor = __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("pclmul") != 0;
#if defined(WOLFSSL_AESNI)
  return processor ? "AES-NI in use" : "AES-NI built in, but this processor has none";
#else
  return processor ? "no AES-NI built in (this processor has it)" : "no AES-NI built in";
#endif
#else
  return "not known on this processor";
#endif
}

std::string kernel() {
  if (const auto problem = ring::kernel_problem()) return "not usable: " + *problem;
  auto wakeups = ring::Wakeups::create(1);
  if (!wakeups) return "not usable: no eventfd";
  auto ring = ring::UringRing::create(base::CoreId(0), **wakeups, ring::UringOptions{});
  if (!ring) return "not usable: " + ring.error();
  if (const auto started = (*ring)->start(); !started) return "not usable: " + started.error();
  return std::string((*ring)->features());
}

}  // namespace

std::string allocator() {
#ifdef WITH_MIMALLOC
  // The call also keeps the library linked: it replaces malloc by being there.
  const int version = mi_version();
  return "mimalloc " + std::to_string(version / 100) + "." + std::to_string(version / 10 % 10) + "." + std::to_string(version % 10);
#else
  return "the C library's";
#endif
}

std::string version_text() {
  return std::string("msrp-relay " MSRP_RELAY_VERSION "\n") + "compiler   " + compiler() + "\n" + "liburing   " MSRP_RELAY_LIBURING "\n" +
         "wolfSSL    " + wolfSSL_lib_version() + ", " + hardware_crypto() + "\n" + "allocator  " + allocator() + "\n" + "c-ares     " +
         ares_version(nullptr) + "\n" + "libevent   " + event_get_version() + "\n" + "kernel     " + kernel() + "\n" + "kTLS       " +
         ring::probe_kernel_tls().describe() + "\n";
}

}  // namespace wiring
