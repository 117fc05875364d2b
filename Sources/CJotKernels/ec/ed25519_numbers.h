// Numbers for Ed25519 in four little-endian words: bytes, the order of the base point, digits of
// scalars, and inverses modulo p = 2^255 - 19. Public numbers only: the time depends on them.
#pragma once
#include <stddef.h>

typedef unsigned long long Word;
typedef unsigned __int128 Wide;
typedef __int128 SignedWide;

typedef struct {
  Word words[4];
} Number;

static inline Word little_endian(Word word) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return word;
#else
  return __builtin_bswap64(word);
#endif
}

static inline void read_number(Word *words, const unsigned char *bytes, size_t count) {
  __builtin_memcpy(words, bytes, 8 * count);
  for (size_t at = 0; at < count; at++) words[at] = little_endian(words[at]);
}

static inline int is_below(const Word *x, const Word *bound, size_t count) {
  size_t at = count - 1;
  while (at > 0 && x[at] == bound[at]) at--;
  return x[at] < bound[at];
}

static inline void subtract_words(Word *x, const Word *y, size_t count) {
  Word borrow = 0;
  for (size_t at = 0; at < count; at++) x[at] = __builtin_subcll(x[at], y[at], borrow, &borrow);
}

/// Adds the product of x and y, from words[0] on, and writes `count` words at most.
static inline void add_product(
    Word *words, size_t count, const Word *x, size_t x_count, const Word *y, size_t y_count) {
  for (size_t i = 0; i < x_count; i++) {
    Word carry = 0;
    for (size_t j = 0; i + j < count && j <= y_count; j++) {
      Wide sum = (Wide)x[i] * (j < y_count ? y[j] : 0) + words[i + j] + carry;
      words[i + j] = (Word)sum;
      carry = (Word)(sum >> 64);
    }
  }
}

// MARK: - Scalars

/// The order of the base point, L, and 2^512 / L.
static const Word order[5] = {
    0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000, 0};
static const Word order_inverse[5] = {
    0xed9ce5a30a2c131b, 0x2106215d086329a7, 0xffffffffffffffeb, 0xffffffffffffffff, 0xf};

/// Writes 64 bytes as a number modulo L. Barrett reduction: the quotient is estimated from the
/// upper words, at most two too small.
static inline void reduce_hash(Number *out, const unsigned char *hash) {
  Word x[8], estimate[10] = {0}, multiple[5] = {0};
  read_number(x, hash, 8);
  add_product(estimate, 10, x + 3, 5, order_inverse, 5);
  add_product(multiple, 5, estimate + 5, 5, order, 4);
  // The remainder is below 3 L, so five words of both are enough.
  subtract_words(x, multiple, 5);
  while (!is_below(x, order, 5)) subtract_words(x, order, 5);
  __builtin_memcpy(out->words, x, sizeof out->words);
}

/// Writes `count` digits of a number below 2^253 to base 2^width, each from -2^width / 2 on and
/// below 2^width / 2; they have 256 to 258 bits in all. Half the base added to all digits at once
/// makes them digits without a sign, and leaves no carry.
__attribute__((always_inline)) static inline void write_digits(
    signed char *digits, size_t count, size_t width, const Number *number) {
  Word words[6] = {0}, carry = 0, half = (Word)1 << (width - 1);
  for (size_t at = 0; at < 5; at++) {
    Word halves = 0;
    for (size_t i = 0; i < count; i++) {
      size_t bit = width * i + width - 1;
      if (bit / 64 == at) halves |= (Word)1 << bit % 64;
    }
    words[at] = __builtin_addcll(at < 4 ? number->words[at] : 0, halves, carry, &carry);
  }
  for (size_t at = 0; at < count; at++) {
    size_t word = width * at / 64, shift = width * at % 64;
    Word bits = words[word] >> shift | words[word + 1] << 1 << (63 - shift);
    digits[at] = (signed char)((int)(bits & (2 * half - 1)) - (int)half);
  }
}

// MARK: - Inverses

/// Five limbs of 62 bits, the last with the sign.
typedef struct {
  long long limbs[5];
} Signed;

static const Word bits_62 = ((Word)1 << 62) - 1;

/// 2^62 times the change of (f, g) by 62 steps: f' = (u f + v g) / 2^62, g' = (q f + r g) / 2^62.
typedef struct {
  long long u, v, q, r;
} Steps;

/// The next 62 division steps of Bernstein and Yang (safegcd), from the lowest words of f and g; in
/// variable time: runs of even g are one shift, and up to six bits of g are cleared at once. `eta`
/// is -delta.
static inline int division_steps(Steps *steps, int eta, Word f, Word g) {
  Word u = 1, v = 0, q = 0, r = 1;
  for (int left = 62;;) {
    int zeros = __builtin_ctzll(g | ~(Word)0 << left);
    g >>= zeros, u <<= zeros, v <<= zeros;
    eta -= zeros, left -= zeros;
    if (left == 0) break;
    if (eta < 0) {
      Word old_f = f, old_u = u, old_v = v;
      eta = -eta;
      f = g, g = 0 - old_f;
      u = q, q = 0 - old_u;
      v = r, r = 0 - old_v;
    }
    // As long as eta stays positive, f does not change: add what clears that many bits of g.
    int bits = eta + 1 < left ? eta + 1 : left;
    // -1 / f modulo 64 is f (f^2 - 2), as f^2 is 1 modulo 8.
    Word factor = g * f * (f * f - 2) & (((Word)1 << (bits < 6 ? bits : 6)) - 1);
    g += factor * f, q += factor * u, r += factor * v;
  }
  *steps = (Steps){(long long)u, (long long)v, (long long)q, (long long)r};
  return eta;
}

