// Finding bytes, 32 a step in AVX2: a token's dots, and the end of plain text in a JSON string.
#include "jot_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline unsigned dots_in(const unsigned char *bytes) {
  __m256i text = _mm256_loadu_si256((const __m256i *)bytes);
  return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('.')));
}

AVX2 int jot_find_dots_avx2(const unsigned char *token, size_t count, size_t places[5]) {
  int found = 0;
  size_t at = 0;
  while (at < count) {
    // The last step ends with the text and looks away from what was seen.
    size_t start = at + 32 <= count ? at : count - 32;
    unsigned dots = dots_in(token + start) & ~0u << (at - start);
    for (; dots != 0; dots &= dots - 1) {
      places[found++] = start + (size_t)__builtin_ctz(dots);
      if (found == 5) return found;
    }
    at = start + 32;
  }
  return found;
}

AVX2 size_t jot_json_plain_avx2(const unsigned char *text, size_t at) {
  for (;; at += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + at));
    __m256i odd = _mm256_or_si256(
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')),
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
    // As signed numbers the control characters and all above ASCII are below the space.
    odd = _mm256_or_si256(odd, _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes));
    unsigned mask = (unsigned)_mm256_movemask_epi8(odd);
    if (mask != 0) return at + (size_t)__builtin_ctz(mask);
  }
}

#else
int jot_find_dots_avx2(const unsigned char *token, size_t count, size_t places[5]) { return 0; }
size_t jot_json_plain_avx2(const unsigned char *text, size_t at) { return at; }
#endif
