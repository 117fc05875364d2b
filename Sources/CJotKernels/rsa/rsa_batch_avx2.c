// Four RSA signatures at once in AVX2. Its integers multiply 32 bits, its doubles 53. With x, y <
// 2^52 and rounding towards zero, a fused multiply-add gives both halves of a product exactly:
//
//   high = fma(x, y, 2^104)                   2^104 + h 2^52: only so many bits fit; h < 2^52
//   low  = fma(x, y, 2^104 + 2^52 - high)     x y - h 2^52 + 2^52, which is less than 2^53
//
// h and the low half are the low 52 bits of the two doubles. The bits above, equal for each
// product, are summed too and subtracted from a column as one constant, its bias.
#include "jot_rsa_batch.h"

#if defined(JOT_X86_KERNELS)
#include "../opaque.h"
#include "rsa_words.h"
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2
#define OUTLINE static __attribute__((noinline)) AVX2

typedef __m256d Limb;
typedef __m256i Word;
typedef struct {
  /// The last one belongs to the next block.
  Word at[5];
} Columns;
typedef Scalar Bias;
enum { LANES = 4 };

/// The sign, exponent and leading bit of 2^52 and 2^104.
#define TWO_52 ((Scalar)0x433 << 52)
#define TWO_104 ((Scalar)0x467 << 52)

INLINE __m256d doubles(Scalar bits) {
  return _mm256_castsi256_pd(_mm256_set1_epi64x((long long)bits));
}

INLINE Word word_of_keys(const jot_rsa_batch_job *jobs, size_t at) {
  return _mm256_set_epi64x(
      (long long)jobs[3].key[at], (long long)jobs[2].key[at], (long long)jobs[1].key[at],
      (long long)jobs[0].key[at]);
}
INLINE Word load(const Scalar *lanes) { return _mm256_load_si256((const __m256i *)lanes); }
INLINE void store(Scalar *lanes, Word word) { _mm256_store_si256((__m256i *)lanes, word); }
INLINE Word none(void) { return _mm256_setzero_si256(); }
INLINE Word add(Word x, Word y) { return _mm256_add_epi64(x, y); }
INLINE Word subtract(Word x, Word y) { return _mm256_sub_epi64(x, y); }
INLINE Word shifted(Word x) { return _mm256_srli_epi64(x, 52); }
INLINE Word sign_of(Word x) { return _mm256_srli_epi64(x, 63); }
INLINE Word low_limb(Word x) {
  return _mm256_and_si256(x, _mm256_set1_epi64x(((long long)1 << 52) - 1));
}
/// x if the flag is 1, y if it is 0.
INLINE Word chosen(Word flag, Word x, Word y) {
  return _mm256_blendv_epi8(y, x, subtract(none(), flag));
}

/// The low 52 bits as a number.
INLINE Limb limb_of(Word x) {
  __m256d above = _mm256_or_pd(_mm256_castsi256_pd(low_limb(x)), doubles(TWO_52));
  return _mm256_sub_pd(above, doubles(TWO_52));
}
INLINE Word integer_of(Limb x) {
  return low_limb(_mm256_castpd_si256(_mm256_add_pd(x, doubles(TWO_52))));
}

INLINE Columns no_columns(void) { return (Columns){{none(), none(), none(), none(), none()}}; }
INLINE Columns next_columns(const Columns *sum) {
  return (Columns){{sum->at[4], none(), none(), none(), none()}};
}
INLINE Word value_of(const Columns *sum, int column) { return sum->at[column]; }
INLINE void add_word(Columns *sum, int column, Word word) {
  sum->at[column] = add(sum->at[column], word);
}
INLINE void carry_to(Columns *sum, int column, Word word) { add_word(sum, column, word); }
INLINE void add_twice(Columns *sum, const Columns *pairs) {
  for (int column = 0; column < 5; column++) {
    add_word(sum, column, add(pairs->at[column], pairs->at[column]));
  }
}
INLINE Bias bias_of(size_t lows, size_t highs) { return 0 - lows * TWO_52 - highs * TWO_104; }
INLINE Word word_of(Bias bias) { return _mm256_set1_epi64x((long long)bias); }

INLINE void add_product(Columns *sum, int column, Limb x, Limb y) {
  __m256d high = _mm256_fmadd_pd(x, y, doubles(TWO_104));
  // 2^104 + 2^52 is the double after 2^104.
  __m256d low = _mm256_fmadd_pd(x, y, _mm256_sub_pd(doubles(TWO_104 + 1), high));
  add_word(sum, column, _mm256_castpd_si256(low));
  add_word(sum, column + 1, _mm256_castpd_si256(high));
  IN_ORDER_2(sum->at[column], sum->at[column + 1]);
}

/// Adds x y[c] to each of the four columns c. Without a fixed order the compiler moves all sums to
/// the end of a loop and spills the summands.
INLINE void add_row(Columns *sum, Limb x, const Limb *y) {
  __m256d a = _mm256_fmadd_pd(x, y[0], doubles(TWO_104));
  __m256d b = _mm256_fmadd_pd(x, y[1], doubles(TWO_104));
  __m256d c = _mm256_fmadd_pd(x, y[2], doubles(TWO_104));
  __m256d d = _mm256_fmadd_pd(x, y[3], doubles(TWO_104));
  IN_ORDER_4(a, b, c, d);
  add_word(sum, 1, _mm256_castpd_si256(a));
  add_word(sum, 2, _mm256_castpd_si256(b));
  add_word(sum, 3, _mm256_castpd_si256(c));
  add_word(sum, 4, _mm256_castpd_si256(d));
  IN_ORDER_4(sum->at[1], sum->at[2], sum->at[3], sum->at[4]);
  a = _mm256_sub_pd(doubles(TWO_104 + 1), a);
  b = _mm256_sub_pd(doubles(TWO_104 + 1), b);
  c = _mm256_sub_pd(doubles(TWO_104 + 1), c);
  d = _mm256_sub_pd(doubles(TWO_104 + 1), d);
  IN_ORDER_4(a, b, c, d);
  a = _mm256_fmadd_pd(x, y[0], a);
  b = _mm256_fmadd_pd(x, y[1], b);
  c = _mm256_fmadd_pd(x, y[2], c);
  d = _mm256_fmadd_pd(x, y[3], d);
  IN_ORDER_4(a, b, c, d);
  add_word(sum, 0, _mm256_castpd_si256(a));
  add_word(sum, 1, _mm256_castpd_si256(b));
  add_word(sum, 2, _mm256_castpd_si256(c));
  add_word(sum, 3, _mm256_castpd_si256(d));
  IN_ORDER_4(sum->at[0], sum->at[1], sum->at[2], sum->at[3]);
}

#include "rsa_batch_lanes.h"

// Not inlined, so that no arithmetic moves out of the rounding mode that it needs.
OUTLINE void raise_rounding_down(const jot_rsa_batch_job *jobs, size_t bytes) { raise(jobs, bytes); }

void jot_rsa_batch_avx2(const jot_rsa_batch_job jobs[4], size_t bytes) {
  // Rounds towards zero, all exceptions masked; the caller's flags are restored.
  unsigned before = _mm_getcsr();
  _mm_setcsr(0x7f80);
  raise_rounding_down(jobs, bytes);
  _mm_setcsr(before);
}

#else
void jot_rsa_batch_avx2(const jot_rsa_batch_job jobs[4], size_t bytes) {}
#endif
