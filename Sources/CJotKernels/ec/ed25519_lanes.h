// The field of p = 2^255 - 19 in eight lanes of AVX-512's 52-bit multiplication: five limbs of 51
// bits, so that a limb has one bit more than it needs.
//
// A product is left as columns of up to 60 bits; sums and differences are made of columns, and only
// what is multiplied next is carried. Bounds: factors' limbs are below 2^52. A column is the sum of
// at most five lower halves below 2^52 and of five upper halves below 2^52, which count twice, some
// of them 19 times, as 2^255 is 19: below 19 * 15 * 2^52 < 2^61. A difference adds 2^10 p, whose
// limbs are above the columns of factors' limbs below 2^51 + 2^17, except for one that is below
// 2^52: 19 * (5 + 5) * 2^52 < 2^60. No sum has more than 2^63. A carry makes limbs below
// 2^51 + 2^17.
#pragma once
#include <immintrin.h>

typedef __m512i Word8;

/// Factors or columns.
typedef struct {
  Word8 limbs[5];
} Lanes;

INLINE Word8 spread(Word word) { return _mm512_set1_epi64((long long)word); }
INLINE Word8 plus(Word8 x, Word8 y) { return _mm512_add_epi64(x, y); }
INLINE Word8 minus(Word8 x, Word8 y) { return _mm512_sub_epi64(x, y); }
INLINE Word8 low_bits(Word8 x) { return _mm512_and_si512(x, spread(limb_mask)); }

INLINE Lanes all_lanes(Word word) {
  Word8 zero = _mm512_setzero_si512();
  return (Lanes){{spread(word), zero, zero, zero, zero}};
}

/// Stores limb i of lane j at words[i][j].
INLINE void store(Word words[5][8], const Lanes *x) {
  for (int at = 0; at < 5; at++) _mm512_storeu_si512(words[at], x->limbs[at]);
}

/// Returns the limbs of 2^10 p.
INLINE Word8 bias(int limb) {
  return spread(limb == 0 ? ((Word)1 << 61) - (19 << 10) : ((Word)1 << 61) - (1 << 10));
}

/// Adds 19 x.
INLINE Word8 add_19(Word8 sum, Word8 x) {
  Word8 twice = plus(x, x);
  return plus(plus(sum, x), plus(twice, _mm512_slli_epi64(twice, 3)));
}

/// Returns column `column` of ten: lower halves of its products, and twice the upper halves of the
/// column before.
INLINE Word8 column_of(const Lanes *x, const Lanes *y, int column) {
  Word8 low = _mm512_setzero_si512(), high = low;
  for (int i = 0; i < 5; i++) {
    int j = column - i;
    if (j >= 0 && j < 5) low = _mm512_madd52lo_epu64(low, x->limbs[i], y->limbs[j]);
    if (j >= 1 && j < 6) high = _mm512_madd52hi_epu64(high, x->limbs[i], y->limbs[j - 1]);
  }
  return plus(low, plus(high, high));
}

/// Returns the columns of a product.
INLINE Lanes product(const Lanes *x, const Lanes *y) {
  Lanes columns;
  for (int at = 0; at < 5; at++)
    columns.limbs[at] = add_19(column_of(x, y, at), column_of(x, y, at + 5));
  return columns;
}

/// Returns the limbs of columns.
INLINE Lanes carried(Lanes x) {
  Lanes result;
  for (int at = 1; at < 5; at++)
    result.limbs[at] = plus(low_bits(x.limbs[at]), _mm512_srli_epi64(x.limbs[at - 1], 51));
  result.limbs[0] = add_19(low_bits(x.limbs[0]), _mm512_srli_epi64(x.limbs[4], 51));
  return result;
}

/// Returns the numbers below p of carried limbs, which are below 2 p: adding 19 carries out of 255
/// bits if it is p or more.
INLINE Lanes reduced(Lanes x) {
  Word8 carry = spread(19);
  for (int at = 0; at < 5; at++) carry = _mm512_srli_epi64(plus(x.limbs[at], carry), 51);
  carry = add_19(_mm512_setzero_si512(), carry);
  for (int at = 0; at < 5; at++) {
    carry = plus(x.limbs[at], carry);
    x.limbs[at] = low_bits(carry);
    carry = _mm512_srli_epi64(carry, 51);
  }
  return x;
}

INLINE Lanes sum_of(const Lanes *x, const Lanes *y) {
  Lanes result;
  for (int at = 0; at < 5; at++) result.limbs[at] = plus(x->limbs[at], y->limbs[at]);
  return result;
}

INLINE Lanes difference_of(const Lanes *x, const Lanes *y) {
  Lanes result;
  for (int at = 0; at < 5; at++)
    result.limbs[at] = plus(x->limbs[at], minus(bias(at), y->limbs[at]));
  return result;
}

/// Returns the limbs of numbers below p, of which word i is in `words[i]`.
INLINE Lanes limbs_of(const Word8 words[4]) {
  Word8 parts[5] = {words[0], _mm512_srli_epi64(words[0], 51), _mm512_srli_epi64(words[1], 38),
                    _mm512_srli_epi64(words[2], 25), _mm512_srli_epi64(words[3], 12)};
  Lanes result = {{low_bits(parts[0])}};
  for (int at = 1; at < 4; at++) {
    Word8 upper = _mm512_slli_epi64(words[at], (unsigned)(13 * at));
    result.limbs[at] = low_bits(plus(parts[at], upper));
  }
  result.limbs[4] = parts[4];
  return result;
}

/// Two numbers of 32 bytes, one in each half.
INLINE Word8 pair_of(const void *low, const void *high) {
  __m256i upper = _mm256_loadu_si256((const __m256i *)high);
  Word8 lower = _mm512_zextsi256_si512(_mm256_loadu_si256((const __m256i *)low));
  return _mm512_inserti64x4(lower, upper, 1);
}

/// Transposes: the result's lanes are, of the pairs, 0 low, 1 low, 0 high, 1 high, and of the other
/// two the same.
INLINE Lanes transposed(const Word8 pairs[4]) {
  Word8 even0 = _mm512_unpacklo_epi64(pairs[0], pairs[1]);
  Word8 odd0 = _mm512_unpackhi_epi64(pairs[0], pairs[1]);
  Word8 even1 = _mm512_unpacklo_epi64(pairs[2], pairs[3]);
  Word8 odd1 = _mm512_unpackhi_epi64(pairs[2], pairs[3]);
  Word8 words[4] = {_mm512_shuffle_i64x2(even0, even1, 0x88),
                    _mm512_shuffle_i64x2(odd0, odd1, 0x88),
                    _mm512_shuffle_i64x2(even0, even1, 0xdd),
                    _mm512_shuffle_i64x2(odd0, odd1, 0xdd)};
  return limbs_of(words);
}
