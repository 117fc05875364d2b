// SHA-256 of several messages with AVX-512: lane i of each register is message i's word. A block
// takes the same time for sixteen lanes as for one: if few lanes have a message, four streams of
// the SHA extensions are faster.
//
// Golden Cove, ns per block: 19.5; the limit of its two ports is 17.4; four streams take 32.2.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha256_shani.h"
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw")))
#define INLINE __attribute__((target("avx512f,avx512bw"), always_inline)) static inline
#define BLOCK 64
#define LANES 16
#define RUN_STACK 4096
#define ROUNDS 64

typedef unsigned Word;
typedef __m512i V;

INLINE V add(V a, V b) { return _mm512_add_epi32(a, b); }
INLINE V xor3(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0x96); }
INLINE V choose(V x, V y, V z) { return _mm512_ternarylogic_epi32(x, y, z, 0xca); }
INLINE V majority(V x, V y, V z) { return _mm512_ternarylogic_epi32(x, y, z, 0xe8); }
INLINE V constant(int round) { return _mm512_set1_epi32((int)sha256_constants[round]); }
#define RIGHT(x, n) _mm512_srli_epi32(x, n)
#define ROTATED(x, n) _mm512_ror_epi32(x, n)
INLINE V sum0(V x) { return xor3(ROTATED(x, 2), ROTATED(x, 13), ROTATED(x, 22)); }
INLINE V sum1(V x) { return xor3(ROTATED(x, 6), ROTATED(x, 11), ROTATED(x, 25)); }
INLINE V sigma0(V x) { return xor3(ROTATED(x, 7), ROTATED(x, 18), RIGHT(x, 3)); }
INLINE V sigma1(V x) { return xor3(ROTATED(x, 17), ROTATED(x, 19), RIGHT(x, 10)); }

/// w[i] becomes word i of each lane's block.
INLINE void gather(V w[16], const unsigned char *const next[LANES], size_t at) {
  V order = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  // rows[quarter][i] has that quarter of the blocks of lanes i, i + 4, i + 8 and i + 12.
  V rows[4][4];
  for (int i = 0; i < 4; i++) {
    V a = _mm512_loadu_si512(next[i] + at), b = _mm512_loadu_si512(next[i + 4] + at);
    V c = _mm512_loadu_si512(next[i + 8] + at), d = _mm512_loadu_si512(next[i + 12] + at);
    V ab_low = _mm512_shuffle_i64x2(a, b, 0x44), ab_high = _mm512_shuffle_i64x2(a, b, 0xee);
    V cd_low = _mm512_shuffle_i64x2(c, d, 0x44), cd_high = _mm512_shuffle_i64x2(c, d, 0xee);
    rows[0][i] = _mm512_shuffle_i64x2(ab_low, cd_low, 0x88);
    rows[1][i] = _mm512_shuffle_i64x2(ab_low, cd_low, 0xdd);
    rows[2][i] = _mm512_shuffle_i64x2(ab_high, cd_high, 0x88);
    rows[3][i] = _mm512_shuffle_i64x2(ab_high, cd_high, 0xdd);
  }
  for (int quarter = 0; quarter < 4; quarter++) {
    V *r = rows[quarter], *words = w + 4 * quarter;
    for (int i = 0; i < 4; i++) r[i] = _mm512_shuffle_epi8(r[i], order);
    V low01 = _mm512_unpacklo_epi32(r[0], r[1]), high01 = _mm512_unpackhi_epi32(r[0], r[1]);
    V low23 = _mm512_unpacklo_epi32(r[2], r[3]), high23 = _mm512_unpackhi_epi32(r[2], r[3]);
    words[0] = _mm512_unpacklo_epi64(low01, low23);
    words[1] = _mm512_unpackhi_epi64(low01, low23);
    words[2] = _mm512_unpacklo_epi64(high01, high23);
    words[3] = _mm512_unpackhi_epi64(high01, high23);
  }
}

/// Up to this many lanes the SHA extensions are faster.
#define FEW 8

#include "sha2_wide.h"

TARGET static void run(
    Lanes *lanes, const unsigned char *next[LANES], size_t active, size_t blocks) {
  if (active <= FEW && (jot_kernels() & JOT_SHA) != 0)
    sha256_few_shani((unsigned char *)lanes->words, next, active, blocks);
  else
    run_wide(lanes, next, active, blocks);
}

#include "sha2_lanes.h"

TARGET void jot_sha256_batch_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
  hash_batch(digests, text, jobs, count, 32);
}

#else
void jot_sha256_batch_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
}
#endif
