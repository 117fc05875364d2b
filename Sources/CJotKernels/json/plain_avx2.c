// Finds the end of plain text in a JSON string, in AVX2.
#include "jot_kernels.h"

#if defined(JOT_X86_KERNELS)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE __attribute__((target("avx2"), always_inline)) static inline

INLINE int is_plain(unsigned char byte) {
  return byte != '"' && byte != '\\' && byte >= ' ' && byte < 0x80;
}

AVX2 size_t jot_json_plain_avx2(const unsigned char *text, size_t at, size_t count) {
  for (; count - at >= 32; at += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + at));
    __m256i special = _mm256_or_si256(
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')),
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
    // As signed numbers, control characters and all above ASCII are below the space.
    special = _mm256_or_si256(special, _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes));
    unsigned mask = (unsigned)_mm256_movemask_epi8(special);
    if (mask != 0) return at + (size_t)__builtin_ctz(mask);
  }
  while (at < count && is_plain(text[at])) at++;
  return at;
}

#else
size_t jot_json_plain_avx2(const unsigned char *text, size_t at, size_t count) { return at; }
#endif
