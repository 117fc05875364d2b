// One RSA public operation (Montgomery multiplication) with AVX2's 32-bit multiplication: like
// rsa_ifma.c, but four limbs of b per step, for CPUs without a 52-bit one. (MULX with ADCX and ADOX
// is slower: see Design.md.)
//
// A number is v vectors of four limbs: limb v * lane + i is in vector i. A step of a product; t is
// a frame that moves up by four limbs each time:
//   t += a * b[i..<i + 4];  m = t's lowest four limbs, carried;  t = t / 2^(4 * width)
//   t += m * fold
// The last line and the next step's first are one pass over the frame. A frame in memory moves by
// changing its address; its four lowest vectors are appended again at the end, a lane lower.
//
// A squaring adds the products of a vector with the ones after it twice, from 2 * a, and its own
// once: over the four lanes of b's vector, that is all of them.
//
// Bounds. A limb is below 2^28 + 2^9 (27 bits: 2^27 + 2^10), fold's and m's below 2^28 (2^27). A
// column collects, until it is dropped, at most one product of a and b for each limb of a, one of m
// and fold for each m, and a carry below 2^37: for 2048 bits 74 + 76 products below
// 2^56 (1 + 2^-18), for 3072 bits 110 + 112, for 4096 bits 152 + 152 below 2^54 (1 + 2^-16): all
// below 2^64. 28 bits would not do for 4096: 147 + 148. After the last step the number is
// (a * b + M * n) / R with M < 2 * R, as for IFMA; R is 80, 64 or 8 bits longer than n, so from a
// and b below 3n comes a number below 2n + 9n^2 / R < 3n. Its limbs end at 74, 110 or 152, and the
// frame's vectors hold three more, as many as a step's four rows extend beyond.
#include "jot_rsa.h"

#if defined(JOT_X86_KERNELS)
#include "rsa_words.h"
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 __attribute__((always_inline)) static inline
#define UNROLL _Pragma("clang loop unroll(full)")

/// A number as a multiplicand: vector i is at 3 + i, with three vectors before it.
typedef struct {
  __m256i once[43], twice[43];
} Number;

/// The vector with its lanes moved down or up by one; shifts in zero.
INLINE __m256i lower(__m256i x) {
  return _mm256_blend_epi32(_mm256_permute4x64_epi64(x, 0x39), _mm256_setzero_si256(), 0xc0);
}
INLINE __m256i higher(__m256i x) {
  return _mm256_blend_epi32(_mm256_permute4x64_epi64(x, 0x93), _mm256_setzero_si256(), 0x03);
}

/// Adds the products of the lanes' lower halves. In assembly: for _mm256_mul_epu32 clang hoists a
/// factor's mask out of the loop, and then multiplies 64 bits in three steps.
INLINE __m256i add_product(__m256i sum, __m256i left, __m256i right) {
#if defined(JOT_STAND_INS)
  __m256i product = _mm256_mul_epu32(left, right);
#else
  __m256i product;
  __asm__("vpmuludq %2, %1, %0" : "=x"(product) : "x"(left), "x"(right));
#endif
  return _mm256_add_epi64(sum, product);
}

enum { NONE = -8, ALL = 8 };

/// Adds to four columns the products of four factors: factor r times vector p - r to column p. Of
/// vector q, factor r uses `once` if q + above == r, `twice` if it is more, and nothing if it is
/// less; `below` replaces `above` if q is negative.
INLINE void add_group(
    __m256i sum[4], const __m256i *once, const __m256i *twice, const __m256i factor[4], int below,
    int above) {
  UNROLL for (int q = -3; q < 4; q++) {
    int own = q + (q < 0 ? below : above);
    UNROLL for (int r = 0; r < 4; r++) {
      if (q + r < 0 || q + r > 3 || own < r) continue;
      sum[q + r] = add_product(sum[q + r], own == r ? once[q] : twice[q], factor[r]);
    }
  }
}

