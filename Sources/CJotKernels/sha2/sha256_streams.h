// Four interleaved streams of the SHA extensions, scheduled over lanes. Before including this, the
// kernel defines TARGET, the instruction set that it may use. An instruction for two rounds takes four
// cycles and one can start in each or in every third, so a single stream leaves most of them unused.
#include "sha256_shani.h"

#define BLOCK 64
#define LANES 4
#define RUN_STACK 1024

typedef struct {
  State states[LANES];
} Lanes;

INLINE_SHANI void begin(Lanes *lanes, size_t lane, const void *words) {
  lanes->states[lane] = load(words);
}

INLINE_SHANI void end(const Lanes *lanes, size_t lane, unsigned char *digest, size_t length) {
  (void)length;
  store(lanes->states[lane], digest);
}

INLINE_SHANI void move(Lanes *lanes, size_t to, size_t from) {
  lanes->states[to] = lanes->states[from];
}

/// Hashes `blocks` blocks in each of the first `streams` streams.
INLINE_SHANI void interleave(
    int streams, State states[LANES], const unsigned char *const next[LANES], size_t blocks) {
  __m128i abef[LANES], cdgh[LANES], abef_before[LANES], cdgh_before[LANES];
#pragma clang loop unroll(full)
  for (int s = 0; s < streams; s++) {
    abef[s] = abef_before[s] = states[s].abef;
    cdgh[s] = cdgh_before[s] = states[s].cdgh;
  }
  for (size_t at = 0; at < blocks * BLOCK; at += BLOCK) {
    __m128i w[LANES][4], sum[LANES];
#pragma clang loop unroll(full)
    for (int s = 0; s < streams; s++) {
      const __m128i *bytes = (const __m128i *)(next[s] + at);
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++) w[s][i] = swapped(_mm_loadu_si128(bytes + i));
    }
#pragma clang loop unroll(full)
    for (int four = 0; four < 16; four++) {
#pragma clang loop unroll(full)
      for (int s = 0; s < streams; s++) {
        sum[s] = with_constants(w[s][four % 4], four);
        cdgh[s] = _mm_sha256rnds2_epu32(cdgh[s], abef[s], sum[s]);
        sum[s] = _mm_shuffle_epi32(sum[s], 0x0e);
      }
#pragma clang loop unroll(full)
      for (int s = 0; s < streams; s++) {
        if (four < 12)
          w[s][four % 4] = schedule(
              w[s][four % 4], w[s][(four + 1) % 4], w[s][(four + 2) % 4], w[s][(four + 3) % 4]);
      }
#pragma clang loop unroll(full)
      for (int s = 0; s < streams; s++)
        abef[s] = _mm_sha256rnds2_epu32(abef[s], cdgh[s], sum[s]);
    }
#pragma clang loop unroll(full)
    for (int s = 0; s < streams; s++) {
      abef[s] = abef_before[s] = _mm_add_epi32(abef_before[s], abef[s]);
      cdgh[s] = cdgh_before[s] = _mm_add_epi32(cdgh_before[s], cdgh[s]);
    }
  }
#pragma clang loop unroll(full)
  for (int s = 0; s < streams; s++) states[s] = (State){abef[s], cdgh[s]};
}

TARGET static void run(
    Lanes *lanes, const unsigned char *next[LANES], size_t active, size_t blocks) {
  State *states = lanes->states;
  switch (active) {
    case 1: interleave(1, states, next, blocks); break;
    case 2: interleave(2, states, next, blocks); break;
    case 3:
      // Three streams take nearly as long as four.
      states[3] = states[0];
      next[3] = next[0];
      // fall through
    default: interleave(4, states, next, blocks);
  }
}

#include "sha2_lanes.h"

/// The kernel's function.
TARGET static inline void hash_streams(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
  if (count == 1)
    sha256_one_shani(digests, jobs->inner, jobs->outer, text + jobs->start, jobs->count);
  else
    hash_batch(digests, text, jobs, count, 32);
}
