// ECDSA on P-256 in eight lanes of AVX-512 IFMA, which multiplies 52 bits and adds either half of
// the product. Of a batch each signature has a lane of its own; the points of a single one are
// spread over all.
#include "jot_ecdsa.h"

#if defined(JOT_X86_KERNELS)
#include <immintrin.h>

#define IFMA __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2")))
#define INLINE static inline __attribute__((always_inline)) IFMA
#define OUTLINE static __attribute__((noinline, unused)) IFMA
#define UNROLL _Pragma("clang loop unroll(full)")

#include "p256.h"
#define IS_MONTGOMERY 1
enum { MOST_SUMS = 1, LEAST_PAIRS = 1 };
#include "ec_inverse.h"
#include "ec_field.h"
INLINE Field multiply(const Field *x, const Field *y) { return multiply_words(x, y, &prime, 1); }
INLINE Field square(const Field *x) { return multiply(x, x); }
#include "ec_points.h"

// Numbers have five limbs of 52 bits, and products are divided by 2^260 modulo p. p has 256 bits:
// with x < a p and y < b p, the product is below (a b / 16 + 1) p, and nothing is reduced as long
// as all numbers are below 16 p = 2^260. What a comment calls < 3 is below 3 p.
//
// Points are added in Jacobian coordinates: 11 products for each, but no inversion. A table's
// coordinates are multiplied by 2^256. Here x is multiplied by 2^258 and y by 2^257, in shifts that
// splitting into limbs needs anyway. Divided by 2^260, these are x / 4 and y / 8: the points of a
// curve on which the same formulas hold, so all other numbers have the factor 2^260.
//
// An addition of P and P or -P makes z zero, which it stays: then the signature is verified again,
// by complete additions.

typedef unsigned long long Lanes __attribute__((vector_size(64)));
typedef long long SignedLanes __attribute__((vector_size(64)));
typedef unsigned long long Row __attribute__((vector_size(32)));

enum { WIDTH = 52, PIECES = 5, LANES = 8 };
static const Limb piece_mask = ((Limb)1 << WIDTH) - 1;

/// Eight numbers.
typedef struct {
  Lanes limbs[PIECES];
} Numbers;

/// Eight points in Jacobian coordinates.
typedef struct {
  Numbers x, y, z;
} Sums;

/// A digit for each lane: its point in a table, its sign, and whether there is one.
typedef struct {
  const Point *points[LANES];
  unsigned char negative, active;
} Digits;

// MARK: - Numbers

INLINE Lanes lanes_of(Limb value) {
  return (Lanes){value, value, value, value, value, value, value, value};
}

/// All ones in each lane whose bit is set.
INLINE Lanes mask_of(unsigned bits) {
  const Lanes places = {1, 2, 4, 8, 16, 32, 64, 128};
  return (Lanes)((lanes_of(bits) & places) != 0);
}

INLINE Lanes chosen_lanes(Lanes mask, Lanes x, Lanes y) { return (x & mask) | (y & ~mask); }

INLINE Lanes add_low(Lanes sum, Lanes x, Lanes y) {
  return (Lanes)_mm512_madd52lo_epu64((__m512i)sum, (__m512i)x, (__m512i)y);
}

INLINE Lanes add_high(Lanes sum, Lanes x, Lanes y) {
  return (Lanes)_mm512_madd52hi_epu64((__m512i)sum, (__m512i)x, (__m512i)y);
}

/// A limb of `times` p, which is written so that no limb is negative.
INLINE Limb limb_of_primes(size_t at, Limb times) {
  const Limb limbs[PIECES] = {
      piece_mask, ((Limb)1 << 44) - 1, 0, (Limb)1 << 36, ((Limb)1 << 48) - ((Limb)1 << 16)};
  return limbs[at] * times;
}

/// Carries limbs that may be negative; the number is not.
INLINE Numbers carried(Numbers x) {
  for (size_t at = 0; at + 1 < PIECES; at++) {
    x.limbs[at + 1] += (Lanes)((SignedLanes)x.limbs[at] >> WIDTH);
    x.limbs[at] &= lanes_of(piece_mask);
  }
  return x;
}

/// Carries, and subtracts q p = q 2^256 - q 2^224 + q 2^192 + q 2^96 - q. The number is from 0 to
/// 16, and its limbs may be negative, so that q may be one too small: the result is below 2.1.
INLINE Numbers settled(Numbers x) {
  Lanes top = x.limbs[4], q = (Lanes)(((SignedLanes)top >> 48) - 1);
  x.limbs[0] += q;
  x.limbs[1] -= q << 44;
  x.limbs[3] -= q << 36;
  x.limbs[4] = top - (q << 48) + (q << 16);
  return carried(x);
}

