// Inverses modulo a prime by the divsteps of Bernstein and Yang ("Fast constant-time gcd
// computation and modular inversion", 2019), in variable time: 62 steps a turn on the lowest words,
// then the turn's matrix applied to the whole numbers. For public numbers only.
//
// A step, for odd f and any g, with a counter c that starts at -1:
//
//   g even:            g = g / 2,                     c = c - 1
//   g odd and c < 0:   f, g = g, (g - f) / 2,         c = -c - 1
//   g odd else:        g = (g + f) / 2,               c = c - 1
//
// Runs of steps are done at once: the zeros at g's end, and up to six additions of f, by the
// multiple of f that clears so many bits of g, as long as the counter does not turn.
//
// d and e keep f = d x and g = e x modulo m, so that d is the inverse at the end, up to f's sign.

typedef long long Signed;
typedef __int128 SignedWide;

enum { PARTS = BITS / 62 + 1 };
static const Limb part_mask = ~(Limb)0 >> 2;

/// A signed number: parts of 62 bits, all but the last not negative.
typedef struct {
  Signed parts[PARTS];
} Parts;

/// What 62 steps do: 2^62 (f, g) becomes (u f + v g, q f + r g).
typedef struct {
  Signed u, v, q, r;
} Steps;

INLINE Parts parts_of(const Words *words) {
  Parts result;
  for (size_t at = 0; at < PARTS; at++) {
    size_t word = at * 62 / 64, shift = at * 62 % 64;
    Limb bits = words->limbs[word] >> shift;
    if (shift > 2 && word + 1 < LIMBS) bits |= words->limbs[word + 1] << (64 - shift);
    result.parts[at] = (Signed)(bits & part_mask);
  }
  return result;
}

/// The words of a number that is not negative and below 2^BITS.
INLINE Words words_of_parts(const Parts *number) {
  Words words = {{0}};
  for (size_t at = 0; at < PARTS; at++) {
    size_t word = at * 62 / 64, shift = at * 62 % 64;
    words.limbs[word] |= (Limb)number->parts[at] << shift;
    if (shift > 2 && word + 1 < LIMBS)
      words.limbs[word + 1] |= (Limb)number->parts[at] >> (64 - shift);
  }
  return words;
}

INLINE Signed steps_of(Signed counter, Limb f, Limb g, Steps *steps) {
  Limb u = 1, v = 0, q = 0, r = 1;
  for (int left = 62;;) {
    int zeros = __builtin_ctzll(g | ~(Limb)0 << left);
    g >>= zeros, u <<= zeros, v <<= zeros;
    counter -= zeros, left -= zeros;
    if (left == 0) break;
    if (counter < 0) {
      Limb old = f;
      counter = -counter;
      f = g, g = 0 - old;
      old = u, u = q, q = 0 - old;
      old = v, v = r, r = 0 - old;
    }
    // f (f f - 2) is -1/f modulo 64.
    int most = counter + 1 < left ? (int)counter + 1 : left;
    Limb multiple = g * f * (f * f - 2) & 63 & ~(Limb)0 >> (64 - most);
    g += f * multiple, q += u * multiple, r += v * multiple;
  }
  *steps = (Steps){(Signed)u, (Signed)v, (Signed)q, (Signed)r};
  return counter;
}

/// Applies steps to f and g, of which `count` parts are in use.
INLINE void apply_to_values(Parts *f, Parts *g, const Steps *s, size_t count) {
  SignedWide first = 0, second = 0;
  for (size_t at = 0; at < count; at++) {
    first += (SignedWide)s->u * f->parts[at] + (SignedWide)s->v * g->parts[at];
    second += (SignedWide)s->q * f->parts[at] + (SignedWide)s->r * g->parts[at];
    if (at > 0) {
      f->parts[at - 1] = (Signed)((Limb)first & part_mask);
      g->parts[at - 1] = (Signed)((Limb)second & part_mask);
    }
    first >>= 62, second >>= 62;
  }
  f->parts[count - 1] = (Signed)first, g->parts[count - 1] = (Signed)second;
}