/// Applies steps to f and g: the division is exact.
static inline void apply_steps(const Steps *steps, Signed *f, Signed *g) {
  SignedWide new_f = 0, new_g = 0;
  for (int at = 0; at < 5; at++) {
    long long x = f->limbs[at], y = g->limbs[at];
    new_f += (SignedWide)steps->u * x + (SignedWide)steps->v * y;
    new_g += (SignedWide)steps->q * x + (SignedWide)steps->r * y;
    if (at > 0) {
      f->limbs[at - 1] = (long long)((Word)new_f & bits_62);
      g->limbs[at - 1] = (long long)((Word)new_g & bits_62);
    }
    new_f >>= 62, new_g >>= 62;
  }
  f->limbs[4] = (long long)new_f, g->limbs[4] = (long long)new_g;
}

/// One row of the steps modulo p: x' = (a x + b y + m p) / 2^62, where m clears the lowest limb. x
/// and y are in (-2p, p); where one is negative, m has p for it too, which keeps x' in that range.
static inline Signed step_modulo(long long a, long long b, const Signed *x, const Signed *y) {
  // 1 / p modulo 2^62. p is 2^7 2^248 - 19: its other limbs are zero.
  static const Word inverse = 0x39435e50d79435e5;
  long long multiple = (x->limbs[4] < 0 ? a : 0) + (y->limbs[4] < 0 ? b : 0);
  SignedWide sum = (SignedWide)a * x->limbs[0] + (SignedWide)b * y->limbs[0];
  multiple -= (long long)((inverse * (Word)sum + (Word)multiple) & bits_62);
  sum = (sum - (SignedWide)multiple * 19) >> 62;
  Signed result;
  for (int at = 1; at < 5; at++) {
    sum += (SignedWide)a * x->limbs[at] + (SignedWide)b * y->limbs[at];
    if (at == 4) sum += (SignedWide)multiple * 128;
    result.limbs[at - 1] = (long long)((Word)sum & bits_62);
    sum >>= 62;
  }
  result.limbs[4] = (long long)sum;
  return result;
}

static inline int is_zero(const Signed *x) {
  return (x->limbs[0] | x->limbs[1] | x->limbs[2] | x->limbs[3] | x->limbs[4]) == 0;
}

/// Carries from each limb to the next, so that only the last has a sign.
static inline void carry_limbs(Signed *x) {
  for (int at = 0; at < 4; at++) {
    x->limbs[at + 1] += x->limbs[at] >> 62;
    x->limbs[at] = (long long)((Word)x->limbs[at] & bits_62);
  }
}

/// Replaces x, below p, with 1 / x modulo p; 0 stays 0. 741 division steps are always enough for
/// 256 bits, hence twelve turns.
static inline void invert_number(Number *number) {
  const Word *w = number->words;
  Signed f = {{-19, 0, 0, 0, 128}}, d = {{0}}, e = {{1}};
  Signed g = {{(long long)(w[0] & bits_62), (long long)((w[0] >> 62 | w[1] << 2) & bits_62),
               (long long)((w[1] >> 60 | w[2] << 4) & bits_62),
               (long long)((w[2] >> 58 | w[3] << 6) & bits_62), (long long)(w[3] >> 56)}};
  carry_limbs(&f);
  int eta = -1;
  for (int turn = 0; turn < 12 && !is_zero(&g); turn++) {
    Steps steps;
    Word low_f = (Word)f.limbs[0] | (Word)f.limbs[1] << 62;
    Word low_g = (Word)g.limbs[0] | (Word)g.limbs[1] << 62;
    eta = division_steps(&steps, eta, low_f, low_g);
    apply_steps(&steps, &f, &g);
    Signed old_d = d;
    d = step_modulo(steps.u, steps.v, &old_d, &e);
    e = step_modulo(steps.q, steps.r, &old_d, &e);
  }
  // f is 1 or -1, and d = f / x, in (-2p, p).
  if (f.limbs[4] < 0)
    for (int at = 0; at < 5; at++) d.limbs[at] = -d.limbs[at];
  carry_limbs(&d);
  while (d.limbs[4] < 0) {
    d.limbs[0] -= 19, d.limbs[4] += 128;
    carry_limbs(&d);
  }
  const long long *v = d.limbs;
  Number result = {{(Word)v[0] | (Word)v[1] << 62, (Word)v[1] >> 2 | (Word)v[2] << 60,
                    (Word)v[2] >> 4 | (Word)v[3] << 58, (Word)v[3] >> 6 | (Word)v[4] << 56}};
  *number = result;
}
