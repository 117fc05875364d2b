// SHA-384 and SHA-512 of several messages with AVX2: lane i of each register is message i's word.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha2_constants.h"
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE __attribute__((target("avx2"), always_inline)) static inline
#define BLOCK 128
#define LANES 4
#define RUN_STACK 4096
#define ROUNDS 80

typedef unsigned long long Word;
typedef __m256i V;

INLINE V add(V a, V b) { return _mm256_add_epi64(a, b); }
INLINE V xor3(V a, V b, V c) { return _mm256_xor_si256(_mm256_xor_si256(a, b), c); }
INLINE V choose(V x, V y, V z) {
  return _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)));
}
INLINE V majority(V x, V y, V z) {
  return _mm256_or_si256(_mm256_and_si256(x, y), _mm256_and_si256(z, _mm256_or_si256(x, y)));
}
INLINE V constant(int round) { return _mm256_set1_epi64x((long long)sha512_constants[round]); }
#define RIGHT(x, n) _mm256_srli_epi64(x, n)
#define ROTATED(x, n) _mm256_or_si256(_mm256_srli_epi64(x, n), _mm256_slli_epi64(x, 64 - (n)))
INLINE V sum0(V x) { return xor3(ROTATED(x, 28), ROTATED(x, 34), ROTATED(x, 39)); }
INLINE V sum1(V x) { return xor3(ROTATED(x, 14), ROTATED(x, 18), ROTATED(x, 41)); }
INLINE V sigma0(V x) { return xor3(ROTATED(x, 1), ROTATED(x, 8), RIGHT(x, 7)); }
INLINE V sigma1(V x) { return xor3(ROTATED(x, 19), ROTATED(x, 61), RIGHT(x, 6)); }

/// w[i] gets word i of each lane's block.
INLINE void gather(V w[16], const unsigned char *const next[LANES], size_t at) {
  V order = _mm256_broadcastsi128_si256(
      _mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));
  for (int four = 0; four < 16; four += 4) {
    V r[4];
    for (int i = 0; i < 4; i++) {
      const unsigned char *bytes = next[i] + at + 8 * four;
      r[i] = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)bytes), order);
    }
    V even01 = _mm256_unpacklo_epi64(r[0], r[1]), odd01 = _mm256_unpackhi_epi64(r[0], r[1]);
    V even23 = _mm256_unpacklo_epi64(r[2], r[3]), odd23 = _mm256_unpackhi_epi64(r[2], r[3]);
    w[four] = _mm256_permute2x128_si256(even01, even23, 0x20);
    w[four + 1] = _mm256_permute2x128_si256(odd01, odd23, 0x20);
    w[four + 2] = _mm256_permute2x128_si256(even01, even23, 0x31);
    w[four + 3] = _mm256_permute2x128_si256(odd01, odd23, 0x31);
  }
}

#include "sha2_wide.h"
#include "sha2_lanes.h"

TARGET void jot_sha512_batch_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
  hash_batch(digests, text, jobs, count, digest_length);
}

#else
void jot_sha512_batch_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
}
#endif
