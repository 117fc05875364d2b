// SHA-256 with the SHA extensions: shared by the kernels for one message and for batches.
//
//   state in the instructions' form: two registers, a b e f and c d g h, the first letter highest
//   four rounds: w + k into the low half for two of them, then into the high half for the others
//   w[i] = msg2(msg1(w[i-4], w[i-3]) + (w[i-1]:w[i-2] >> one word), w[i-1])
#pragma once
#include "sha2_constants.h"
#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.1,ssse3")))
#define INLINE_SHANI __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline

typedef struct {
  __m128i abef, cdgh;
} State;

INLINE_SHANI State load(const void *words) {
  __m128i abcd = _mm_loadu_si128((const __m128i *)words);
  __m128i efgh = _mm_loadu_si128((const __m128i *)words + 1);
  abcd = _mm_shuffle_epi32(abcd, 0xb1);
  efgh = _mm_shuffle_epi32(efgh, 0x1b);
  return (State){_mm_alignr_epi8(abcd, efgh, 8), _mm_blend_epi16(efgh, abcd, 0xf0)};
}

/// The state as words a to d and e to h, the first lowest.
INLINE_SHANI void split(State state, __m128i *abcd, __m128i *efgh) {
  __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
  *abcd = _mm_blend_epi16(feba, dchg, 0xf0);
  *efgh = _mm_alignr_epi8(dchg, feba, 8);
}

INLINE_SHANI __m128i swapped(__m128i bytes) {
  return _mm_shuffle_epi8(bytes, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

INLINE_SHANI void store(State state, unsigned char digest[32]) {
  __m128i abcd, efgh;
  split(state, &abcd, &efgh);
  _mm_storeu_si128((__m128i *)digest, swapped(abcd));
  _mm_storeu_si128((__m128i *)digest + 1, swapped(efgh));
}

/// Words and constants of rounds 4 * `four` to 4 * `four` + 3.
INLINE_SHANI __m128i with_constants(__m128i w, int four) {
  return _mm_add_epi32(w, _mm_load_si128((const __m128i *)sha256_constants + four));
}

/// The four words after w0 to w3.
INLINE_SHANI __m128i schedule(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
  return _mm_sha256msg2_epu32(sum, w3);
}

/// One message: see jot_sha2_job.
__attribute__((visibility("hidden"))) void sha256_one_shani(
    unsigned char *digest, const void *inner, const void *outer, const unsigned char *message,
    size_t count);

/// Compresses `blocks` blocks from next[s] on into the state of stream s, for `active` streams; may
/// write next[s] of three further streams. Word i of stream s is the four bytes at
/// words[64 * i + 4 * s].
__attribute__((visibility("hidden"))) void sha256_few_shani(
    unsigned char *words, const unsigned char **next, size_t active, size_t blocks);
