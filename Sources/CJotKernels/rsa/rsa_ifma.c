// One RSA public operation (Montgomery multiplication) with AVX-512's 52-bit multiplication.
//
// A number is v vectors of eight limbs: limb v * lane + i is in vector i. So dropping the lowest
// limb renames the vectors, and only one of them moves by a lane. A Montgomery product, limb by
// limb of b; t is a frame that moves up by a limb each time:
//   t += low(a * b[i]);  m = low 52 bits of t[0];  t = t / 2^52
//   t += high(a * b[i]) + low(m * fold) + high(last time's m * fold)
// High halves belong a limb higher, where they are after the step. m needs no multiplication (see
// jot_rsa.h), except in the last step, which uses n itself and so ends with a small number: the
// steps before it may leave one of up to a limb more than n.
//
// A squaring computes products of different vectors once, in separate frames (x), which are added
// twice when they reach the lowest limb.
//
// Bounds. A column collects, until it is dropped, at most six halves of products per step, below
// 2^52 each (two of a and b, which in a squaring may count twice, two of m and fold), and a carry
// below 2^12: over 80 steps less than 80 * 6 * 2^52 + 2^12 < 2^61. After the last step the number
// is (a * b + M * n) / R, with R = 2^(52 * steps) and M < 2^(52 * (steps - 1)) * 2^52 + R = 2 * R:
// for a and b below 3n that is below 2n + 9n^2 / R < 3n, R being 32, 48 or 64 bits longer than n.
// So no lane of the highest vector overflows, and the next product may use the number as it is,
// once its limbs are made 52 bits long.
#include "jot_rsa.h"

#if defined(JOT_X86_KERNELS)
#include "rsa_words.h"
#include <immintrin.h>

#define IFMA __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,bmi2")))
#define INLINE IFMA __attribute__((always_inline)) static inline
#define UNROLL _Pragma("clang loop unroll(full)")

static const Scalar limb_mask = 0xfffffffffffff;

/// One step for limb i = V * lane + u of b. Column p of the frame is in vector (p + u) % V.
#define STEP(V, IS_SQUARE, IS_LAST)                                                              \
  {                                                                                              \
    __m512i limb = _mm512_set1_epi64((long long)b[8 * u + lane]);                                \
    UNROLL for (int i = IS_SQUARE ? u : 0; i < V; i++) {                                         \
      __m512i *t = IS_SQUARE && i != u ? x : y;                                                  \
      t[(i + u) % V] = _mm512_madd52lo_epu64(t[(i + u) % V], a[i], limb);                        \
    }                                                                                            \
    if (IS_SQUARE) {                                                                             \
      y[u] = _mm512_add_epi64(y[u], _mm512_add_epi64(x[u], x[u]));                               \
      x[u] = zero;                                                                               \
    }                                                                                            \
    __m512i m;                                                                                   \
    if (IS_LAST) {                                                                               \
      __m512i factor = _mm512_set1_epi64((long long)key->inverse);                               \
      m = _mm512_madd52lo_epu64(zero, y[u], factor);                                             \
      m = _mm512_broadcastq_epi64(_mm512_castsi512_si128(m));                                    \
      UNROLL for (int i = 0; i < V; i++) {                                                       \
        __m512i n = _mm512_loadu_si512(key->n52 + 8 * i);                                        \
        y[(i + u) % V] = _mm512_madd52lo_epu64(y[(i + u) % V], n, m);                            \
      }                                                                                          \
    } else {                                                                                     \
      m = _mm512_broadcastq_epi64(_mm512_castsi512_si128(y[u]));                                 \
    }                                                                                            \
    __m512i carry = _mm512_maskz_srli_epi64(1, y[u], 52);                                        \
    y[u] = _mm512_alignr_epi64(zero, y[u], 1);                                                   \
    y[(u + 1) % V] = _mm512_add_epi64(y[(u + 1) % V], carry);                                    \
    UNROLL for (int i = 0; i < V; i++) {                                                         \
      int place = (i + u + 1) % V;                                                               \
      __m512i f = FOLD(i);                                                                       \
      y[place] = _mm512_madd52hi_epu64(y[place], f, before);                                     \
      if (IS_LAST)                                                                               \
        y[place] = _mm512_madd52hi_epu64(y[place], _mm512_loadu_si512(key->n52 + 8 * i), m);     \
      else                                                                                       \
        y[place] = _mm512_madd52lo_epu64(y[place], f, m);                                        \
    }                                                                                            \
    UNROLL for (int i = IS_SQUARE ? u : 0; i < V; i++) {                                         \
      __m512i *t = IS_SQUARE && i != u ? x : y;                                                  \
      t[(i + u + 1) % V] = _mm512_madd52hi_epu64(t[(i + u + 1) % V], a[i], limb);                \
    }                                                                                            \
    before = m;                                                                                  \
  }
