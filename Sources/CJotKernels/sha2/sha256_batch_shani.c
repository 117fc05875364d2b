// SHA-256 of several messages with the SHA extensions, in sixteen registers: see sha256_streams.h.
//
// Zen 4, ns per block: 35.5 one stream, 19.1 two, 19.9 four. Golden Cove, where an instruction can
// start only every three cycles: 43.5, 33.1, 32.2.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha256_shani.h"

#define TARGET SHANI
#include "sha256_streams.h"

SHANI void sha256_few_shani(
    unsigned char *words, const unsigned char **next, size_t active, size_t blocks) {
  for (size_t first = 0; first < active; first += LANES) {
    size_t streams = active - first < LANES ? active - first : LANES;
    Lanes lanes;
    unsigned state[8];
    for (size_t s = 0; s < streams; s++) {
      for (int i = 0; i < 8; i++) memcpy(state + i, words + 64 * i + 4 * (first + s), 4);
      begin(&lanes, s, state);
    }
    run(&lanes, next + first, streams, blocks);
    for (size_t s = 0; s < streams; s++) {
      __m128i abcd, efgh;
      split(lanes.states[s], &abcd, &efgh);
      _mm_storeu_si128((__m128i *)state, abcd);
      _mm_storeu_si128((__m128i *)state + 1, efgh);
      for (int i = 0; i < 8; i++) memcpy(words + 64 * i + 4 * (first + s), state + i, 4);
    }
  }
}

SHANI void jot_sha256_batch_shani(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
  hash_streams(digests, text, jobs, count);
}

#else
void jot_sha256_batch_shani(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
}
#endif
