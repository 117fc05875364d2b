// Points of Ed25519's curve and a verification, for any field that defines Field, from_number,
// field_of (the same, with space for it), to_number (below p), add, subtract and multiply. Extended
// coordinates: x = X / Z, y = Y / Z, x y = T / Z (Hisil, Wong, Carter and Dawson 2008). The
// formulas are complete, which points of small order need.
//
//   R' = s B - h A: one addition for each digit of s and h, no doubling
//   x, y = X / Z, Y / Z, in a batch with one inversion for all
//   valid if the encoding of x and y is R's
#pragma once
#include "ed25519_table.h"

#if !defined(INLINE)
#define INLINE __attribute__((always_inline)) static inline
#endif

typedef struct {
  Field x, y, z, t;
} Point;

INLINE void set_neutral(Point *point) {
  Number zero = {{0}}, one = {{1}};
  from_number(&point->x, &zero), from_number(&point->y, &one);
  point->z = point->y, point->t = point->x;
}

/// Adds an entry, or subtracts it: then F and G change places instead of the sign of 2 d x y. Which
/// of them is an address, not a branch.
INLINE void add_entry(Point *point, const Entry *entry, int is_negative) {
  const Number *sum = &entry->parts[is_negative], *difference = &entry->parts[!is_negative];
  Field a, b, c, d, factor, fg[2];
  subtract(&d, &point->y, &point->x);
  multiply(&a, &d, field_of(difference, &factor));
  add(&d, &point->y, &point->x);
  multiply(&b, &d, field_of(sum, &factor));
  multiply(&c, &point->t, field_of(&entry->parts[PRODUCT], &factor));
  add(&d, &point->z, &point->z);
  subtract(&fg[0], &d, &c), add(&fg[1], &d, &c);
  const Field *f = &fg[is_negative], *g = &fg[!is_negative];
  subtract(&d, &b, &a), add(&a, &a, &b);
  multiply(&point->x, &d, f);
  multiply(&point->y, g, &a);
  multiply(&point->z, f, g);
  multiply(&point->t, &d, &a);
}

/// Writes s B - h A. Returns 0 if s is out of range.
INLINE int combine(Point *point, const jot_ed25519_job *job) {
  signed char digits[DIGITS];
  if (!choose_entries(digits, job)) return 0;
  set_neutral(point);
  const Key *key = (const Key *)job->key;
  enum { AHEAD = 8 };
  for (size_t at = 0; at < AHEAD; at++) prefetch(key, at, digits);
  for (size_t at = 0; at < DIGITS; at++) {
    prefetch(key, at + AHEAD, digits);
    add_entry(point, entry_at(key, at, digits[at]), digits[at] < 0);
  }
  return 1;
}

INLINE void invert(Field *out, const Field *x) {
  Number number;
  to_number(&number, x);
  invert_number(&number);
  from_number(out, &number);
}

/// Returns whether the point encodes as the signature's first half.
INLINE int matches(
    const Field *x, const Field *y, const Field *inverse, const unsigned char *signature) {
  Field product;
  Number affine_x, affine_y;
  multiply(&product, x, inverse);
  to_number(&affine_x, &product);
  multiply(&product, y, inverse);
  to_number(&affine_y, &product);
  return is_encoded(&affine_x, &affine_y, signature);
}

INLINE int verify(const jot_ed25519_job *job) {
  Point point;
  if (!combine(&point, job)) return 0;
  Field inverse;
  invert(&inverse, &point.z);
  return matches(&point.x, &point.y, &inverse, job->signature);
}

/// The coordinates of a batch's sums, and the product of all z before each.
typedef struct {
  Field x, y, z, before;
} Sum;

/// Returns the mask of those sums, of the ones in `mask`, that encode as their signatures' first
/// halves. All inverses come from that of the product of all z (Montgomery).
INLINE unsigned matching(
    Sum *sums, const jot_ed25519_job *jobs, size_t count, unsigned mask) {
  if (mask == 0) return 0;
  Field product, inverse, next;
  Number one = {{1}};
  from_number(&product, &one);
  for (size_t at = 0; at < count; at++) {
    if ((mask >> at & 1) == 0) continue;
    sums[at].before = product;
    multiply(&next, &product, &sums[at].z);
    product = next;
  }
  invert(&product, &product);
  unsigned valid = 0;
  for (size_t at = count; at-- > 0;) {
    if ((mask >> at & 1) == 0) continue;
    multiply(&inverse, &product, &sums[at].before);
    multiply(&next, &product, &sums[at].z);
    product = next;
    int is_valid = matches(&sums[at].x, &sums[at].y, &inverse, jobs[at].signature);
    valid |= (unsigned)is_valid << at;
  }
  return valid;
}

INLINE unsigned verify_batch(const jot_ed25519_job *jobs, size_t count) {
  if (count > JOT_ED25519_BATCH) return 0;
  Sum sums[JOT_ED25519_BATCH];
  unsigned mask = 0;
  for (size_t at = 0; at < count; at++) {
    Point point;
    if (!combine(&point, jobs + at)) continue;
    sums[at] = (Sum){.x = point.x, .y = point.y, .z = point.z};
    mask |= 1u << at;
  }
  return matching(sums, jobs, count, mask);
}
