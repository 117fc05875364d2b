// The field of P-521 for both kernels: nine limbs of 58 bits, in which 2^522 = 2 modulo the prime.
//
// Limbs are loose: below 2^58 + 2^10. So the products that end in one column, nine of which are
// doubled at most, are below 18 (2^58 + 2^10)^2 < 2^121, and fit a sum of 128 bits with its carry.

enum { WIDTH = 58, TOP = LIMBS - 1 };
static const Limb limb_mask = ((Limb)1 << WIDTH) - 1;

typedef struct {
  Limb limbs[LIMBS];
} Field;

/// Carries once, all limbs at the same time: from limbs below 2^62 to loose ones.
INLINE Field carried(const Field *x) {
  Field result;
  result.limbs[0] = (x->limbs[0] & limb_mask) + 2 * (x->limbs[TOP] >> WIDTH);
  for (size_t at = 1; at < LIMBS; at++)
    result.limbs[at] = (x->limbs[at] & limb_mask) + (x->limbs[at - 1] >> WIDTH);
  return result;
}

/// A limb of four times the prime, which is above every loose limb.
INLINE Limb limb_of_four_primes(size_t at) {
  return at < TOP ? 4 * limb_mask : 4 * (limb_mask >> 1);
}

INLINE Field add(const Field *x, const Field *y) {
  Field sum;
  for (size_t at = 0; at < LIMBS; at++) sum.limbs[at] = x->limbs[at] + y->limbs[at];
  return carried(&sum);
}

INLINE Field subtract(const Field *x, const Field *y) {
  Field difference;
  for (size_t at = 0; at < LIMBS; at++)
    difference.limbs[at] = x->limbs[at] + limb_of_four_primes(at) - y->limbs[at];
  return carried(&difference);
}

/// -x if `negative` is 1, x if it is 0.
INLINE Field negated_if(Limb negative, const Field *x) {
  Field result;
  Limb mask = 0 - negative;
  for (size_t at = 0; at < LIMBS; at++)
    result.limbs[at] = (x->limbs[at] ^ mask) + negative + (limb_of_four_primes(at) & mask);
  return carried(&result);
}

/// Carries sums of products, in order, and once more from the last to the first and second.
INLINE Field carried_sums(const Wide sums[LIMBS]) {
  Field result;
  Wide carry = 0;
  for (size_t at = 0; at < LIMBS; at++) {
    carry += sums[at];
    result.limbs[at] = (Limb)carry & limb_mask;
    carry >>= WIDTH;
  }
  carry = 2 * carry + result.limbs[0];
  result.limbs[0] = (Limb)carry & limb_mask;
  result.limbs[1] += (Limb)(carry >> WIDTH);
  return result;
}

PRODUCT Field multiply(const Field *x, const Field *y) {
  Wide sums[LIMBS];
  for (size_t column = 0; column < LIMBS; column++) {
    Wide low = 0, high = 0;
    for (size_t at = 0; at <= column; at++) low += (Wide)x->limbs[at] * y->limbs[column - at];
    for (size_t at = column + 1; at < LIMBS; at++)
      high += (Wide)x->limbs[at] * y->limbs[LIMBS + column - at];
    sums[column] = low + 2 * high;
  }
  return carried_sums(sums);
}

PRODUCT Field square(const Field *x) {
  Wide sums[LIMBS];
  for (size_t column = 0; column < LIMBS; column++) {
    // Products of different limbs once, doubled; those a turn above are doubled again.
    Wide low = 0, high = 0, even = 0;
    for (size_t at = 0; 2 * at < column; at++) low += (Wide)x->limbs[at] * x->limbs[column - at];
    for (size_t at = TOP; 2 * at > LIMBS + column; at--)
      high += (Wide)x->limbs[at] * x->limbs[LIMBS + column - at];
    if (column % 2 == 0) even = (Wide)x->limbs[column / 2] * x->limbs[column / 2];
    else even = (Wide)x->limbs[(LIMBS + column) / 2] * (2 * x->limbs[(LIMBS + column) / 2]);
    sums[column] = 2 * (low + 2 * high) + even;
  }
  return carried_sums(sums);
}

/// The element below the prime, with limbs of exactly 58 bits.
OUTLINE Field canonical(const Field *x) {
  Field result = *x;
  // The first pass leaves at most 2 in the second's carry, and the number below 2^522.
  for (int twice = 0; twice < 3; twice++) {
    Limb carry = 0;
    for (size_t at = 0; at < LIMBS; at++) {
      carry += result.limbs[at];
      result.limbs[at] = carry & limb_mask;
      carry >>= WIDTH;
    }
    result.limbs[0] += 2 * carry;
  }
  // x + 1 of bit 521, and again if x is the prime: 2^521 = 1.
  for (int twice = 0; twice < 2; twice++) {
    Limb carry = result.limbs[TOP] >> (WIDTH - 1);
    result.limbs[TOP] &= limb_mask >> 1;
    for (size_t at = 0; at < LIMBS; at++) {
      carry += result.limbs[at];
      result.limbs[at] = at < TOP ? carry & limb_mask : carry;
      carry >>= WIDTH;
    }
  }
  Limb ones = result.limbs[TOP] | ~(limb_mask >> 1);
  for (size_t at = 0; at < TOP; at++) ones &= result.limbs[at] | ~limb_mask;
  return ones == ~(Limb)0 ? (Field){{0}} : result;
}

INLINE int is_zero(const Field *x) {
  // A loose element is below five primes, and the lowest limb of k primes is -k.
  if (__builtin_expect(((x->limbs[0] + 4) & limb_mask) > 4, 1)) return 0;
  Field exact = canonical(x);
  Limb bits = 0;
  for (size_t at = 0; at < LIMBS; at++) bits |= exact.limbs[at];
  return bits == 0;
}

INLINE Field field_of(const Words *words) {
  Field result;
  for (size_t at = 0; at < LIMBS; at++) {
    size_t word = at * WIDTH / 64, shift = at * WIDTH % 64;
    Limb bits = words->limbs[word] >> shift;
    if (shift + WIDTH > 64) bits |= words->limbs[word + 1] << (64 - shift);
    result.limbs[at] = bits & limb_mask;
  }
  return result;
}

INLINE Words words_of(const Field *x) {
  Field exact = canonical(x);
  Words words = {{0}};
  for (size_t at = 0; at < LIMBS; at++) {
    size_t word = at * WIDTH / 64, shift = at * WIDTH % 64;
    words.limbs[word] |= exact.limbs[at] << shift;
    if (shift + WIDTH > 64) words.limbs[word + 1] |= exact.limbs[at] >> (64 - shift);
  }
  return words;
}

/// 1/x; of 0 it is 0.
INLINE Field invert(const Field *x) {
  Words words = words_of(x);
  words = inverse_of(&words, &prime);
  return field_of(&words);
}
