// Eight RSA signatures at once in AVX-512 IFMA, which multiplies 52 bits and adds either half of
// the product.
#include "jot_rsa_batch.h"

#if defined(JOT_X86_KERNELS)
#include "rsa_words.h"
#include <immintrin.h>

#define IFMA __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")))
#define INLINE static inline __attribute__((always_inline)) IFMA
#define OUTLINE static __attribute__((noinline)) IFMA

typedef __m512i Limb;
typedef __m512i Word;
typedef struct {
  /// Separate: each addition waits four cycles for the previous. Upper halves belong one column up.
  Word low[4], high[4];
} Columns;
typedef struct {
} Bias;
enum { LANES = 8 };

INLINE Word word_of_keys(const jot_rsa_batch_job *jobs, size_t at) {
  return _mm512_set_epi64(
      (long long)jobs[7].key[at], (long long)jobs[6].key[at], (long long)jobs[5].key[at],
      (long long)jobs[4].key[at], (long long)jobs[3].key[at], (long long)jobs[2].key[at],
      (long long)jobs[1].key[at], (long long)jobs[0].key[at]);
}
INLINE Word load(const Scalar *lanes) { return _mm512_load_si512(lanes); }
INLINE void store(Scalar *lanes, Word word) { _mm512_store_si512(lanes, word); }
INLINE Word none(void) { return _mm512_setzero_si512(); }
INLINE Word add(Word x, Word y) { return _mm512_add_epi64(x, y); }
INLINE Word subtract(Word x, Word y) { return _mm512_sub_epi64(x, y); }
INLINE Word shifted(Word x) { return _mm512_srli_epi64(x, 52); }
INLINE Word sign_of(Word x) { return _mm512_srli_epi64(x, 63); }
INLINE Word low_limb(Word x) {
  return _mm512_and_si512(x, _mm512_set1_epi64(((long long)1 << 52) - 1));
}
/// x if the flag is 1, y if it is 0.
INLINE Word chosen(Word flag, Word x, Word y) {
  return _mm512_mask_blend_epi64(_mm512_test_epi64_mask(flag, flag), y, x);
}

INLINE Limb limb_of(Word x) { return low_limb(x); }
INLINE Word integer_of(Limb x) { return x; }

INLINE Columns no_columns(void) {
  return (Columns){{none(), none(), none(), none()}, {none(), none(), none(), none()}};
}
INLINE Columns next_columns(const Columns *sum) {
  return (Columns){{sum->high[3], none(), none(), none()}, {none(), none(), none(), none()}};
}
INLINE Word value_of(const Columns *sum, int column) {
  return column == 0 ? sum->low[0] : add(sum->low[column], sum->high[column - 1]);
}
INLINE void add_word(Columns *sum, int column, Word word) {
  sum->low[column] = add(sum->low[column], word);
}
INLINE void carry_to(Columns *sum, int column, Word word) {
  sum->high[column - 1] = add(sum->high[column - 1], word);
}
INLINE void add_twice(Columns *sum, const Columns *pairs) {
  for (int column = 0; column < 4; column++) {
    sum->low[column] = add(sum->low[column], add(pairs->low[column], pairs->low[column]));
    sum->high[column] = add(sum->high[column], add(pairs->high[column], pairs->high[column]));
  }
}
INLINE Bias bias_of(size_t lows, size_t highs) { return (Bias){}; }
INLINE Word word_of(Bias bias) { return none(); }

INLINE void add_product(Columns *sum, int column, Limb x, Limb y) {
  sum->low[column] = _mm512_madd52lo_epu64(sum->low[column], x, y);
  sum->high[column] = _mm512_madd52hi_epu64(sum->high[column], x, y);
}

/// Adds x y[c] to each of the four columns c.
INLINE void add_row(Columns *sum, Limb x, const Limb *y) {
  for (int column = 0; column < 4; column++) add_product(sum, column, x, y[column]);
}

#include "rsa_batch_lanes.h"

IFMA void jot_rsa_batch_ifma(const jot_rsa_batch_job jobs[8], size_t bytes) { raise(jobs, bytes); }

#else
void jot_rsa_batch_ifma(const jot_rsa_batch_job jobs[8], size_t bytes) {}
#endif