/// The multipliers from the frame's lowest four limbs, and the carry into the fifth.
INLINE Scalar lowest(Scalar m[4], const __m256i t[4], int width) {
  Scalar carry = 0, mask = ((Scalar)1 << width) - 1;
  UNROLL for (int i = 0; i < 4; i++) {
    carry += (Scalar)_mm_cvtsi128_si64(_mm256_castsi256_si128(t[i]));
    m[i] = carry & mask;
    carry >>= width;
  }
  return carry;
}

/// Adds to four columns of the frame m * fold and the rows of a that `below` and `above` select.
INLINE void add_both(
    __m256i *t, const __m256i *fold, const __m256i *m, const __m256i *once, const __m256i *twice,
    const __m256i b[4], int below, int above) {
  __m256i sum[4] = {t[0], t[1], t[2], t[3]};
  if (m != NULL) add_group(sum, fold, fold, m, ALL, ALL);
  add_group(sum, once, twice, b, below, above);
  UNROLL for (int i = 0; i < 4; i++) t[i] = sum[i];
}

/// Moves the frame up and adds the carry.
INLINE __m256i *moved(__m256i *t, int vectors, Scalar carry) {
  UNROLL for (int i = 0; i < 4; i++) t[vectors + i] = lower(t[i]);
  __m128i low = _mm_cvtsi64_si128((long long)carry);
  t[4] = _mm256_add_epi64(t[4], _mm256_zextsi128_si256(low));
  return t + 4;
}

/// One pass: adds m * fold, if there is an m yet, and the next rows. `first` is the vector of b's
/// first limb. Only a squaring uses it; `kind` is then 0 in the first block, 2 in the last.
INLINE void pass(
    __m256i *t, const __m256i *fold, const __m256i *m, const Number *a, const __m256i b[4],
    int first, int kind, int is_square, int vectors) {
  const __m256i *once = a->once + 3, *twice = (is_square ? a->twice : a->once) + 3;
  // A squaring needs the products with the vectors before these four: from the highest ones.
  if (!is_square)
    add_both(t, fold, m, once, twice, b, ALL, ALL);
  else
    add_both(t, fold, m, once, twice, b, kind == 2 ? 4 : ALL, kind == 0 ? 0 : NONE);
  int i = 4;
  if (is_square) {
    for (; i < first; i += 4) add_both(t + i, fold + i, m, once, twice, b, NONE, NONE);
    if (kind != 0) {
      add_both(t + i, fold + i, m, once + i, twice + i, b, NONE, 0);
      i += 4;
    }
    if (kind != 2) {
      add_both(t + i, fold + i, m, once + i, twice + i, b, 4, 4);
      i += 4;
    }
  }
  for (; i < vectors; i += 4) add_both(t + i, fold + i, m, once + i, twice + i, b, ALL, ALL);
}

/// Makes t[0..<vectors] a multiplicand: limbs of `width` bits, slightly more in the second vector.
INLINE void settle(Number *out, const __m256i *t, int vectors, int width) {
  const __m256i mask = _mm256_set1_epi64x(((long long)1 << width) - 1);
  __m256i carry = _mm256_setzero_si256(), *once = out->once + 3, *twice = out->twice + 3;
  UNROLL for (int i = 0; i < vectors; i++) {
    __m256i sum = _mm256_add_epi64(t[i], carry);
    carry = _mm256_srli_epi64(sum, width);
    once[i] = _mm256_and_si256(sum, mask);
    twice[i] = _mm256_add_epi64(once[i], once[i]);
  }
  __m256i low = _mm256_add_epi64(once[0], higher(carry));
  once[0] = _mm256_and_si256(low, mask);
  once[1] = _mm256_add_epi64(once[1], _mm256_srli_epi64(low, width));
  UNROLL for (int i = 0; i < 2; i++) twice[i] = _mm256_add_epi64(once[i], once[i]);
  UNROLL for (int i = -3; i < 0; i++) {
    once[i] = higher(once[vectors + i]);
    twice[i] = higher(twice[vectors + i]);
  }
}

INLINE void spread_four(__m256i out[4], const Scalar m[4]) {
  UNROLL for (int i = 0; i < 4; i++) out[i] = _mm256_set1_epi64x((long long)m[i]);
}

