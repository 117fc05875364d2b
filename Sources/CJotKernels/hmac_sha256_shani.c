// HMAC-SHA-256 from a key's two prepared states, on the SHA extensions: the state stays in registers
// from the first block to the tag, and the inner digest becomes the outer block without touching
// memory. No branch and no address depends on anything but the length.
//
//   state as the instructions want it: two registers, a b e f and c d g h, the first letter highest
//   four rounds: w + k into the low half for two of them, then into the high half for the others
//   w[i] = msg2(msg1(w[i-4], w[i-3]) + (w[i-1]:w[i-2] >> one word), w[i-1])
#include "jot_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define SHA __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline

// FIPS 180-4 §4.2.2.
static const unsigned constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

typedef struct {
  __m128i abef, cdgh;
} State;

SHA State load(const unsigned words[8]) {
  __m128i abcd = _mm_loadu_si128((const __m128i *)words);
  __m128i efgh = _mm_loadu_si128((const __m128i *)(words + 4));
  abcd = _mm_shuffle_epi32(abcd, 0xb1);
  efgh = _mm_shuffle_epi32(efgh, 0x1b);
  return (State){_mm_alignr_epi8(abcd, efgh, 8), _mm_blend_epi16(efgh, abcd, 0xf0)};
}

/// The state as words a to d and e to h, the first lowest.
SHA void words(State state, __m128i *abcd, __m128i *efgh) {
  __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
  *abcd = _mm_blend_epi16(feba, dchg, 0xf0);
  *efgh = _mm_alignr_epi8(dchg, feba, 8);
}

SHA __m128i swapped(__m128i bytes) {
  return _mm_shuffle_epi8(bytes, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

/// Takes one block of sixteen words into the state.
SHA State compress(State state, __m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  __m128i abef = state.abef, cdgh = state.cdgh;
#pragma clang loop unroll(full)
  for (int four = 0; four < 16; four++) {
    __m128i sum = _mm_add_epi32(w0, _mm_load_si128((const __m128i *)constants + four));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    __m128i next = w0;
    if (four < 12) {
      next = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
      next = _mm_sha256msg2_epu32(next, w3);
    }
    w0 = w1, w1 = w2, w2 = w3, w3 = next;
  }
  return (State){_mm_add_epi32(abef, state.abef), _mm_add_epi32(cdgh, state.cdgh)};
}

SHA State block(State state, const unsigned char *bytes) {
  const __m128i *w = (const __m128i *)bytes;
  return compress(
      state, swapped(_mm_loadu_si128(w)), swapped(_mm_loadu_si128(w + 1)),
      swapped(_mm_loadu_si128(w + 2)), swapped(_mm_loadu_si128(w + 3)));
}

__attribute__((target("sha,sse4.1,ssse3"))) void jot_hmac_sha256_shani(
    unsigned char *tag, const unsigned states[16], const unsigned char *message, size_t count) {
  State state = load(states);
  size_t rest = count;
  for (; rest >= 64; rest -= 64, message += 64) state = block(state, message);
  // What is left, a one bit, zeros, the length in bits with the key's block: one block or two. It
  // ends at the middle of a buffer, so that 64 bytes of message are copied where there are as many.
  unsigned char buffer[64 + 128] __attribute__((aligned(16)));
  unsigned char *last = buffer + 64 - rest;
  memset(buffer + 64, 0, 128);
  if (count >= 64)
    memcpy(buffer, message + rest - 64, 64);
  else if (rest != 0)
    memcpy(last, message, rest);
  last[rest] = 0x80;
  size_t length = rest < 56 ? 64 : 128;
  unsigned long long bits = __builtin_bswap64(((unsigned long long)count + 64) * 8);
  memcpy(last + length - 8, &bits, 8);
  state = block(state, last);
  if (length == 128) state = block(state, last + 64);

  __m128i abcd, efgh;
  words(state, &abcd, &efgh);
  // The outer block is the digest, a one bit, zeros, and the length of the key's block and it.
  state = compress(
      load(states + 8), abcd, efgh, _mm_set_epi32(0, 0, 0, (int)0x80000000u),
      _mm_set_epi32((64 + 32) * 8, 0, 0, 0));
  words(state, &abcd, &efgh);
  _mm_storeu_si128((__m128i *)tag, swapped(abcd));
  _mm_storeu_si128((__m128i *)(tag + 16), swapped(efgh));
}

#else
void jot_hmac_sha256_shani(
    unsigned char *tag, const unsigned states[16], const unsigned char *message, size_t count) {
}
#endif
