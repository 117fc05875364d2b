// Finds a token's dots in AVX2, 64 bytes per step.
#include "jot_kernels.h"

#if defined(JOT_X86_KERNELS)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE __attribute__((target("avx2"), always_inline)) static inline

typedef unsigned long long Bits;

INLINE Bits dots_in_32(const unsigned char *bytes) {
  __m256i text = _mm256_loadu_si256((const __m256i *)bytes);
  return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('.')));
}

INLINE Bits dots_in_64(const unsigned char *bytes) {
  return dots_in_32(bytes) | dots_in_32(bytes + 32) << 32;
}

INLINE int note(Bits dots, size_t at, size_t places[5], int found) {
  for (; dots != 0 && found < 5; dots &= dots - 1)
    places[found++] = at + (size_t)__builtin_ctzll(dots);
  return found;
}

AVX2 int jot_find_dots_avx2(const unsigned char *token, size_t count, size_t places[5]) {
  // Two loads that touch or overlap.
  if (count < 64)
    return note(dots_in_32(token) | dots_in_32(token + count - 32) << (count - 32), 0, places, 0);
  int found = 0;
  size_t at = 0;
  for (; count - at >= 64; at += 64) {
    found = note(dots_in_64(token + at), at, places, found);
    if (found == 5) return found;
  }
  // The last 64 bytes, without those already seen.
  size_t rest = count - at;
  return rest == 0 ? found : note(dots_in_64(token + count - 64) >> (64 - rest), at, places, found);
}

#else
int jot_find_dots_avx2(const unsigned char *token, size_t count, size_t places[5]) { return 0; }
#endif