/// x - y + `times` p, which is positive; its limbs may be negative.
INLINE Numbers difference(const Numbers *x, const Numbers *y, Limb times) {
  Numbers result;
  for (size_t at = 0; at < PIECES; at++)
    result.limbs[at] = x->limbs[at] - y->limbs[at] + lanes_of(limb_of_primes(at, times));
  return result;
}

/// x y / 2^260 modulo p. A step of the reduction adds m p, where m is the lowest limb since
/// -1/p = 1 modulo 2^52: that removes the limb, and adds m (p + 1).
PRODUCT Numbers product(const Numbers *x, const Numbers *y) {
  Lanes sums[2 * PIECES] = {{0}};
  const Lanes second = lanes_of((Limb)1 << 44), fourth = lanes_of((Limb)1 << 36);
  const Lanes fifth = lanes_of(((Limb)1 << 48) - ((Limb)1 << 16));
  UNROLL for (size_t row = 0; row < PIECES; row++) {
    UNROLL for (size_t at = 0; at < PIECES; at++)
      sums[row + at] = add_low(sums[row + at], x->limbs[row], y->limbs[at]);
    UNROLL for (size_t at = 0; at < PIECES; at++)
      sums[row + at + 1] = add_high(sums[row + at + 1], x->limbs[row], y->limbs[at]);
    Lanes m = sums[row] & lanes_of(piece_mask);
    sums[row + 1] += sums[row] >> WIDTH;
    sums[row + 1] = add_low(sums[row + 1], m, second);
    sums[row + 2] = add_high(sums[row + 2], m, second);
    sums[row + 3] = add_low(sums[row + 3], m, fourth);
    sums[row + 4] = add_high(sums[row + 4], m, fourth);
    sums[row + 4] = add_low(sums[row + 4], m, fifth);
    sums[row + 5] = add_high(sums[row + 5], m, fifth);
  }
  Numbers result;
  for (size_t at = 0; at < PIECES; at++) result.limbs[at] = sums[PIECES + at];
  return carried(result);
}

// MARK: - Words

/// Limbs of eight numbers below 2^256, times 2^shift; shift is 0 to 2.
INLINE Numbers split(const Lanes words[LIMBS], int shift) {
  const Lanes mask = lanes_of(piece_mask);
  return (Numbers){{
      words[0] << shift & mask,
      (words[0] >> (52 - shift) | words[1] << (12 + shift)) & mask,
      (words[1] >> (40 - shift) | words[2] << (24 + shift)) & mask,
      (words[2] >> (28 - shift) | words[3] << (36 + shift)) & mask,
      words[3] >> (16 - shift),
  }};
}

/// Reads four words at each of eight places, `offset` words behind the point's front.
INLINE void gather(Lanes words[LIMBS], const Point *const *points, size_t offset) {
  Row rows[LANES];
  for (size_t lane = 0; lane < LANES; lane++)
    __builtin_memcpy(rows + lane, (const Limb *)points[lane] + offset, sizeof *rows);
  Lanes pairs[4];
  for (size_t at = 0; at < 4; at++)
    pairs[at] = __builtin_shufflevector(rows[at], rows[at + 4], 0, 1, 2, 3, 4, 5, 6, 7);
  Lanes even = __builtin_shufflevector(pairs[0], pairs[1], 0, 8, 2, 10, 4, 12, 6, 14);
  Lanes odd = __builtin_shufflevector(pairs[0], pairs[1], 1, 9, 3, 11, 5, 13, 7, 15);
  Lanes other_even = __builtin_shufflevector(pairs[2], pairs[3], 0, 8, 2, 10, 4, 12, 6, 14);
  Lanes other_odd = __builtin_shufflevector(pairs[2], pairs[3], 1, 9, 3, 11, 5, 13, 7, 15);
  words[0] = __builtin_shufflevector(even, other_even, 0, 1, 8, 9, 4, 5, 12, 13);
  words[1] = __builtin_shufflevector(odd, other_odd, 0, 1, 8, 9, 4, 5, 12, 13);
  words[2] = __builtin_shufflevector(even, other_even, 2, 3, 10, 11, 6, 7, 14, 15);
  words[3] = __builtin_shufflevector(odd, other_odd, 2, 3, 10, 11, 6, 7, 14, 15);
}

/// x < 4.
INLINE Numbers gather_x(const Digits *digits) {
  Lanes words[LIMBS];
  gather(words, digits->points, 0);
  return split(words, 2);
}

/// y, -2 < y < 2, with limbs that may be negative.
INLINE Numbers gather_y(const Digits *digits) {
  Lanes words[LIMBS], negative = mask_of(digits->negative);
  gather(words, digits->points, LIMBS);
  Numbers y = split(words, 1);
  for (size_t at = 0; at < PIECES; at++) y.limbs[at] = (y.limbs[at] ^ negative) - negative;
  return y;
}

