// The operations by the CPU's instructions.
#if defined(__x86_64__)
#include <immintrin.h>

#define IN_SSE2
#define IN_SHA __attribute__((target("sha,sse4.1,ssse3")))
#define IN_AVX2 __attribute__((target("avx2")))
#define IN_FMA __attribute__((target("avx2,fma")))
#define IN_BMI2 __attribute__((target("bmi2")))
#define IN_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define IN_IFMA __attribute__((target("avx512f,avx512ifma")))
#define IN_VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))
#include "calls.h"

#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

int intrinsics_is_real(size_t index) {
  int SSE2 = 1, SHA = HAS("sha") && HAS("sse4.1"), AVX2 = HAS("avx2"), FMA = AVX2 && HAS("fma");
  int BMI2 = HAS("bmi2"), AVX512 = HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl");
  int IFMA = AVX512 && HAS("avx512ifma"), VBMI = AVX512 && HAS("avx512vbmi");
  const int sets[] = {
#define OPERATION(SET, RESULT, ...) SET,
#include "operations.h"
#undef OPERATION
  };
  return sets[index];
}

intrinsics_result intrinsics_real(size_t index, const intrinsics_operands *operands) {
  return call(index, operands);
}
#else
#include "intrinsics.h"
int intrinsics_is_real(size_t index) { return 0; }
intrinsics_result intrinsics_real(size_t index, const intrinsics_operands *operands) {
  return (intrinsics_result){0};
}
#endif
