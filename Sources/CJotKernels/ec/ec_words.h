// Numbers as words of 64 bits, little-endian, and Montgomery's product of them in plain C: for
// scalars on every kernel, and for fields on the portable one. LIMBS, BITS and INLINE come from the
// file of a curve and a kernel. For public numbers only: the time depends on them.
#include <stddef.h>

// Inlined everywhere, products would take the compiler minutes with a sanitizer, and nearly a
// megabyte of stack without optimization.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define IS_SANITIZED
#endif
#endif
#if defined(IS_SANITIZED) || defined(JOT_STAND_INS) || !defined(__OPTIMIZE__)
#define PRODUCT OUTLINE
#else
#define PRODUCT INLINE
#endif

typedef unsigned long long Limb;
typedef unsigned __int128 Wide;

typedef struct {
  Limb limbs[LIMBS];
} Words;

/// Reads a big-endian number of `count` bytes, at most 8 * LIMBS.
INLINE Words read_words(const unsigned char *bytes, size_t count) {
  Words words = {{0}};
  size_t at = 0;
  for (; count >= 8; at++, count -= 8) {
    for (size_t byte = 0; byte < 8; byte++)
      words.limbs[at] = words.limbs[at] << 8 | bytes[count - 8 + byte];
  }
  for (size_t byte = 0; byte < count; byte++) words.limbs[at] = words.limbs[at] << 8 | bytes[byte];
  return words;
}

INLINE void write_words(unsigned char *bytes, const Words *words, size_t count) {
  for (size_t at = 0; at < count; at++)
    bytes[count - 1 - at] = (unsigned char)(words->limbs[at / 8] >> (at % 8 * 8));
}

INLINE int are_zero(const Words *x) {
  Limb bits = 0;
  for (size_t at = 0; at < LIMBS; at++) bits |= x->limbs[at];
  return bits == 0;
}

INLINE int are_equal(const Words *x, const Words *y) {
  Limb bits = 0;
  for (size_t at = 0; at < LIMBS; at++) bits |= x->limbs[at] ^ y->limbs[at];
  return bits == 0;
}

/// Writes x - y modulo 2^(64 LIMBS) and returns the borrow.
INLINE Limb subtract_words(Words *result, const Words *x, const Words *y) {
  Limb borrow = 0;
  for (size_t at = 0; at < LIMBS; at++)
    result->limbs[at] = __builtin_subcll(x->limbs[at], y->limbs[at], borrow, &borrow);
  return borrow;
}

/// Writes x + y modulo 2^(64 LIMBS) and returns the carry.
INLINE Limb add_words(Words *result, const Words *x, const Words *y) {
  Limb carry = 0;
  for (size_t at = 0; at < LIMBS; at++)
    result->limbs[at] = __builtin_addcll(x->limbs[at], y->limbs[at], carry, &carry);
  return carry;
}

INLINE int is_below(const Words *x, const Words *y) {
  Words difference;
  return (int)subtract_words(&difference, x, y);
}

/// `x` if `mask` is all ones, `y` if it is zero.
INLINE Words chosen_words(Limb mask, const Words *x, const Words *y) {
  Words words;
  for (size_t at = 0; at < LIMBS; at++)
    words.limbs[at] = y->limbs[at] ^ (mask & (x->limbs[at] ^ y->limbs[at]));
  return words;
}

/// x + carry 2^(64 LIMBS), which is below 2 m, modulo m.
INLINE Words reduce_once(const Words *x, Limb carry, const Words *m) {
  Words difference;
  Limb borrow = subtract_words(&difference, x, m);
  return chosen_words(0 - (Limb)(carry < borrow), x, &difference);
}

/// x y / 2^(64 LIMBS) mod m, below m, if x y < 2^(64 LIMBS) m; `inverse` is -1/m modulo 2^64.
PRODUCT Words multiply_words(const Words *x, const Words *y, const Words *m, Limb inverse) {
  Words sum = {{0}};
  Limb top = 0;
  for (size_t row = 0; row < LIMBS; row++) {
    Wide column = 0;
    for (size_t at = 0; at < LIMBS; at++) {
      column += (Wide)x->limbs[row] * y->limbs[at] + sum.limbs[at];
      sum.limbs[at] = (Limb)column;
      column >>= 64;
    }
    column += top;
    Limb high = (Limb)column, over = (Limb)(column >> 64);
    Limb multiple = sum.limbs[0] * inverse;
    column = ((Wide)multiple * m->limbs[0] + sum.limbs[0]) >> 64;
    for (size_t at = 1; at < LIMBS; at++) {
      column += (Wide)multiple * m->limbs[at] + sum.limbs[at];
      sum.limbs[at - 1] = (Limb)column;
      column >>= 64;
    }
    column += high;
    sum.limbs[LIMBS - 1] = (Limb)column;
    top = over + (Limb)(column >> 64);
  }
  return reduce_once(&sum, top, m);
}
