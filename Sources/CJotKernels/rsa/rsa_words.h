// Converts numbers between their three forms for the RSA kernels: big-endian bytes; words of 64
// bits, and limbs of fewer, both little-endian. For public numbers only: the time depends on them.
#pragma once
#include <stddef.h>

typedef unsigned long long Scalar;

static inline Scalar swapped(Scalar word) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return __builtin_bswap64(word);
#else
  return word;
#endif
}

static inline void read_words(Scalar *words, const unsigned char *bytes, size_t count) {
  for (size_t at = 0; at < count; at++) {
    __builtin_memcpy(words + at, bytes + 8 * (count - 1 - at), 8);
    words[at] = swapped(words[at]);
  }
}

static inline void write_words(unsigned char *bytes, const Scalar *words, size_t count) {
  for (size_t at = 0; at < count; at++) {
    Scalar word = swapped(words[at]);
    __builtin_memcpy(bytes + 8 * (count - 1 - at), &word, 8);
  }
}

static inline int is_below(const Scalar *x, const Scalar *n, size_t count) {
  size_t at = count - 1;
  while (at > 0 && x[at] == n[at]) at--;
  return x[at] < n[at];
}

/// Subtracts n from x[0..<count] and returns the borrow.
static inline Scalar subtract_words(Scalar *x, const Scalar *n, size_t count) {
  Scalar borrow = 0;
  for (size_t at = 0; at < count; at++) x[at] = __builtin_subcll(x[at], n[at], borrow, &borrow);
  return borrow;
}

/// The `width` bits, below 64, from `bit` on; the word behind their last must be readable.
static inline Scalar limb_at(const Scalar *words, size_t bit, size_t width) {
  size_t word = bit / 64, shift = bit % 64;
  Scalar low = words[word] >> shift, high = words[word + 1] << 1 << (63 - shift);
  return (low | high) & (((Scalar)1 << width) - 1);
}

/// Writes words[0..<count] as interleaved limbs (see jot_rsa.h), then zeros; words[count] is 0.
static inline void spread(
    Scalar *limbs, const Scalar *words, size_t count, size_t width, size_t vectors, size_t lanes) {
  __builtin_memset(limbs, 0, sizeof *limbs * vectors * lanes);
  for (size_t bit = 0, vector = 0, lane = 0; bit < 64 * count; bit += width) {
    limbs[lanes * vector + lane] = limb_at(words, bit, width);
    if (++vector == vectors) vector = 0, lane++;
  }
}

/// As above, in four lanes with three vectors in front: the last ones, moved up a lane.
static inline void spread_wrapped(
    Scalar *limbs, const Scalar *words, size_t count, size_t width, size_t vectors) {
  spread(limbs + 12, words, count, width, vectors, 4);
  for (size_t at = 0; at < 12; at++) limbs[at] = at % 4 == 0 ? 0 : limbs[4 * vectors + at - 1];
}

/// The inverse, to words[0...count]; a limb may be wider than `width`.
static inline void gather(
    Scalar *words, const Scalar *limbs, size_t count, size_t width, size_t vectors, size_t lanes) {
  size_t at = 0, bits = 0;
  unsigned __int128 rest = 0;
  for (size_t vector = 0, lane = 0; lane < lanes && at <= count;) {
    Scalar limb = limbs[lanes * vector + lane];
    rest += (unsigned __int128)(limb >> 1 >> (63 - bits)) << 64 | limb << bits;
    bits += width;
    if (bits >= 64) {
      words[at++] = (Scalar)rest;
      rest >>= 64;
      bits -= 64;
    }
    if (++vector == vectors) vector = 0, lane++;
  }
  for (; at <= count; rest >>= 64) words[at++] = (Scalar)rest;
}

/// Subtracts n from x[0...count] until x is below n.
static inline void reduce_words(Scalar *x, const Scalar *n, size_t count) {
  while (x[count] != 0 || !is_below(x, n, count)) x[count] -= subtract_words(x, n, count);
}
