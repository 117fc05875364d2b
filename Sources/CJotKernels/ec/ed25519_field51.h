// The field of p = 2^255 - 19 in five limbs of 51 bits.
//
// A product's limbs are below 2^51 + 2^14, and its factors' limbs must be below 2^54: a column is
// then below (1 + 4 * 19) 2^108 < 2^115, its carry below 2^64. Between products at most two sums or
// differences follow each other, each of which adds at most 2^53.
#pragma once
#include "ed25519_numbers.h"

typedef struct {
  Word limbs[5];
} Field;

static const Word limb_mask = ((Word)1 << 51) - 1;

static inline void from_number(Field *out, const Number *number) {
  const Word *w = number->words;
  *out = (Field){{w[0] & limb_mask, (w[0] >> 51 | w[1] << 13) & limb_mask,
                  (w[1] >> 38 | w[2] << 26) & limb_mask, (w[2] >> 25 | w[3] << 39) & limb_mask,
                  w[3] >> 12}};
}

static inline const Field *field_of(const Number *number, Field *space) {
  from_number(space, number);
  return space;
}

/// Carries once around: from limbs below 2^63, limbs below 2^51 + 2^17.
static inline void carry_once(Field *x) {
  Word *l = x->limbs, top = l[4] >> 51;
  Field carries = {{19 * top, l[0] >> 51, l[1] >> 51, l[2] >> 51, l[3] >> 51}};
  for (int at = 0; at < 5; at++) l[at] = (l[at] & limb_mask) + carries.limbs[at];
}

static inline void settle(Field *x) { carry_once(x); }

/// Writes the number below p.
static inline void to_number(Number *out, const Field *field) {
  Field x = *field;
  carry_once(&x), carry_once(&x);
  // Now below 2^255 + 2^52. Adding 19 carries out of 255 bits if it is p or more.
  Word carry = 19;
  for (int at = 0; at < 5; at++) carry = (x.limbs[at] + carry) >> 51;
  carry *= 19;
  for (int at = 0; at < 5; at++) {
    carry += x.limbs[at];
    x.limbs[at] = carry & limb_mask;
    carry >>= 51;
  }
  const Word *l = x.limbs;
  *out = (Number){{l[0] | l[1] << 51, l[1] >> 13 | l[2] << 38, l[2] >> 26 | l[3] << 25,
                   l[3] >> 39 | l[4] << 12}};
}

static inline void add(Field *out, const Field *x, const Field *y) {
  for (int at = 0; at < 5; at++) out->limbs[at] = x->limbs[at] + y->limbs[at];
}

/// y's limbs are below 2^53 - 76.
static inline void subtract(Field *out, const Field *x, const Field *y) {
  static const Word four_p[2] = {((Word)1 << 53) - 76, ((Word)1 << 53) - 4};
  for (int at = 0; at < 5; at++)
    out->limbs[at] = x->limbs[at] + four_p[at > 0] - y->limbs[at];
}

static inline void multiply(Field *out, const Field *x, const Field *y) {
  const Word *a = x->limbs, *b = y->limbs;
  // 2^255 is 19 modulo p.
  Word b1 = 19 * b[1], b2 = 19 * b[2], b3 = 19 * b[3], b4 = 19 * b[4];
  Wide c0 = (Wide)a[0] * b[0] + (Wide)a[1] * b4 + (Wide)a[2] * b3 + (Wide)a[3] * b2
      + (Wide)a[4] * b1;
  Wide c1 = (Wide)a[0] * b[1] + (Wide)a[1] * b[0] + (Wide)a[2] * b4 + (Wide)a[3] * b3
      + (Wide)a[4] * b2;
  Wide c2 = (Wide)a[0] * b[2] + (Wide)a[1] * b[1] + (Wide)a[2] * b[0] + (Wide)a[3] * b4
      + (Wide)a[4] * b3;
  Wide c3 = (Wide)a[0] * b[3] + (Wide)a[1] * b[2] + (Wide)a[2] * b[1] + (Wide)a[3] * b[0]
      + (Wide)a[4] * b4;
  Wide c4 = (Wide)a[0] * b[4] + (Wide)a[1] * b[3] + (Wide)a[2] * b[2] + (Wide)a[3] * b[1]
      + (Wide)a[4] * b[0];
  c1 += (Word)(c0 >> 51);
  c2 += (Word)(c1 >> 51);
  c3 += (Word)(c2 >> 51);
  c4 += (Word)(c3 >> 51);
  Wide low = (Wide)(Word)(c4 >> 51) * 19 + ((Word)c0 & limb_mask);
  *out = (Field){{(Word)low & limb_mask, ((Word)c1 & limb_mask) + (Word)(low >> 51),
                  (Word)c2 & limb_mask, (Word)c3 & limb_mask, (Word)c4 & limb_mask}};
}
