#pragma once
// Which of the scanners this machine can run; asked once, before main().

namespace msrp {

#if defined(__x86_64__)
#define MSRP_HAS_AVX2_CODE 1
inline bool machine_has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0;
}
#else
#define MSRP_HAS_AVX2_CODE 0
#endif

}  // namespace msrp
