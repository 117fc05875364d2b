// The tables of Ed25519: multiples of a key's point and of the base point, for each digit of the
// scalars, so that a verification only adds.
//
// A digit d of row i stands for d 2^(width i). A row holds the multiples 1 to 2^width / 2 of its
// power; the digits' signs are applied when an entry is added.
#pragma once
#include "ed25519_numbers.h"
#include "jot_ed25519.h"

/// An affine point as additions need it: y + x, y - x and 2 d x y, all below p. That of -(x, y) has
/// the first two exchanged and the third negated.
typedef struct {
  Number parts[3];
} Entry;

enum { SUM, DIFFERENCE, PRODUCT };

enum {
  KEY_WIDTH = 6, KEY_ROWS = 43, KEY_ENTRIES = 32,
  BASE_WIDTH = 8, BASE_ROWS = 32, BASE_ENTRIES = 128,
  DIGITS = KEY_ROWS + BASE_ROWS,
};

typedef struct {
  Entry rows[BASE_ROWS][BASE_ENTRIES];
} BaseTable;

/// A prepared key: the multiples of -A.
typedef struct {
  const BaseTable *base;
  /// The bytes that it was prepared from, at 32; the rows begin at 128.
  unsigned char unused[24], point[32], unused_too[64];
  Entry rows[KEY_ROWS][KEY_ENTRIES];
} Key;

_Static_assert(sizeof(Key) == JOT_ED25519_KEY_SIZE, "as Swift allocates it");
_Static_assert(offsetof(Key, point) == 32, "as jot_ed25519_point reads it");

/// The neutral element, for digits of zero: it is added like all others, as the formulas allow.
static const Entry neutral = {{{{1}}, {{1}}, {{0}}}};

/// 2 d, where d = -121665 / 121666.
static const Number twice_d = {
    {0xebd69b9426b2f159, 0x00e0149a8283b156, 0x198e80f2eef3d130, 0x2406d9dc56dffce7}};

/// Writes a row's entries, the multiples 1 to `count` of (x, y), and replaces the point by the next
/// row's.
JOT_KERNEL void jot_ed25519_write_row_adx(Entry *row, size_t count, Number *x, Number *y);

static inline const Entry *entry_at(const Key *key, size_t step, int digit) {
  size_t magnitude = (size_t)(digit < 0 ? -digit : digit);
  const Entry *row = step < KEY_ROWS ? key->rows[step] : key->base->rows[step - KEY_ROWS];
  return magnitude == 0 ? &neutral : row + magnitude - 1;
}

/// Prefetches the entry of a step to come, if there is one.
static inline void prefetch(const Key *key, size_t step, const signed char digits[DIGITS]) {
  if (step >= DIGITS) return;
  const Entry *entry = entry_at(key, step, digits[step]);
  __builtin_prefetch(entry), __builtin_prefetch((const char *)entry + sizeof *entry - 1);
}

/// Writes the digits of h and s. Returns 0 if s is not below the
/// order of the base point. h is reduced modulo that order and never negated: A may have a part of
/// small order, in which h and h - L differ.
static inline int choose_entries(signed char digits[DIGITS], const jot_ed25519_job *job) {
  Number s, h;
  read_number(s.words, job->signature + 32, 4);
  if (!is_below(s.words, order, 4)) return 0;
  reduce_hash(&h, job->hash);
  write_digits(digits, KEY_ROWS, KEY_WIDTH, &h);
  write_digits(digits + KEY_ROWS, BASE_ROWS, BASE_WIDTH, &s);
  return 1;
}

/// Returns whether x and y, below p, encode as the signature's first half.
static inline int is_encoded(const Number *x, const Number *y, const unsigned char *signature) {
  Number r;
  read_number(r.words, signature, 4);
  r.words[3] ^= x->words[0] << 63;
  return ((r.words[0] ^ y->words[0]) | (r.words[1] ^ y->words[1]) | (r.words[2] ^ y->words[2])
          | (r.words[3] ^ y->words[3])) == 0;
}