/// Writes a * b / R modulo n to `out`, which may be either of them.
INLINE void product(
    const jot_rsa_key *key, Number *out, const Number *a, const Number *b, int is_square,
    int vectors, int steps, int width) {
  const __m256i *fold = (const __m256i *)key->fold28 + 3, *n = (const __m256i *)key->n28 + 3;
  __m256i frame[196], *t = frame, rows[4], factors[4];
  Scalar m[4], carry = 0;
  memset(frame, 0, sizeof *frame * (size_t)vectors);
  for (int step = 0, first = 0, lane = 0; step < steps; step++) {
    UNROLL for (int i = 0; i < 4; i++) {
      const long long *limb = (const long long *)&b->once[3 + first + i] + lane;
      rows[i] = _mm256_set1_epi64x(*limb);
    }
    if (step == 0) {
      pass(t, fold, NULL, a, rows, 0, 0, is_square, vectors);
    } else {
      carry = lowest(m, t, width);
      spread_four(factors, m);
      t = moved(t, vectors, carry);
      if (!is_square || first == 0)
        pass(t, fold, factors, a, rows, first, 0, is_square, vectors);
      else if (first < vectors - 4)
        pass(t, fold, factors, a, rows, first, 1, 1, vectors);
      else
        pass(t, fold, factors, a, rows, first, 2, 1, vectors);
    }
    first += 4;
    if (first == vectors) first = 0, lane++;
  }

  // The last step adds a multiple of n itself, which makes the lowest four limbs zero.
  Scalar low[4], mask = ((Scalar)1 << width) - 1;
  carry = 0;
  UNROLL for (int i = 0; i < 4; i++)
    low[i] = (Scalar)_mm_cvtsi128_si64(_mm256_castsi256_si128(t[i]));
  UNROLL for (int i = 0; i < 4; i++) {
    low[i] += carry;
    m[i] = (low[i] * key->inverse) & mask;
    UNROLL for (int j = i; j < 4; j++) low[j] += m[i] * key->n28[12 + 4 * (j - i)];
    carry = low[i] >> width;
  }
  spread_four(factors, m);
  for (int i = 0; i < vectors; i += 4) add_both(t + i, n, NULL, n + i, n + i, factors, ALL, ALL);
  settle(out, moved(t, vectors, carry), vectors, width);
}

#define SIZE(BITS, VECTORS, STEPS, WIDTH)                                                        \
  AVX2 __attribute__((noinline)) static void multiply_##BITS(                                    \
      const jot_rsa_key *key, Number *out, const Number *a, const Number *b) {                   \
    product(key, out, a, b, 0, VECTORS, STEPS, WIDTH);                                           \
  }                                                                                              \
  AVX2 __attribute__((noinline)) static void square_##BITS(                                      \
      const jot_rsa_key *key, Number *out, const Number *a) {                                    \
    product(key, out, a, a, 1, VECTORS, STEPS, WIDTH);                                           \
  }
SIZE(2048, 20, 19, 28)
SIZE(3072, 32, 28, 28)
SIZE(4096, 40, 38, 27)

#define POWER(BITS)                                                                              \
  multiply_##BITS(key, &t, &s, &rr);                                                             \
  for (int i = 0; i < 16; i++) square_##BITS(key, &t, &t);                                       \
  multiply_##BITS(key, &t, &t, &s);

AVX2 int jot_rsa_public_avx2(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature) {
  size_t count = key->bits / 64, vectors = count == 32 ? 20 : count == 48 ? 32 : 40;
  size_t width = count == 64 ? 27 : 28;
  Scalar words[65];
  read_words(words, signature, count);
  if (!is_below(words, key->n, count)) return 0;
  words[count] = 0;

  Number s, t, rr;
  memcpy(rr.once, key->rr28, 32 * (vectors + 3));
  spread_wrapped((Scalar *)s.once, words, count, width, vectors);
  if (count == 32) {
    POWER(2048)
  } else if (count == 48) {
    POWER(3072)
  } else {
    POWER(4096)
  }
  gather(words, (Scalar *)(t.once + 3), count, width, vectors, 4);
  reduce_words(words, key->n, count);
  write_words(out, words, count);
  return 1;
}

#else
int jot_rsa_public_avx2(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature) {
  return 0;
}
#endif
