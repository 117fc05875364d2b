// Writes a string that needs no escape in CPython's json.dumps.
#include "jot_kernels.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

// No libc headers: this file is checked for targets without a libc.
#define copy __builtin_memcpy
typedef __UINT64_TYPE__ uint64_t;
typedef __UINT32_TYPE__ uint32_t;

// Marks bytes that need an escape: quote, backslash, control, DEL and above. Marks above the lowest
// may be false; only whether there is one matters.
static inline uint64_t escaped(uint64_t word) {
  const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
  uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\', del = word ^ ones * 0x7f;
  return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((del - ones) & ~del)
          | ((word - ones * 0x20) & ~word) | word) & tops;
}

// Up to eight bytes as one word, and back.
static inline uint64_t load(const unsigned char *source, size_t count) {
  uint64_t word = 0;
  if (count >= 4) {
    uint32_t low, high;
    copy(&low, source, 4);
    copy(&high, source + count - 4, 4);
    // The two parts may overlap: the bytes that both have are equal.
    return low | (uint64_t)high << (8 * (count - 4));
  }
  if (count > 0) {
    // The first, the middle and the last byte, which may be the same.
    word = source[0] | (uint64_t)source[count / 2] << (8 * (count / 2))
        | (uint64_t)source[count - 1] << (8 * (count - 1));
  }
  return word;
}

static inline void store(unsigned char *target, uint64_t word, size_t count) {
  if (count >= 4) {
    uint32_t low = (uint32_t)word, high = (uint32_t)(word >> (8 * (count - 4)));
    copy(target, &low, 4);
    copy(target + count - 4, &high, 4);
    return;
  }
  if (count > 0) {
    target[0] = (unsigned char)word;
    target[count / 2] = (unsigned char)(word >> (8 * (count / 2)));
    target[count - 1] = (unsigned char)(word >> (8 * (count - 1)));
  }
}

int jot_json_string(
    unsigned char *target, const unsigned char *source, size_t count, size_t comma) {
  *target = ',';
  target += comma;
  *target++ = '"';
  target[count] = '"';
  if (count < 8) {
    // Missing bytes count as spaces.
    uint64_t word = load(source, count);
    uint64_t rest = count == 0 ? ~(uint64_t)0 : ~(~(uint64_t)0 >> (64 - 8 * count));
    if (escaped(word | (0x2020202020202020u & rest)) != 0) return 0;
    store(target, word, count);
    return 1;
  }
  size_t at = 0;
#if defined(__SSE2__)
  if (count >= 16) {
    __m128i special = _mm_setzero_si128();
    for (;;) {
      __m128i bytes = _mm_loadu_si128((const __m128i *)(source + at));
      // As signed numbers, bytes above ASCII are below the space too.
      special = _mm_or_si128(special, _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')));
      special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
      special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
      special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
      _mm_storeu_si128((__m128i *)(target + at), bytes);
      if (at == count - 16) return _mm_movemask_epi8(special) == 0;
      // The last step ends at the string's end.
      at = count - at >= 32 ? at + 16 : count - 16;
    }
  }
#endif
  uint64_t special = 0;
  for (;;) {
    uint64_t word;
    copy(&word, source + at, 8);
    special |= escaped(word);
    copy(target + at, &word, 8);
    if (at == count - 8) return special == 0;
    at = count - at >= 16 ? at + 8 : count - 8;
  }
}