/// The words of x / 2^260, below p, in each lane.
INLINE void join(Words results[LANES], const Numbers *x) {
  const Numbers one = {{lanes_of(1)}};
  Numbers reduced = product(x, &one);
  Limb limbs[PIECES][LANES];
  __builtin_memcpy(limbs, reduced.limbs, sizeof limbs);
  for (size_t lane = 0; lane < LANES; lane++) {
    Limb a = limbs[0][lane], b = limbs[1][lane], c = limbs[2][lane], d = limbs[3][lane];
    Limb e = limbs[4][lane];
    Words words = {{a | b << 52, b >> 12 | c << 40, c >> 24 | d << 28, d >> 36 | e << 16}};
    results[lane] = reduce_once(&words, 0, &prime);
  }
}

// MARK: - Additions

/// slope^2 - cube - 2 middle, and slope (middle - x) - y cube. slope < 4.4, cube < 1.7,
/// middle < 1.5, y < 2.1: all that is computed here is below 7.5.
INLINE void finish_sums(
    Sums *sums, const Numbers *slope, const Numbers *cube, const Numbers *middle,
    const Numbers *y) {
  Numbers x = product(slope, slope);
  x = difference(&x, cube, 5);
  for (size_t at = 0; at < PIECES; at++) x.limbs[at] -= 2 * middle->limbs[at];
  sums->x = settled(x);
  Numbers rest = difference(middle, &sums->x, 3), last = product(y, cube);
  rest = carried(rest);
  rest = product(&rest, slope);
  rest = difference(&rest, &last, 2);
  sums->y = settled(rest);
}

/// Adds a table's point to each lane that has a digit.
OUTLINE void add_points(Sums *sums, const Digits *digits) {
  Numbers x = gather_x(digits), y = gather_y(digits);
  for (size_t at = 0; at < PIECES; at++) y.limbs[at] += lanes_of(limb_of_primes(at, 2));
  y = carried(y);
  // x and y < 4, z < 2.
  Numbers square = product(&sums->z, &sums->z), cube = product(&square, &sums->z);
  x = product(&x, &square);
  y = product(&y, &cube);
  Numbers across = difference(&x, &sums->x, 3), slope = difference(&y, &sums->y, 3);
  across = carried(across), slope = carried(slope);
  square = product(&across, &across);
  cube = product(&square, &across);
  Numbers middle = product(&sums->x, &square);
  Sums next = {.z = product(&sums->z, &across)};
  finish_sums(&next, &slope, &cube, &middle, &sums->y);
  Lanes active = mask_of(digits->active);
  for (size_t at = 0; at < PIECES; at++) {
    sums->x.limbs[at] = chosen_lanes(active, next.x.limbs[at], sums->x.limbs[at]);
    sums->y.limbs[at] = chosen_lanes(active, next.y.limbs[at], sums->y.limbs[at]);
    sums->z.limbs[at] = chosen_lanes(active, next.z.limbs[at], sums->z.limbs[at]);
  }
}

INLINE Numbers turned(const Numbers *x, int lanes) {
  Numbers result;
  for (size_t at = 0; at < PIECES; at++) {
    Lanes limb = x->limbs[at];
    result.limbs[at] = lanes == 4 ? __builtin_shufflevector(limb, limb, 4, 5, 6, 7, 0, 1, 2, 3)
        : lanes == 2              ? __builtin_shufflevector(limb, limb, 2, 3, 4, 5, 6, 7, 0, 1)
                                  : __builtin_shufflevector(limb, limb, 1, 2, 3, 4, 5, 6, 7, 0);
  }
  return result;
}

/// Adds to each lane the one so many lanes behind.
INLINE void add_lanes(Sums *sums, int lanes) {
  Sums other = {turned(&sums->x, lanes), turned(&sums->y, lanes), turned(&sums->z, lanes)};
  Numbers square = product(&sums->z, &sums->z), other_square = product(&other.z, &other.z);
  Numbers cube = product(&square, &sums->z), other_cube = product(&other_square, &other.z);
  Numbers left = product(&sums->x, &other_square), right = product(&other.x, &square);
  Numbers low = product(&sums->y, &other_cube), high = product(&other.y, &cube);
  Numbers across = difference(&right, &left, 2), slope = difference(&high, &low, 2);
  across = carried(across), slope = carried(slope);
  square = product(&across, &across);
  cube = product(&square, &across);
  Numbers middle = product(&left, &square), z = product(&sums->z, &other.z);
  sums->z = product(&z, &across);
  finish_sums(sums, &slope, &cube, &middle, &low);
}

