// A field's elements as words, below the prime; the file of a curve and a kernel defines multiply()
// and square(). If prime_square is the curve's, an element x is kept as x 2^(64 LIMBS) modulo the
// prime (Montgomery form), and as itself otherwise.

typedef Words Field;

static Field multiply(const Field *x, const Field *y);
static Field square(const Field *x);

INLINE Field add(const Field *x, const Field *y) {
  Words sum;
  Limb carry = add_words(&sum, x, y);
  return reduce_once(&sum, carry, &prime);
}

INLINE Field subtract(const Field *x, const Field *y) {
  Words result, multiple;
  Limb mask = 0 - subtract_words(&result, x, y);
  for (size_t at = 0; at < LIMBS; at++) multiple.limbs[at] = prime.limbs[at] & mask;
  add_words(&result, &result, &multiple);
  return result;
}

INLINE int is_zero(const Field *x) { return are_zero(x); }

/// -x if `negative` is 1, x if it is 0; x is not 0.
INLINE Field negated_if(Limb negative, const Field *x) {
  Words opposite;
  subtract_words(&opposite, &prime, x);
  return chosen_words(0 - negative, &opposite, x);
}

#if IS_MONTGOMERY
INLINE Field field_of(const Words *words) { return multiply(words, &prime_square); }
INLINE Words words_of(const Field *x) {
  const Words one = {{1}};
  return multiply(x, &one);
}
#else
INLINE Field field_of(const Words *words) { return *words; }
INLINE Words words_of(const Field *x) { return *x; }
#endif

/// 1/x; of 0 it is 0.
INLINE Field invert(const Field *x) {
  Field result = inverse_of(x, &prime);
#if IS_MONTGOMERY
  result = multiply(&result, &prime_square);
  result = multiply(&result, &prime_square);
#endif
  return result;
}
