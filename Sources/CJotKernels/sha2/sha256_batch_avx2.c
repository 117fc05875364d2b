// SHA-256 of several messages with AVX2, for CPUs without the SHA extensions: lane i of each
// register is message i's word.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha2_constants.h"
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE __attribute__((target("avx2"), always_inline)) static inline
#define BLOCK 64
#define LANES 8
#define RUN_STACK 4096

typedef unsigned Word;
typedef __m256i V;

INLINE V add(V a, V b) { return _mm256_add_epi32(a, b); }
INLINE V xor3(V a, V b, V c) { return _mm256_xor_si256(_mm256_xor_si256(a, b), c); }
#define RIGHT(x, n) _mm256_srli_epi32(x, n)
#define ROTATED(x, n) _mm256_or_si256(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - (n)))
INLINE V choose(V x, V y, V z) {
  return _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)));
}
INLINE V majority(V x, V y, V z) {
  return _mm256_or_si256(_mm256_and_si256(x, y), _mm256_and_si256(z, _mm256_or_si256(x, y)));
}
INLINE V constant(int round) { return _mm256_set1_epi32((int)sha256_constants[round]); }
INLINE V sum0(V x) { return xor3(ROTATED(x, 2), ROTATED(x, 13), ROTATED(x, 22)); }
INLINE V sum1(V x) { return xor3(ROTATED(x, 6), ROTATED(x, 11), ROTATED(x, 25)); }
INLINE V sigma0(V x) { return xor3(ROTATED(x, 7), ROTATED(x, 18), RIGHT(x, 3)); }
INLINE V sigma1(V x) { return xor3(ROTATED(x, 17), ROTATED(x, 19), RIGHT(x, 10)); }
#define ROUNDS 64

/// Loads 32 bytes at `at` of each lane's block: w[i] gets word i of all lanes.
INLINE void gather_half(V w[8], const unsigned char *const next[LANES], size_t at) {
  V r[8], pairs[8], fours[8];
  V order = _mm256_broadcastsi128_si256(
      _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  for (int i = 0; i < 8; i++)
    r[i] = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(next[i] + at)), order);
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    fours[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    w[i] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
    w[i + 4] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
  }
}

INLINE void gather(V w[16], const unsigned char *const next[LANES], size_t at) {
  gather_half(w, next, at);
  gather_half(w + 8, next, at + 32);
}

#include "sha2_wide.h"
#include "sha2_lanes.h"

TARGET void jot_sha256_batch_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
  hash_batch(digests, text, jobs, count, 32);
}

#else
void jot_sha256_batch_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
}
#endif