/// Chooses the point of a token's digit for a lane, if it has so many.
INLINE void choose(
    Digits *digits, size_t lane, const Token *token, const Point *shared, size_t index) {
  digits->points[lane] = shared;
  if (index >= token->digit_count) return;
  unsigned digit = token->u.digits[index];
  digits->points[lane] = point_of(token, shared, digit);
  prefetch(digits->points[lane]);
  digits->active |= (unsigned char)(1u << lane);
  digits->negative |= (unsigned char)(digit >> 15 << lane);
}

/// 2^260 modulo p.
static const Words one_factor = {{
    0x0000000000000010, 0xfffffff000000000, 0xffffffffffffffff, 0x0000000fffffffef,
}};

/// Sets each lane to its first point; all are active.
INLINE void start(Sums *sums, const Digits *digits) {
  Lanes one[LIMBS];
  for (size_t at = 0; at < LIMBS; at++) one[at] = lanes_of(one_factor.limbs[at]);
  *sums = (Sums){gather_x(digits), gather_y(digits), split(one, 0)};
  for (size_t at = 0; at < PIECES; at++) {
    sums->x.limbs[at] += lanes_of(limb_of_primes(at, 1));
    sums->y.limbs[at] += lanes_of(limb_of_primes(at, 3));
  }
  sums->x = settled(sums->x), sums->y = settled(sums->y);
}

// MARK: - Signatures

/// Whether the sum has the coordinate r: x / 4 = X / Z^2, as r Z^2 = 4 X.
INLINE int has_coordinate(
    const Token *token, const Point *shared, const Words *x, const Words *z_square) {
  if (are_zero(z_square)) return is_valid(token, shared, 1);
  // All products are divided by the same.
  const Words four = {{4}};
  Words right = multiply(x, &four), left = multiply(&token->r, z_square), r;
  if (are_equal(&left, &right)) return 1;
  if (!add_order(&r, &token->r)) return 0;
  left = multiply(&r, z_square);
  return are_equal(&left, &right);
}

/// Writes X and Z^2 of each lane, below p.
INLINE void read_sums(Words x[LANES], Words z_square[LANES], const Sums *sums) {
  Numbers square = product(&sums->z, &sums->z);
  join(x, &sums->x), join(z_square, &square);
}

/// Verifies one signature: spreads its points over the lanes, and adds the lanes.
OUTLINE void verify_spread(const Point *shared, const Token *token) {
  enum { STEPS = (MOST_DIGITS + LANES - 1) / LANES };
  Digits steps[STEPS];
  Sums sums;
  Words x[LANES], z_square[LANES];
  if (token->digit_count < LANES) {
    token->job->is_valid = is_valid(token, shared, 1);
    return;
  }
  for (size_t at = 0; at < STEPS; at++) {
    steps[at].active = steps[at].negative = 0;
    for (size_t lane = 0; lane < LANES; lane++)
      choose(steps + at, lane, token, shared, LANES * at + lane);
  }
  start(&sums, steps);
  for (size_t at = 1; at < STEPS; at++) add_points(&sums, steps + at);
  add_lanes(&sums, 4);
  add_lanes(&sums, 2);
  add_lanes(&sums, 1);
  read_sums(x, z_square, &sums);
  token->job->is_valid = has_coordinate(token, shared, x, z_square);
}

/// Verifies up to LANES signatures, each in its lane. Every one has a digit: v is not 0.
OUTLINE void verify_lanes(const Point *shared, const Token *tokens, size_t count) {
  // Points are chosen, and prefetched, some steps before they are added.
  enum { AHEAD = 4 };
  Digits steps[AHEAD];
  Sums sums;
  Words x[LANES], z_square[LANES];
  for (size_t at = 0; at < MOST_DIGITS + AHEAD; at++) {
    Digits *digits = steps + at % AHEAD;
    if (at == AHEAD) start(&sums, digits);
    if (at > AHEAD && digits->active != 0) add_points(&sums, digits);
    digits->active = digits->negative = 0;
    // A lane without a signature repeats the first.
    for (size_t lane = 0; lane < LANES; lane++)
      choose(digits, lane, tokens + (lane < count ? lane : 0), shared, at);
  }
  read_sums(x, z_square, &sums);
  for (size_t lane = 0; lane < count; lane++)
    tokens[lane].job->is_valid = has_coordinate(tokens + lane, shared, x + lane, z_square + lane);
}

void jot_p256_verify_ifma(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  const Point *points = (const Point *)shared;
  Token tokens[MOST_JOBS];
  size_t valid = read_tokens(tokens, jobs, count), at = 0;
  // Up to four take less time one by one than side by side.
  for (; valid - at > 4; at += valid - at < LANES ? valid - at : LANES)
    verify_lanes(points, tokens + at, valid - at < LANES ? valid - at : LANES);
  for (; at < valid; at++) verify_spread(points, tokens + at);
}
#endif
