// Code that leaks on purpose. The empty asm keeps the compiler from writing it without the leak.
#include "constant_time.h"

int ct_planted_compare(const unsigned char *left, const unsigned char *right, size_t count) {
  for (size_t at = 0; at < count; at++)
    if (left[at] != right[at]) return 0;
  return 1;
}

size_t ct_planted_branch(const unsigned char *bytes, size_t count) {
  size_t odd = 0;
  for (size_t at = 0; at < count; at++)
    if (bytes[at] & 1) {
      odd++;
      __asm__ volatile("");
    }
  return odd;
}

size_t ct_planted_access(const unsigned char *bytes, size_t count) {
  static const unsigned char table[256] = {1, 2, 3};
  size_t sum = 0;
  for (size_t at = 0; at < count; at++) sum += ((const volatile unsigned char *)table)[bytes[at]];
  return sum;
}

#if defined(__x86_64__)
#include <immintrin.h>
#define SHANI __attribute__((target("sha,sse4.1,ssse3")))
#define VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi2")))

static const unsigned char table[256] = {1, 2, 3};

SHANI static __m128i rounds(const unsigned char *bytes) {
  const __m128i *words = (const __m128i *)bytes;
  return _mm_sha256rnds2_epu32(
      _mm_loadu_si128(words), _mm_loadu_si128(words + 1), _mm_loadu_si128(words + 2));
}

SHANI int ct_planted_branch_shani(const unsigned char *bytes) {
  if (_mm_extract_epi32(rounds(bytes), 1) > 7) {
    __asm__ volatile("");
    return 1;
  }
  return 0;
}

SHANI int ct_planted_access_shani(const unsigned char *bytes) {
  return ((const volatile unsigned char *)table)[_mm_extract_epi8(rounds(bytes), 1)];
}

VBMI int ct_planted_branch_vbmi(const unsigned char *bytes) {
  __m512i all = _mm512_loadu_si512(bytes);
  if (_mm512_cmpeq_epi8_mask(all, _mm512_setzero_si512()) != 0) {
    __asm__ volatile("");
    return 1;
  }
  return 0;
}

VBMI int ct_planted_access_vbmi(const unsigned char *bytes) {
  __m512i all = _mm512_permutexvar_epi8(_mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes));
  return ((const volatile unsigned char *)table)[_mm_cvtsi128_si32(
      _mm512_castsi512_si128(all)) & 255];
}
#else
int ct_planted_branch_shani(const unsigned char *bytes) { return 0; }
int ct_planted_access_shani(const unsigned char *bytes) { return 0; }
int ct_planted_branch_vbmi(const unsigned char *bytes) { return 0; }
int ct_planted_access_vbmi(const unsigned char *bytes) { return 0; }
#endif
