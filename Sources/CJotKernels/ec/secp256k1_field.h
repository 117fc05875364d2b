// The field of secp256k1 in plain C: 2^256 = 2^32 + 977 modulo the prime.

static const Limb folded = 0x1000003d1;

PRODUCT Field multiply(const Field *x, const Field *y) {
  Limb sums[2 * LIMBS] = {0};
  for (size_t row = 0; row < LIMBS; row++) {
    Wide column = 0;
    for (size_t at = 0; at < LIMBS; at++) {
      column += (Wide)x->limbs[row] * y->limbs[at] + sums[row + at];
      sums[row + at] = (Limb)column;
      column >>= 64;
    }
    sums[row + LIMBS] = (Limb)column;
  }
  Field result;
  Wide column = 0;
  for (size_t at = 0; at < LIMBS; at++) {
    column += (Wide)sums[LIMBS + at] * folded + sums[at];
    result.limbs[at] = (Limb)column;
    column >>= 64;
  }
  // The top is below 2^34: its product has two words. If that carries, little is left below.
  column = (Wide)(Limb)column * folded;
  for (size_t at = 0; at < LIMBS; at++) {
    column += result.limbs[at];
    result.limbs[at] = (Limb)column;
    column >>= 64;
  }
  return reduce_once(&result, (Limb)column, &prime);
}
INLINE Field square(const Field *x) { return multiply(x, x); }

