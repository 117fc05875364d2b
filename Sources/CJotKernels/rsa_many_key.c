// What the many-lane kernels want of an RSA modulus n, computed once, in limbs of 52 bits:
//
//   inverse    k = -1/n mod 2^208
//   modulus    n
//   folded     (1 + n k) / 2^208
//   square     R^2 mod n, R = 2^(52 limbs)
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

/// value = 2 value mod n.
static void double_modulo(uint64_t *value, const uint64_t *modulus, size_t count) {
  uint64_t doubled[MOST_WORDS], less[MOST_WORDS], top = 0;
  unsigned char borrow = 0;
  for (size_t at = 0; at < count; at++) {
    doubled[at] = value[at] << 1 | top;
    top = value[at] >> 63;
    unsigned __int128 difference = (unsigned __int128)doubled[at] - modulus[at] - borrow;
    less[at] = (uint64_t)difference;
    borrow = (difference >> 64) != 0;
  }
  const uint64_t *chosen = top >= borrow ? less : doubled;
  for (size_t at = 0; at < count; at++) value[at] = chosen[at];
}

void jot_rsa_many_prepare(uint64_t *key, const unsigned char *modulus, size_t bytes) {
  size_t limbs = bytes * 5 / 32, count = bytes / 8;
  uint64_t words[MOST_WORDS], power[MOST_WORDS];
  for (size_t at = 0; at < count; at++) words[at] = word_at(modulus + bytes - 8 - 8 * at);
  uint64_t *inverse = key, *n = key + FOLD, *folded = n + limbs, *square = folded + limbs;
  split(n, limbs, words, count);

  // Newton's: each step doubles the right bits, of which n itself has three.
  uint64_t one_over = words[0];
  for (int step = 0; step < 5; step++) one_over *= 2 - words[0] * one_over;

  // Four Montgomery rows on the value 1 give both.
  for (size_t at = 0; at < limbs; at++) folded[at] = at == 0;
  for (int row = 0; row < FOLD; row++) {
    uint64_t m = inverse[row] = (0 - folded[0] * one_over) & mask;
    unsigned __int128 carry = 0;
    for (size_t at = 0; at < limbs; at++) {
      carry += (unsigned __int128)m * n[at] + folded[at];
      if (at > 0) folded[at - 1] = (uint64_t)carry & mask;
      carry >>= LIMB;
    }
    folded[limbs - 1] = (uint64_t)carry;
  }

  // From 2^bits mod n, which is 2^bits - n, on by doubling.
  uint64_t carry = 1;
  for (size_t at = 0; at < count; at++) {
    power[at] = ~words[at] + carry;
    carry = carry != 0 && power[at] == 0;
  }
  for (size_t bit = 8 * bytes; bit < 2 * LIMB * limbs; bit++) double_modulo(power, words, count);
  split(square, limbs, power, count);
}
#else
void jot_rsa_many_prepare(uint64_t *key, const unsigned char *modulus, size_t bytes) {}
#endif
