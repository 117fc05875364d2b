// What the many-lane kernels want of an RSA modulus n, computed once, in limbs of 52 bits:
//
//   inverse    k = -1/n mod 2^208
//   modulus    n
//   folded     (1 + n k) / 2^208
//   square     R^2 mod n or n more, R = 2^(52 limbs)
#include "jot_rsa_many.h"

#if defined(__SIZEOF_INT128__)
enum { LIMB = 52, FOLD = 4, MOST_LIMBS = 80, MOST_WORDS = 64 };
static const uint64_t mask = ((uint64_t)1 << LIMB) - 1;

static uint64_t word_at(const unsigned char *bytes) {
  uint64_t word = 0;
  for (int at = 0; at < 8; at++) word = word << 8 | bytes[at];
  return word;
}

static void split(uint64_t *limbs, size_t count, const uint64_t *words, size_t word_count) {
  for (size_t at = 0; at < count; at++) {
    size_t place = LIMB * at / 64, shift = LIMB * at % 64;
    uint64_t limb = place < word_count ? words[place] >> shift : 0;
    if (shift > 64 - LIMB && place + 1 < word_count) limb |= words[place + 1] << (64 - shift);
    limbs[at] = limb & mask;
  }
}

/// value = 2 value mod n, in limbs.
static void double_modulo(uint64_t *value, const uint64_t *n, size_t limbs) {
  uint64_t doubled[MOST_LIMBS], less[MOST_LIMBS], carry = 0, borrow = 0;
  for (size_t at = 0; at < limbs; at++) {
    uint64_t twice = 2 * value[at] + carry;
    carry = twice >> LIMB;
    doubled[at] = twice & mask;
    uint64_t difference = doubled[at] - n[at] - borrow;
    borrow = difference >> 63;
    less[at] = difference & mask;
  }
  const uint64_t *chosen = borrow != 0 ? doubled : less;
  for (size_t at = 0; at < limbs; at++) value[at] = chosen[at];
}

/// value = (value + factor x + m n) / 2^52, where m, which it returns, makes that whole.
static uint64_t add_row(
    uint64_t *value, uint64_t factor, const uint64_t *x, const uint64_t *n, uint64_t one_over_n,
    size_t limbs) {
  uint64_t m = (0 - (value[0] + factor * x[0]) * one_over_n) & mask;
  unsigned __int128 sum = 0;
  for (size_t at = 0; at < limbs; at++) {
    sum += (unsigned __int128)factor * x[at] + (unsigned __int128)m * n[at] + value[at];
    if (at > 0) value[at - 1] = (uint64_t)sum & mask;
    sum >>= LIMB;
  }
  value[limbs - 1] = (uint64_t)sum;
  return m;
}

void jot_rsa_many_prepare(uint64_t *key, const unsigned char *modulus, size_t bytes) {
  size_t limbs = bytes * 5 / 32, count = bytes / 8;
  uint64_t *inverse = key, *n = key + FOLD, *folded = n + limbs, *square = folded + limbs;
  uint64_t words[MOST_WORDS];
  for (size_t at = 0; at < count; at++) words[at] = word_at(modulus + bytes - 8 - 8 * at);
  split(n, limbs, words, count);

  // Newton's: each step doubles the right bits, of which n itself has three.
  uint64_t one_over_n = n[0];
  for (int step = 0; step < 5; step++) one_over_n *= 2 - n[0] * one_over_n;

  for (size_t at = 0; at < limbs; at++) folded[at] = at == 0;
  for (int row = 0; row < FOLD; row++) {
    inverse[row] = add_row(folded, 0, n, n, one_over_n, limbs);
  }

  // R^2 = R 2^(52 limbs): squaring R 2^e gives R 2^(2 e), so the odd part of the exponent is doubled
  // up to, from 2^bits mod n = 2^bits - n on.
  uint64_t borrow = 0;
  for (size_t at = 0; at < limbs; at++) {
    size_t bit = 8 * bytes - LIMB * at;
    uint64_t power = bit < LIMB ? (uint64_t)1 << bit : 0, difference = power - n[at] - borrow;
    borrow = difference >> 63;
    square[at] = difference & mask;
  }
  size_t exponent = LIMB * limbs, squarings = 0;
  for (; exponent % 2 == 0; exponent /= 2) squarings++;
  for (size_t bit = 8 * bytes; bit < LIMB * limbs + exponent; bit++) double_modulo(square, n, limbs);
  for (; squarings > 0; squarings--) {
    uint64_t product[MOST_LIMBS] = {0};
    for (size_t at = 0; at < limbs; at++) {
      add_row(product, square[at], square, n, one_over_n, limbs);
    }
    for (size_t at = 0; at < limbs; at++) square[at] = product[at];
  }
}
#else
void jot_rsa_many_prepare(uint64_t *key, const unsigned char *modulus, size_t bytes) {}
#endif
