// Ed25519 of one signature with AVX-512's 52-bit multiplication: two sums at a time, each with four
// coordinates in lanes, with the formulas of ed25519_points.h.
#include "jot_ed25519.h"

#if defined(JOT_X86_KERNELS)
#define IFMA __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,bmi2")))
#define INLINE IFMA __attribute__((always_inline)) static inline
#include "ed25519_field51.h"
#include "ed25519_points.h"
#include "ed25519_lanes.h"

// The lanes have two pairs of coordinates of both sums: 0 1 0' 1' 2 3 2' 3'.

/// Exchanges the lanes of each pair.
INLINE Word8 exchanged(Word8 x) { return _mm512_shuffle_epi32(x, 0x4e); }

/// Replaces each pair a, b in the lanes of `mask` by b - a, b + a.
INLINE Lanes butterfly(const Lanes *x, __mmask8 mask) {
  Lanes result;
  for (int at = 0; at < 5; at++) {
    Word8 limb = x->limbs[at];
    Word8 signed_limb = _mm512_mask_sub_epi64(limb, mask & 0x55, bias(at), limb);
    result.limbs[at] = _mm512_mask_add_epi64(limb, mask, signed_limb, exchanged(limb));
  }
  return carried(result);
}

INLINE Lanes permuted(const Lanes *x, Word8 lanes) {
  Lanes result;
  for (int at = 0; at < 5; at++)
    result.limbs[at] = _mm512_permutexvar_epi64(lanes, x->limbs[at]);
  return result;
}

/// The factors of two digits' entries: y - x, y + x, 2 d x y and 2 of each.
INLINE Lanes factors_of(const Entry *entry0, int digit0, const Entry *entry1, int digit1) {
  static const Number two = {{2}};
  int negative0 = digit0 < 0, negative1 = digit1 < 0;
  const Number *parts0 = entry0->parts, *parts1 = entry1->parts;
  Word8 pairs[4] = {pair_of(&parts0[!negative0], &parts1[!negative1]),
                    pair_of(&parts0[negative0], &parts1[negative1]),
                    pair_of(&parts0[PRODUCT], &parts1[PRODUCT]), pair_of(&two, &two)};
  Lanes result = transposed(pairs);
  // 2 p - x where the digit is negative: x's limbs are below 2^51, so no difference is.
  __mmask8 mask = (__mmask8)(negative0 << 4 | negative1 << 6);
  for (int at = 0; at < 5; at++) {
    Word8 twice_p = spread(((Word)1 << 52) - (at == 0 ? 38 : 2));
    result.limbs[at] = _mm512_mask_sub_epi64(result.limbs[at], mask, twice_p, result.limbs[at]);
  }
  return result;
}

/// Adds two extended points; x, y and z only.
INLINE void add_points(Point *point, const Point *other) {
  Field a, b, c, d, e, f, space;
  subtract(&e, &point->y, &point->x), subtract(&f, &other->y, &other->x);
  multiply(&a, &e, &f);
  add(&e, &point->y, &point->x), add(&f, &other->y, &other->x);
  multiply(&b, &e, &f);
  multiply(&c, &point->t, &other->t), multiply(&c, &c, field_of(&twice_d, &space));
  multiply(&d, &point->z, &other->z), add(&d, &d, &d);
  subtract(&e, &b, &a), add(&b, &b, &a);
  subtract(&f, &d, &c), add(&d, &d, &c);
  multiply(&point->x, &e, &f);
  multiply(&point->y, &d, &b);
  multiply(&point->z, &f, &d);
}

IFMA int jot_ed25519_verify_ifma(const jot_ed25519_job *job) {
  // The first sum takes the first half of the digits, the other one the second half and a zero.
  enum { HALF = (DIGITS + 1) / 2, AHEAD = 12 };
  signed char digits[2 * HALF];
  if (!choose_entries(digits, job)) return 0;
  digits[DIGITS] = 0;
  const Key *key = (const Key *)job->key;
  // From e h e' h' f g f' g' to e g e' g' e f e' f', and to f h f' h' h g h' g'.
  Word8 left = _mm512_set_epi64(6, 2, 4, 0, 7, 2, 5, 0);
  Word8 right = _mm512_set_epi64(7, 3, 5, 1, 3, 6, 1, 4);
  // x y x' y' t z t' z', as columns.
  Lanes columns = all_lanes(0);
  columns.limbs[0] = _mm512_set_epi64(1, 0, 1, 0, 1, 0, 1, 0);
  for (size_t step = 0; step < HALF; step++) {
    prefetch(key, step + AHEAD, digits), prefetch(key, step + HALF + AHEAD, digits);
    // A digit of zero has the same entry in every row.
    size_t other = step + HALF < DIGITS ? step + HALF : step;
    int digit0 = digits[step], digit1 = digits[step + HALF];
    Lanes factors = factors_of(
        entry_at(key, step, digit0), digit0, entry_at(key, other, digit1), digit1);
    Lanes differences = butterfly(&columns, 0x0f);
    Lanes abcd = product(&differences, &factors);
    Lanes ehfg = butterfly(&abcd, 0xff);
    Lanes p = permuted(&ehfg, left), q = permuted(&ehfg, right);
    columns = product(&p, &q);
  }
  columns = carried(columns);
  Word words[5][8];
  store(words, &columns);
  Point points[2];
  for (int at = 0; at < 5; at++)
    for (int sum = 0; sum < 2; sum++) {
      points[sum].x.limbs[at] = words[at][2 * sum];
      points[sum].y.limbs[at] = words[at][2 * sum + 1];
      points[sum].t.limbs[at] = words[at][2 * sum + 4];
      points[sum].z.limbs[at] = words[at][2 * sum + 5];
    }
  add_points(&points[0], &points[1]);
  Field inverse;
  invert(&inverse, &points[0].z);
  return matches(&points[0].x, &points[0].y, &inverse, job->signature);
}

#else
int jot_ed25519_verify_ifma(const jot_ed25519_job *job) { return 0; }
#endif
