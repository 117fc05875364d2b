// The rows of Ed25519's tables, for any field of ed25519_points.h that also defines settle, which
// makes of two sums or differences in a row one that subtract takes.
#pragma once
#include "ed25519_points.h"

/// Doubles a point (dbl-2008-hwcd, a = -1).
INLINE void twice(Point *point) {
  Field a, b, c, e, f, g, h, zero;
  from_number(&zero, &(Number){{0}});
  multiply(&a, &point->x, &point->x);
  multiply(&b, &point->y, &point->y);
  multiply(&c, &point->z, &point->z);
  add(&c, &c, &c);
  add(&e, &point->x, &point->y);
  multiply(&e, &e, &e);
  add(&h, &a, &b);
  subtract(&e, &e, &h), settle(&e);
  subtract(&g, &b, &a);
  subtract(&f, &g, &c), settle(&f);
  subtract(&h, &zero, &h), settle(&h);
  multiply(&point->x, &e, &f);
  multiply(&point->y, &g, &h);
  multiply(&point->z, &f, &g);
  multiply(&point->t, &e, &h);
}

INLINE void write_entry(Entry *entry, const Field *x, const Field *y) {
  Field t, space;
  add(&t, y, x);
  to_number(&entry->parts[SUM], &t);
  subtract(&t, y, x);
  to_number(&entry->parts[DIFFERENCE], &t);
  multiply(&t, x, y), multiply(&t, &t, field_of(&twice_d, &space));
  to_number(&entry->parts[PRODUCT], &t);
}

enum { CHUNK = 32 };

/// Replaces the points by affine ones, with one inversion.
INLINE void make_affine(Point points[CHUNK + 1]) {
  Field before[CHUNK + 1], product, inverse;
  from_number(&product, &(Number){{1}});
  for (size_t at = 0; at <= CHUNK; at++) {
    before[at] = product;
    multiply(&product, &product, &points[at].z);
  }
  invert(&product, &product);
  for (size_t at = CHUNK + 1; at-- > 0;) {
    multiply(&inverse, &product, &before[at]);
    multiply(&product, &product, &points[at].z);
    multiply(&points[at].x, &points[at].x, &inverse);
    multiply(&points[at].y, &points[at].y, &inverse);
  }
}

/// Writes the multiples 1 to `count` of (x, y), some at a time, and replaces the point by the
/// double of the last one: the next row's. `count` is 32 or a multiple of it.
INLINE void write_row(Entry *row, size_t count, Number *x, Number *y) {
  Point points[CHUNK + 1], point;
  from_number(&point.x, x), from_number(&point.y, y), from_number(&point.z, &(Number){{1}});
  multiply(&point.t, &point.x, &point.y);
  Entry first;
  write_entry(&first, &point.x, &point.y);
  for (size_t start = 0; start < count; start += CHUNK) {
    for (size_t at = 0; at < CHUNK; at++) {
      points[at] = point;
      add_entry(&point, &first, 0);
    }
    points[CHUNK] = points[CHUNK - 1];
    twice(&points[CHUNK]);
    make_affine(points);
    for (size_t at = 0; at < CHUNK; at++)
      write_entry(row + start + at, &points[at].x, &points[at].y);
  }
  to_number(x, &points[CHUNK].x), to_number(y, &points[CHUNK].y);
}