/// Applies steps to d and e modulo m: both stay between -2 m and m. `inverse` is 1/m modulo 2^62.
INLINE void apply_to_factors(
    Parts *d, Parts *e, const Steps *s, const Parts *m, Limb inverse) {
  // Adds the multiples of m that make both sums divisible by 2^62, and m once for a negative
  // number.
  Signed below_d = d->parts[PARTS - 1] >> 63, below_e = e->parts[PARTS - 1] >> 63;
  Signed of_d = (s->u & below_d) + (s->v & below_e), of_e = (s->q & below_d) + (s->r & below_e);
  SignedWide first = (SignedWide)s->u * d->parts[0] + (SignedWide)s->v * e->parts[0];
  SignedWide second = (SignedWide)s->q * d->parts[0] + (SignedWide)s->r * e->parts[0];
  of_d -= (Signed)((inverse * (Limb)first + (Limb)of_d) & part_mask);
  of_e -= (Signed)((inverse * (Limb)second + (Limb)of_e) & part_mask);
  first += (SignedWide)m->parts[0] * of_d, second += (SignedWide)m->parts[0] * of_e;
  first >>= 62, second >>= 62;
  for (size_t at = 1; at < PARTS; at++) {
    first += (SignedWide)s->u * d->parts[at] + (SignedWide)s->v * e->parts[at]
        + (SignedWide)m->parts[at] * of_d;
    second += (SignedWide)s->q * d->parts[at] + (SignedWide)s->r * e->parts[at]
        + (SignedWide)m->parts[at] * of_e;
    d->parts[at - 1] = (Signed)((Limb)first & part_mask);
    e->parts[at - 1] = (Signed)((Limb)second & part_mask);
    first >>= 62, second >>= 62;
  }
  d->parts[PARTS - 1] = (Signed)first, e->parts[PARTS - 1] = (Signed)second;
}

/// Adds m `times` times, -1, 0 or 1, to x, or to -x if `negate` is all ones, and carries.
INLINE void adjust(Parts *x, const Parts *m, Signed times, Signed negate) {
  Signed carry = 0;
  for (size_t at = 0; at < PARTS; at++) {
    Signed sum = ((x->parts[at] ^ negate) - negate) + times * m->parts[at] + carry;
    x->parts[at] = at < PARTS - 1 ? sum & (Signed)part_mask : sum;
    carry = sum >> 62;
  }
}

/// Returns 1/x mod m, below m, for an odd m below 2^BITS and x below m with no common factor; of 0
/// it returns 0.
OUTLINE Words inverse_of(const Words *x, const Words *modulus) {
  const Parts m = parts_of(modulus);
  Parts f = m, g = parts_of(x), d = {{0}}, e = {{1}};
  // m is its own inverse modulo 8; each line doubles the bits: 6, 12, 24, 48, 96.
  Limb low = (Limb)m.parts[0], inverse = low;
  for (int twice = 0; twice < 5; twice++) inverse *= 2 - low * inverse;
  Signed counter = -1;
  size_t count = PARTS;
  for (;;) {
    Steps steps;
    counter = steps_of(counter, (Limb)f.parts[0], (Limb)g.parts[0], &steps);
    apply_to_factors(&d, &e, &steps, &m, inverse);
    apply_to_values(&f, &g, &steps, count);
    Signed rest = 0;
    for (size_t at = 0; at < count; at++) rest |= g.parts[at];
    if (rest == 0) break;
    // Drops last parts that are only the sign of the parts before them.
    Signed last_f = f.parts[count - 1], last_g = g.parts[count - 1];
    if (count > 1 && (last_f == 0 || last_f == -1) && (last_g == 0 || last_g == -1)) {
      f.parts[count - 2] |= (Signed)((Limb)last_f << 62);
      g.parts[count - 2] |= (Signed)((Limb)last_g << 62);
      count--;
    }
  }
  // f is 1 or -1, and d between -2 m and m.
  Signed is_negative = f.parts[count - 1] >> 63;
  adjust(&d, &m, d.parts[PARTS - 1] < 0, 0);
  adjust(&d, &m, 0, is_negative);
  adjust(&d, &m, d.parts[PARTS - 1] < 0, 0);
  return words_of_parts(&d);
}