#define FOLD(i) _mm512_loadu_si512(key->fold52 + 8 * (i))

/// Writes a * b / R modulo n to `out`, which may be a or b: limbs of 52 bits, a number below 3n.
#define PRODUCT(V, LIMBS, IS_SQUARE)                                                             \
  {                                                                                              \
    const __m512i zero = _mm512_setzero_si512();                                                 \
    __m512i a[V], x[V], y[V], before = zero;                                                     \
    UNROLL for (int i = 0; i < V; i++) {                                                         \
      a[i] = _mm512_loadu_si512(left + 8 * i);                                                   \
      x[i] = y[i] = zero;                                                                        \
    }                                                                                            \
    for (int lane = 0; lane < 7; lane++) UNROLL for (int u = 0; u < V; u++)                      \
      STEP(V, IS_SQUARE, 0)                                                                      \
    int lane = 7;                                                                                \
    UNROLL for (int u = 0; u < LIMBS - 7 * V - 1; u++) STEP(V, IS_SQUARE, 0)                     \
    {                                                                                            \
      const int u = LIMBS - 7 * V - 1;                                                           \
      STEP(V, IS_SQUARE, 1)                                                                      \
    }                                                                                            \
    __m512i t[V];                                                                                \
    UNROLL for (int i = 0; i < V; i++) {                                                         \
      t[i] = y[(i + LIMBS) % V];                                                                 \
      if (IS_SQUARE) {                                                                           \
        __m512i twos = x[(i + LIMBS) % V];                                                       \
        t[i] = _mm512_add_epi64(t[i], _mm512_add_epi64(twos, twos));                             \
      }                                                                                          \
    }                                                                                            \
    /* One pass carries within the lanes. One limb may keep the carry of the lane below; a       \
       further pass is needed only if all of a lane's limbs are ones, or nearly. */              \
    __m512i mask = _mm512_set1_epi64((long long)limb_mask);                                      \
    do {                                                                                         \
      __m512i carry = zero;                                                                      \
      UNROLL for (int i = 0; i < V; i++) {                                                       \
        t[i] = _mm512_add_epi64(t[i], carry);                                                    \
        carry = _mm512_srli_epi64(t[i], 52);                                                     \
        t[i] = _mm512_and_si512(t[i], mask);                                                     \
      }                                                                                          \
      t[0] = _mm512_add_epi64(t[0], _mm512_alignr_epi64(carry, zero, 7));                        \
    } while (__builtin_expect(_mm512_cmpgt_epu64_mask(t[0], mask) != 0, 0));                     \
    UNROLL for (int i = 0; i < V; i++) _mm512_storeu_si512(out + 8 * i, t[i]);                   \
  }

#define SIZE(V, LIMBS, BITS)                                                                     \
  IFMA __attribute__((noinline)) static void multiply_##BITS(                                    \
      const jot_rsa_key *key, Scalar *out, const Scalar *left, const Scalar *b)                  \
      PRODUCT(V, LIMBS, 0) IFMA __attribute__((noinline)) static void square_##BITS(             \
          const jot_rsa_key *key, Scalar *out, const Scalar *left) {                             \
    const Scalar *b = left;                                                                      \
    PRODUCT(V, LIMBS, 1)                                                                         \
  }

SIZE(5, 40, 2048)
SIZE(8, 60, 3072)
SIZE(10, 80, 4096)

#define POWER(BITS)                                                                              \
  multiply_##BITS(key, t, s, key->rr52);                                                         \
  for (int i = 0; i < 16; i++) square_##BITS(key, t, t);                                         \
  multiply_##BITS(key, t, t, s);

IFMA int jot_rsa_public_ifma(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature) {
  size_t count = key->bits / 64, vectors = count == 32 ? 5 : count == 48 ? 8 : 10;
  Scalar words[65];
  read_words(words, signature, count);
  if (!is_below(words, key->n, count)) return 0;
  words[count] = 0;

  Scalar s[80] __attribute__((aligned(64))), t[80] __attribute__((aligned(64)));
  spread(s, words, count, 52, vectors, 8);
  if (count == 32) {
    POWER(2048)
  } else if (count == 48) {
    POWER(3072)
  } else {
    POWER(4096)
  }
  gather(words, t, count, 52, vectors, 8);
  reduce_words(words, key->n, count);
  write_words(out, words, count);
  return 1;
}

#else
int jot_rsa_public_ifma(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature) {
  return 0;
}
#endif
