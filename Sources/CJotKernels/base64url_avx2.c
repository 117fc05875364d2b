// Base64url, 32 characters (24 bytes) a step in AVX2 and a last step of 16 (12 bytes).
//
//   decode: class of each character by compares → 6-bit value → madd, madd, shuffle: 4 → 3 bytes
//   encode: shuffle 3 → 4 bytes, multiply shifts each 6-bit field home, add its class's offset
#include "jot_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX2

// Signed compares serve: every legal character is below 0x80, and bytes above are negative.
INLINE __m256i between(__m256i text, char low, char high) {
  return _mm256_and_si256(
      _mm256_cmpgt_epi8(text, _mm256_set1_epi8((char)(low - 1))),
      _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(high + 1)), text));
}

INLINE __m256i offset_if(__m256i mask, int offset) {
  return _mm256_and_si256(mask, _mm256_set1_epi8((char)offset));
}

// The 6-bit values of 32 characters; `*legal` becomes all ones where the character has one.
INLINE __m256i values_of(__m256i text, __m256i *legal) {
  __m256i upper = between(text, 'A', 'Z');
  __m256i lower = between(text, 'a', 'z');
  __m256i digit = between(text, '0', '9');
  __m256i minus = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('-'));
  __m256i under = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('_'));
  *legal = _mm256_or_si256(
      _mm256_or_si256(_mm256_or_si256(upper, lower), digit), _mm256_or_si256(minus, under));
  __m256i offset = _mm256_or_si256(
      _mm256_or_si256(
          _mm256_or_si256(offset_if(upper, -'A'), offset_if(lower, 26 - 'a')),
          offset_if(digit, 52 - '0')),
      _mm256_or_si256(offset_if(minus, 62 - '-'), offset_if(under, 63 - '_')));
  return _mm256_add_epi8(text, offset);
}

// Packs 32 six-bit values into the low 12 bytes of each 128-bit lane.
INLINE __m256i pack(__m256i values) {
  __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
  __m256i triples = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  return _mm256_shuffle_epi8(
      triples, _mm256_setr_epi8(
                   2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10,
                   9, 8, 14, 13, 12, -1, -1, -1, -1));
}

INLINE void store_12(unsigned char *target, __m128i bytes) {
  _mm_storel_epi64((__m128i *)target, bytes);
  int last = _mm_extract_epi32(bytes, 2);
  __builtin_memcpy(target + 8, &last, 4);
}

// Decodes 16 characters into 12 bytes; returns 0, with nothing written, if one is foreign.
INLINE int decode_16(unsigned char *target, const unsigned char *source) {
  __m256i legal;
  __m256i text = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)source));
  __m256i values = values_of(text, &legal);
  if (_mm_movemask_epi8(_mm256_castsi256_si128(legal)) != 0xffff) return 0;
  store_12(target, _mm256_castsi256_si128(pack(values)));
  return 1;
}

AVX2 size_t jot_base64url_decode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  size_t done = 0;
  for (; count - done >= 32; done += 32) {
    __m256i legal;
    __m256i values = values_of(_mm256_loadu_si256((const __m256i *)(source + done)), &legal);
    if (_mm256_movemask_epi8(legal) != -1) return done;
    __m256i packed = _mm256_permutevar8x32_epi32(
        pack(values), _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
    unsigned char *place = target + done / 4 * 3;
    _mm_storeu_si128((__m128i *)place, _mm256_castsi256_si128(packed));
    _mm_storel_epi64((__m128i *)(place + 16), _mm256_extracti128_si256(packed, 1));
  }
  for (; count - done >= 16; done += 16) {
    if (!decode_16(target + done / 4 * 3, source + done)) return done;
  }
  // The last whole quads once more as part of a block that ends with them.
  size_t end = count & ~(size_t)3;
  if (end > done && end >= 16 && decode_16(target + (end - 16) / 4 * 3, source + end - 16)) {
    return end;
  }
  return done;
}

// 24 bytes, 12 at the front of each lane, become 32 characters.
INLINE __m256i characters_of(__m256i bytes) {
  __m256i quads = _mm256_shuffle_epi8(
      bytes, _mm256_setr_epi8(
                 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, 1, 0, 2, 1, 4, 3, 5, 4, 7, 6,
                 8, 7, 10, 9, 11, 10));
  __m256i even = _mm256_mulhi_epu16(
      _mm256_and_si256(quads, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
  __m256i odd = _mm256_mullo_epi16(
      _mm256_and_si256(quads, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
  __m256i values = _mm256_or_si256(even, odd);
  // Each class's offset is a sum of steps: what a compare adds when the value is past a border.
  __m256i past_upper = _mm256_cmpgt_epi8(values, _mm256_set1_epi8(25));
  __m256i past_lower = _mm256_cmpgt_epi8(values, _mm256_set1_epi8(51));
  __m256i past_digit = _mm256_cmpgt_epi8(values, _mm256_set1_epi8(61));
  __m256i past_minus = _mm256_cmpgt_epi8(values, _mm256_set1_epi8(62));
  __m256i offset = _mm256_add_epi8(
      _mm256_add_epi8(
          _mm256_add_epi8(_mm256_set1_epi8('A'), offset_if(past_upper, 'a' - 26 - 'A')),
          offset_if(past_lower, '0' - 52 - ('a' - 26))),
      _mm256_add_epi8(
          offset_if(past_digit, '-' - 62 - ('0' - 52)),
          offset_if(past_minus, '_' - 63 - ('-' - 62))));
  return _mm256_add_epi8(values, offset);
}

// Encodes 12 bytes into 16 characters.
INLINE void encode_12(unsigned char *target, const unsigned char *source) {
  int last;
  __builtin_memcpy(&last, source + 8, 4);
  __m128i bytes = _mm_insert_epi32(_mm_loadl_epi64((const __m128i *)source), last, 2);
  __m256i characters = characters_of(_mm256_castsi128_si256(bytes));
  _mm_storeu_si128((__m128i *)target, _mm256_castsi256_si128(characters));
}

AVX2 size_t jot_base64url_encode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  size_t done = 0;
  // The second lane's load reads 16 bytes of which 12 are used, so 28 must be there.
  for (; count - done >= 28; done += 24) {
    __m256i bytes = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(source + done))),
        _mm_loadu_si128((const __m128i *)(source + done + 12)), 1);
    _mm256_storeu_si256((__m256i *)(target + done / 3 * 4), characters_of(bytes));
  }
  for (; count - done >= 12; done += 12) encode_12(target + done / 3 * 4, source + done);
  // The last whole triples once more as part of a block that ends with them.
  size_t end = count - count % 3;
  if (end > done && end >= 12) {
    encode_12(target + (end - 12) / 3 * 4, source + end - 12);
    return end;
  }
  return done;
}

#else
size_t jot_base64url_decode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  return 0;
}
size_t jot_base64url_encode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  return 0;
}
#endif
