// SHA-384 and SHA-512 of several messages with AVX-512, which has single instructions to rotate and
// to combine three words by any truth table.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha2_constants.h"
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw")))
#define INLINE __attribute__((target("avx512f,avx512bw"), always_inline)) static inline
#define BLOCK 128
#define LANES 8
#define RUN_STACK 4096
#define ROUNDS 80

typedef unsigned long long Word;
typedef __m512i V;

INLINE V add(V a, V b) { return _mm512_add_epi64(a, b); }
INLINE V xor3(V a, V b, V c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
INLINE V choose(V x, V y, V z) { return _mm512_ternarylogic_epi64(x, y, z, 0xca); }
INLINE V majority(V x, V y, V z) { return _mm512_ternarylogic_epi64(x, y, z, 0xe8); }
INLINE V constant(int round) { return _mm512_set1_epi64((long long)sha512_constants[round]); }
#define RIGHT(x, n) _mm512_srli_epi64(x, n)
#define ROTATED(x, n) _mm512_ror_epi64(x, n)
INLINE V sum0(V x) { return xor3(ROTATED(x, 28), ROTATED(x, 34), ROTATED(x, 39)); }
INLINE V sum1(V x) { return xor3(ROTATED(x, 14), ROTATED(x, 18), ROTATED(x, 41)); }
INLINE V sigma0(V x) { return xor3(ROTATED(x, 1), ROTATED(x, 8), RIGHT(x, 7)); }
INLINE V sigma1(V x) { return xor3(ROTATED(x, 19), ROTATED(x, 61), RIGHT(x, 6)); }

/// w[i] gets word i of each lane's block.
INLINE void gather(V w[16], const unsigned char *const next[LANES], size_t at) {
  V order = _mm512_broadcast_i32x4(_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));
  for (int eight = 0; eight < 16; eight += 8) {
    V r[8], pairs[8], fours[8];
    for (int i = 0; i < 8; i++)
      r[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(next[i] + at + 8 * eight), order);
    // Words 0 2 4 6 of lanes i and i + 1, then words 1 3 5 7.
    for (int i = 0; i < 8; i += 2) {
      pairs[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
      pairs[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
    }
    // Words 0 4 of lanes i to i + 3, or 1 5; then 2 6, or 3 7.
    for (int i = 0; i < 8; i += 4) {
      for (int odd = 0; odd < 2; odd++) {
        V low = pairs[i + odd], high = pairs[i + 2 + odd];
        fours[i + odd] = _mm512_shuffle_i64x2(low, high, 0x88);
        fours[i + 2 + odd] = _mm512_shuffle_i64x2(low, high, 0xdd);
      }
    }
    for (int i = 0; i < 4; i++) {
      w[eight + i] = _mm512_shuffle_i64x2(fours[i], fours[i + 4], 0x88);
      w[eight + i + 4] = _mm512_shuffle_i64x2(fours[i], fours[i + 4], 0xdd);
    }
  }
}

#include "sha2_wide.h"
#include "sha2_lanes.h"

TARGET void jot_sha512_batch_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
  hash_batch(digests, text, jobs, count, digest_length);
}

#else
void jot_sha512_batch_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
}
#endif
