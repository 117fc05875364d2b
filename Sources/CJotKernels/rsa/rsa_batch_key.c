// The values of an RSA modulus n for the batch kernels, computed once, in limbs of 52 bits:
//
//   inverse    k = -1/n mod 2^208
//   modulus    n
//   folded     (1 + n k) / 2^208
//   square     R^2 mod n or n more, R = 2^(52 limbs)
#include "jot_rsa_batch.h"

#if defined(__SIZEOF_INT128__)
#include "rsa_words.h"

enum { LIMB = 52, FOLD = 4, MOST_LIMBS = 80, MOST_WORDS = 64 };
static const Scalar mask = ((Scalar)1 << LIMB) - 1;

/// value = 2 value mod n, in limbs.
static void double_modulo(Scalar *value, const Scalar *n, size_t limbs) {
  Scalar doubled[MOST_LIMBS], less[MOST_LIMBS], carry = 0, borrow = 0;
  for (size_t at = 0; at < limbs; at++) {
    Scalar twice = 2 * value[at] + carry;
    carry = twice >> LIMB;
    doubled[at] = twice & mask;
    Scalar difference = doubled[at] - n[at] - borrow;
    borrow = difference >> 63;
    less[at] = difference & mask;
  }
  const Scalar *chosen = borrow != 0 ? doubled : less;
  for (size_t at = 0; at < limbs; at++) value[at] = chosen[at];
}

/// value = (value + factor x + m n) / 2^52. Returns m, which makes the quotient an integer.
static Scalar add_row(
    Scalar *value, Scalar factor, const Scalar *x, const Scalar *n, Scalar one_over_n,
    size_t limbs) {
  Scalar m = (0 - (value[0] + factor * x[0]) * one_over_n) & mask;
  unsigned __int128 sum = 0;
  for (size_t at = 0; at < limbs; at++) {
    sum += (unsigned __int128)factor * x[at] + (unsigned __int128)m * n[at] + value[at];
    if (at > 0) value[at - 1] = (Scalar)sum & mask;
    sum >>= LIMB;
  }
  value[limbs - 1] = (Scalar)sum;
  return m;
}

void jot_rsa_batch_prepare(Scalar *key, const unsigned char *modulus, size_t bytes) {
  size_t limbs = bytes * 5 / 32;
  Scalar *inverse = key, *n = key + FOLD, *folded = n + limbs, *square = folded + limbs;
  Scalar words[MOST_WORDS + 2] = {0};
  read_words(words, modulus, bytes / 8);
  for (size_t at = 0; at < limbs; at++) n[at] = limb_at(words, LIMB * at, LIMB);

  // Newton's method: each step doubles the number of correct bits; n itself has three.
  Scalar one_over_n = n[0];
  for (int step = 0; step < 5; step++) one_over_n *= 2 - n[0] * one_over_n;

  for (size_t at = 0; at < limbs; at++) folded[at] = at == 0;
  for (int row = 0; row < FOLD; row++) {
    inverse[row] = add_row(folded, 0, n, n, one_over_n, limbs);
  }

  // R^2 = R 2^(52 limbs). Squaring R 2^e gives R 2^(2 e), so only the exponent's odd part is
  // reached by doubling, from 2^bits mod n = 2^bits - n on.
  Scalar borrow = 0;
  for (size_t at = 0; at < limbs; at++) {
    size_t bit = 8 * bytes - LIMB * at;
    Scalar power = bit < LIMB ? (Scalar)1 << bit : 0, difference = power - n[at] - borrow;
    borrow = difference >> 63;
    square[at] = difference & mask;
  }
  size_t exponent = LIMB * limbs, squarings = 0;
  for (; exponent % 2 == 0; exponent /= 2) squarings++;
  size_t last = LIMB * limbs + exponent;
  for (size_t bit = 8 * bytes; bit < last; bit++) double_modulo(square, n, limbs);
  for (; squarings > 0; squarings--) {
    Scalar product[MOST_LIMBS] = {0};
    for (size_t at = 0; at < limbs; at++) {
      add_row(product, square[at], square, n, one_over_n, limbs);
    }
    for (size_t at = 0; at < limbs; at++) square[at] = product[at];
  }
}
#else
void jot_rsa_batch_prepare(
    unsigned long long *key, const unsigned char *modulus, size_t bytes) {}
#endif
