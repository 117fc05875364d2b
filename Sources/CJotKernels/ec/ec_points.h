// Verifies ECDSA signatures (FIPS 186-5, 6.4.2) of keys whose multiples are tabulated, for any
// curve and any field that the file of a curve and a kernel provides. For public numbers only: time
// and addresses depend on them.
//
//   w = 1/s mod n       of all signatures together: one inversion, by prefix products
//   u = z w, v = r w    each replaced by its opposite if that is smaller
//   u G + v Q           a sum of table entries, one for each digit that is not zero
//   x mod n = r         x is the sum's
//
// A table has for each window i of a scalar's digits the points 1, 2 ... 2^(width - 1) times
// 2^(width i) Q. Digits are signed, so no point is doubled. Since u <= n / 2, the last digit has no
// carry.
//
// Each signature's points are spread over several sums, to which points are added in affine form.
// All additions of a round, of all signatures, share one inversion: 5 products and 1 square each,
// compared with 8 and 3 for Jacobian coordinates. Then the sums of a signature are added in pairs,
// as long as a round has enough pairs to pay for its inversion. The rest is added in Jacobian
// coordinates, whose sum needs no inversion: x = X / Z^2 is compared as X = r Z^2.
//
// An affine addition of P and P or -P has the denominator 0, and would spoil a round's product.
// Such a denominator is replaced, and the signature is verified again alone, by complete additions.
// This takes a key with a known small logarithm; the other signatures of the batch are not
// affected.
//
// x mod n = r has two solutions if r + n is below the prime.

enum {
  SHARED_HALF = 1 << (SHARED_WIDTH - 1), OWN_HALF = 1 << (OWN_WIDTH - 1),
  SHARED_POINTS = SHARED_WINDOWS * SHARED_HALF, OWN_POINTS = OWN_WINDOWS * OWN_HALF,
  MOST_DIGITS = SHARED_WINDOWS + OWN_WINDOWS,
  MOST_JOBS = 32,
  /// Pairs of a round while a table is made.
  MOST_ENTRIES = 128,
  /// A digit: the place of its point in a table, which table, and its sign.
  IN_OWN = 1 << 14, IS_NEGATIVE = 1 << 15,
};
_Static_assert(SHARED_POINTS <= IN_OWN && OWN_POINTS <= IN_OWN, "places have 14 bits");
_Static_assert(OWN_WIDTH * OWN_WINDOWS >= BITS, "the last digit has no carry");
_Static_assert(SHARED_WIDTH * SHARED_WINDOWS >= BITS, "the last digit has no carry");

typedef struct {
  Field x, y;
} Point;
_Static_assert(OWN_POINTS * sizeof(Point) == TABLE_WORDS * sizeof(Limb), "the table's size");
_Static_assert(SHARED_POINTS * sizeof(Point) == SHARED_WORDS * sizeof(Limb), "the table's size");

/// Jacobian coordinates: x / z^2, y / z^3.
typedef struct {
  Field x, y, z;
  int is_infinity;
} Sum;

/// An addition: left + other, or left - other.
typedef struct {
  Point *left;
  const Point *other;
  unsigned char is_negative, token;
} Pair;

/// A signature whose r and s are in their range.
typedef struct {
  jot_ecdsa_job *job;
  Words r;
  union {
    struct {
      Words s, z, before;
    } scalars;
    unsigned short digits[MOST_DIGITS];
  } u;
  unsigned short digit_count, sum_count;
  Point *sums;
} Token;

/// Where points are added: room for `most` additions in a round.
typedef struct {
  Token *tokens;
  Point *sums;
  Field *products;
  Pair *pairs;
  size_t most;
} Workspace;

// MARK: - Affine additions

static const Field any_element = {{1}};

INLINE Field denominator_of(const Pair *pair, unsigned char *exceptions) {
  Field difference = subtract(&pair->other->x, &pair->left->x);
  if (__builtin_expect(is_zero(&difference), 0)) {
    exceptions[pair->token] = 1;
    return any_element;
  }
  return difference;
}

INLINE void prefetch(const Point *point) {
  for (size_t at = 0; at < sizeof *point; at += 64) __builtin_prefetch((const char *)point + at);
}

/// Adds each pair to its left point; flags in `exceptions` the tokens of those that have no affine
/// sum. The products of even and of odd denominators are separate, so that neither waits for
/// itself.
OUTLINE void add_pairs(
    const Pair *pairs, size_t count, Field *products, unsigned char *exceptions) {
  Field running[2] = {any_element, any_element};
  for (size_t at = 0; at < count; at++) {
    prefetch(pairs[at + 8 < count ? at + 8 : at].other);
    Field denominator = denominator_of(pairs + at, exceptions);
    products[at] = running[at % 2];
    running[at % 2] = multiply(&running[at % 2], &denominator);
  }
  Field all = multiply(&running[0], &running[1]);
  all = invert(&all);
  Field inverses[2] = {multiply(&all, &running[1]), multiply(&all, &running[0])};
  for (size_t at = count; at-- > 0;) {
    Point *left = pairs[at].left;
    const Point *other = pairs[at].other;
    Field denominator = denominator_of(pairs + at, exceptions);
    Field inverse = multiply(&inverses[at % 2], &products[at]);
    inverses[at % 2] = multiply(&inverses[at % 2], &denominator);
    Field y = negated_if(pairs[at].is_negative, &other->y);
    y = subtract(&y, &left->y);
    Field slope = multiply(&y, &inverse), x = square(&slope);
    x = subtract(&x, &left->x);
    x = subtract(&x, &other->x);
    Field rest = subtract(&left->x, &x);
    rest = multiply(&rest, &slope);
    left->y = subtract(&rest, &left->y);
    left->x = x;
  }
}

// MARK: - Jacobian additions

INLINE Field twice(const Field *x) { return add(x, x); }

/// 3 (x - z^2) (x + z^2) = 3 x^2 - 3 z^4, or 3 x^2.
INLINE Field tangent(const Field *x, const Field *z_square) {
#if A_IS_ZERO
  (void)z_square;
  Field result = square(x);
#else
  Field less = subtract(x, z_square), more = add(x, z_square), result = multiply(&less, &more);
#endif
  Field two = twice(&result);
  return add(&two, &result);
}

/// Doubles a sum that is not infinity: no point has order 2.
OUTLINE void double_sum(Sum *sum) {
  Field z_square = square(&sum->z), slope = tangent(&sum->x, &z_square);
  Field y_square = square(&sum->y), two = twice(&y_square), four = twice(&two);
  Field middle = multiply(&sum->x, &four), two_y = twice(&sum->y);
  sum->z = multiply(&sum->z, &two_y);
  Field x = square(&slope);
  x = subtract(&x, &middle);
  sum->x = subtract(&x, &middle);
  Field rest = subtract(&middle, &sum->x), four_y4 = square(&two);
  rest = multiply(&rest, &slope);
  rest = subtract(&rest, &four_y4);
  sum->y = subtract(&rest, &four_y4);
}

INLINE Field field_one(void) {
  const Words one = {{1}};
  return field_of(&one);
}

/// Adds a point, or subtracts it, in all cases.
OUTLINE void add_point(Sum *sum, const Point *point, Limb is_negative) {
  Field y = negated_if(is_negative, &point->y);
  if (sum->is_infinity) {
    *sum = (Sum){point->x, y, field_one(), 0};
    return;
  }
  Field z_square = square(&sum->z), z_cube = multiply(&z_square, &sum->z);
  Field x = multiply(&point->x, &z_square);
  y = multiply(&y, &z_cube);
  Field across = subtract(&x, &sum->x), up = subtract(&y, &sum->y);
  if (__builtin_expect(is_zero(&across), 0)) {
    if (is_zero(&up)) double_sum(sum);
    else sum->is_infinity = 1;
    return;
  }
  Field across_square = square(&across), across_cube = multiply(&across_square, &across);
  Field middle = multiply(&sum->x, &across_square), y_part = multiply(&sum->y, &across_cube);
  sum->z = multiply(&sum->z, &across);
  x = square(&up);
  x = subtract(&x, &across_cube);
  x = subtract(&x, &middle);
  sum->x = subtract(&x, &middle);
  Field rest = subtract(&middle, &sum->x);
  rest = multiply(&rest, &up);
  sum->y = subtract(&rest, &y_part);
}

// MARK: - Tables

/// Doubles the point before `target` of each window into `target`: `m` is the multiple there.
OUTLINE void double_entries(Point *points, size_t windows, size_t half, size_t m, Field *products) {
  for (size_t first = 0; first < windows; first += MOST_ENTRIES) {
    size_t end = windows - first < MOST_ENTRIES ? windows : first + MOST_ENTRIES;
    Field running = any_element;
    for (size_t at = first; at < end; at++) {
      const Point *point = points + half * at + m - 1;
      Field denominator = twice(&point->y);
      products[at - first] = running;
      running = multiply(&running, &denominator);
    }
    running = invert(&running);
    const Field one = field_one();
    for (size_t at = end; at-- > first;) {
      const Point *point = points + half * at + m - 1;
      Point *target = points + half * at + 2 * m - 1;
      Field denominator = twice(&point->y), inverse = multiply(&running, &products[at - first]);
      running = multiply(&running, &denominator);
      Field slope = tangent(&point->x, &one);
      slope = multiply(&slope, &inverse);
      Field x = square(&slope);
      x = subtract(&x, &point->x);
      target->x = subtract(&x, &point->x);
      Field rest = subtract(&point->x, &target->x);
      rest = multiply(&rest, &slope);
      target->y = subtract(&rest, &point->y);
    }
  }
}

/// Makes the table of a point on the curve; each window has `half` points.
OUTLINE void make_table(Point *points, const Point *base, size_t width, size_t windows) {
  size_t half = (size_t)1 << (width - 1);
  Field products[MOST_ENTRIES];
  Pair pairs[MOST_ENTRIES];
  unsigned char no_exceptions[1];
  // The first points, in Jacobian coordinates: z, and the product of all z before, are kept in the
  // second points.
  Sum sum = {base->x, base->y, field_one(), 0};
  Field running = field_one();
  for (size_t at = 0; at < windows; at++) {
    Point *entry = points + half * at;
    entry[0] = (Point){sum.x, sum.y};
    entry[1] = (Point){sum.z, running};
    running = multiply(&running, &sum.z);
    for (size_t bit = 0; bit < width && at + 1 < windows; bit++) double_sum(&sum);
  }
  running = invert(&running);
  for (size_t at = windows; at-- > 0;) {
    Point *entry = points + half * at;
    Field inverse = multiply(&running, &entry[1].y), power = square(&inverse);
    running = multiply(&running, &entry[1].x);
    entry[0].x = multiply(&entry[0].x, &power);
    power = multiply(&power, &inverse);
    entry[0].y = multiply(&entry[0].y, &power);
  }
  // From the multiples 1 to m those from m + 1 to 2 m.
  for (size_t m = 1; m < half; m *= 2) {
    double_entries(points, windows, half, m, products);
    size_t count = 0;
    for (size_t at = 0; at < windows; at++) {
      Point *entry = points + half * at;
      for (size_t multiple = 1; multiple < m; multiple++) {
        entry[m + multiple - 1] = entry[m - 1];
        pairs[count++] = (Pair){entry + m + multiple - 1, entry + multiple - 1, 0, 0};
        if (count == MOST_ENTRIES) {
          add_pairs(pairs, count, products, no_exceptions);
          count = 0;
        }
      }
    }
    if (count > 0) add_pairs(pairs, count, products, no_exceptions);
  }
}

/// Makes a key's table from big-endian coordinates, or without them the generator's. Returns 0 if
/// they are not those of a point.
OUTLINE int prepare(unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  if (x == NULL) {
    Point generator = {field_of(&generator_x), field_of(&generator_y)};
    make_table((Point *)table, &generator, SHARED_WIDTH, SHARED_WINDOWS);
    return 1;
  }
  Words x_words = read_words(x, BYTES), y_words = read_words(y, BYTES);
  if (!is_below(&x_words, &prime) || !is_below(&y_words, &prime)) return 0;
  Point base = {field_of(&x_words), field_of(&y_words)};
  Field right = square(&base.x), b = field_of(&curve_b), left = square(&base.y);
#if !A_IS_ZERO
  const Words three_words = {{3}};
  Field three = field_of(&three_words);
  right = subtract(&right, &three);
#endif
  right = multiply(&right, &base.x);
  right = add(&right, &b);
  right = subtract(&right, &left);
  if (!is_zero(&right)) return 0;
  make_table((Point *)table, &base, OWN_WIDTH, OWN_WINDOWS);
  return 1;
}

// MARK: - Scalars

INLINE Words multiply_scalars(const Words *x, const Words *y) {
  return multiply_words(x, y, &order, order_inverse);
}

/// The digest's leftmost bits as a number modulo n. A digest has at most 64 bytes, fewer than
/// P-521's scalars; all other orders have whole bytes.
INLINE Words scalar_of_digest(const unsigned char *digest, size_t count) {
  Words z = read_words(digest, count < BYTES ? count : BYTES);
  return reduce_once(&z, 0, &order);
}

/// Appends the digits of a scalar, or of its opposite.
INLINE void add_digits(
    Token *token, const Words *scalar, unsigned flags, size_t width, size_t windows) {
  Limb half = (Limb)1 << (width - 1), carry = 0;
  size_t count = token->digit_count;
  for (size_t at = 0; at < windows; at++) {
    size_t word = at * width / 64, shift = at * width % 64;
    Limb bits = scalar->limbs[word] >> shift;
    if (shift + width > 64 && word + 1 < LIMBS) bits |= scalar->limbs[word + 1] << (64 - shift);
    bits = (bits & (2 * half - 1)) + carry;
    carry = bits > half;
    Limb size = (bits ^ (0 - carry)) + carry + (carry << width);
    if (size == 0) continue;
    token->u.digits[count++] =
        (unsigned short)((flags ^ (unsigned)carry << 15) | (unsigned)(half * at + size - 1));
  }
  token->digit_count = (unsigned short)count;
}

INLINE unsigned fold(Words *scalar) {
  Words opposite;
  subtract_words(&opposite, &order, scalar);
  if (!is_below(&opposite, scalar)) return 0;
  *scalar = opposite;
  return IS_NEGATIVE;
}

/// Reads the signatures and returns how many have r and s in their range: the others are invalid.
OUTLINE size_t read_tokens(Token *tokens, jot_ecdsa_job *jobs, size_t count) {
  size_t live = 0;
  Words product = {{0}};
  for (size_t at = 0; at < count; at++) {
    Token *token = tokens + live;
    jot_ecdsa_job *job = jobs + at;
    Words s = read_words(job->signature + BYTES, BYTES);
    token->r = read_words(job->signature, BYTES);
    job->is_valid = 0;
    // Of no digest, which is 0 as a number, anybody can make a signature.
    if (job->digest_count == 0 || are_zero(&token->r) || are_zero(&s)
        || !is_below(&token->r, &order) || !is_below(&s, &order))
      continue;
    token->job = job;
    token->u.scalars.s = s;
    token->u.scalars.z = scalar_of_digest(job->digest, job->digest_count);
    token->u.scalars.before = product;
    product = live == 0 ? s : multiply_scalars(&product, &s);
    live++;
  }
  if (live == 0) return 0;
  // Each Montgomery product of the chain divided by 2^(64 LIMBS): so every inverse s^-1 comes out
  // multiplied by that, as the products with z and r need it.
  Words inverse = inverse_of(&product, &order);
  inverse = multiply_scalars(&inverse, &order_square);
  for (size_t at = live; at-- > 0;) {
    Token *token = tokens + at;
    Words w = inverse;
    if (at > 0) {
      w = multiply_scalars(&inverse, &token->u.scalars.before);
      inverse = multiply_scalars(&inverse, &token->u.scalars.s);
    }
    Words u = multiply_scalars(&token->u.scalars.z, &w), v = multiply_scalars(&token->r, &w);
    unsigned u_sign = fold(&u), v_sign = fold(&v);
    token->digit_count = 0;
    add_digits(token, &u, u_sign, SHARED_WIDTH, SHARED_WINDOWS);
    add_digits(token, &v, v_sign | IN_OWN, OWN_WIDTH, OWN_WINDOWS);
  }
  return live;
}

// MARK: - Signatures

INLINE const Point *point_of(const Token *token, const Point *shared, unsigned digit) {
  const Point *table = digit & IN_OWN ? (const Point *)token->job->table : shared;
  return table + (digit & (IN_OWN - 1));
}

/// Writes r + n; returns 0 if that is no coordinate.
INLINE int add_order(Words *sum, const Words *r) {
  return add_words(sum, r, &order) == 0 && is_below(sum, &prime);
}

OUTLINE int is_coordinate(const Words *r, const Words *x) {
  Words other;
  return are_equal(x, r) || (add_order(&other, r) && are_equal(x, &other));
}

OUTLINE int is_coordinate_of_sum(const Words *r, const Sum *sum) {
  if (sum->is_infinity) return 0;
  Field z_square = square(&sum->z);
  Words words = *r;
  for (int twice = 0; twice < 2; twice++) {
    Field x = field_of(&words);
    x = multiply(&x, &z_square);
    x = subtract(&x, &sum->x);
    if (is_zero(&x)) return 1;
    if (!add_order(&words, r)) return 0;
  }
  return 0;
}

/// Adds what is left of a signature's sums, or all its points again.
OUTLINE int is_valid(const Token *token, const Point *shared, int is_exception) {
  if (!is_exception && token->sum_count == 1) {
    Words x = words_of(&token->sums->x);
    return is_coordinate(&token->r, &x);
  }
  Sum sum = {.is_infinity = 1};
  if (is_exception) {
    for (size_t at = 0; at < token->digit_count; at++) {
      unsigned digit = token->u.digits[at];
      add_point(&sum, point_of(token, shared, digit), digit >> 15);
    }
  } else {
    for (size_t at = 0; at < token->sum_count; at++) add_point(&sum, token->sums + at, 0);
  }
  return is_coordinate_of_sum(&token->r, &sum);
}

/// The number of sums of each signature: a round has at most `most` pairs, and all about as many.
INLINE size_t sums_of_each(size_t live, size_t most) {
  size_t rounds = 2;
  while ((MOST_DIGITS + rounds - 1) / rounds * live > most) rounds++;
  return (MOST_DIGITS + rounds - 1) / rounds;
}

OUTLINE void verify_in(
    const Point *shared, jot_ecdsa_job *jobs, size_t count, const Workspace *space) {
  size_t live = read_tokens(space->tokens, jobs, count);
  if (live == 0) return;
  unsigned char exceptions[MOST_JOBS] = {0};
  size_t each = sums_of_each(live, space->most);
  for (size_t at = 0; at < live; at++) {
    Token *token = space->tokens + at;
    token->sums = space->sums + each * at;
    token->sum_count = (unsigned short)(token->digit_count < each ? token->digit_count : each);
    for (size_t sum = 0; sum < token->sum_count; sum++)
      prefetch(point_of(token, shared, token->u.digits[sum]));
    for (size_t sum = 0; sum < token->sum_count; sum++) {
      unsigned digit = token->u.digits[sum];
      const Point *point = point_of(token, shared, digit);
      token->sums[sum] = (Point){point->x, negated_if(digit >> 15, &point->y)};
    }
  }
  for (size_t first = each; first < MOST_DIGITS; first += each) {
    size_t pairs = 0;
    for (size_t at = 0; at < live; at++) {
      Token *token = space->tokens + at;
      for (size_t sum = 0; sum < each && first + sum < token->digit_count; sum++) {
        unsigned digit = token->u.digits[first + sum];
        space->pairs[pairs++] = (Pair){
            token->sums + sum, point_of(token, shared, digit), (unsigned char)(digit >> 15),
            (unsigned char)at};
      }
    }
    if (pairs > 0) add_pairs(space->pairs, pairs, space->products, exceptions);
  }
  for (;;) {
    size_t pairs = 0;
    for (size_t at = 0; at < live; at++) {
      Token *token = space->tokens + at;
      for (size_t sum = 0; sum < token->sum_count / 2; sum++)
        space->pairs[pairs++] = (Pair){
            token->sums + sum, token->sums + (token->sum_count - 1 - sum), 0, (unsigned char)at};
    }
    if (pairs < LEAST_PAIRS) break;
    add_pairs(space->pairs, pairs, space->products, exceptions);
    for (size_t at = 0; at < live; at++)
      space->tokens[at].sum_count = (unsigned short)((space->tokens[at].sum_count + 1) / 2);
  }
  for (size_t at = 0; at < live; at++) {
    const Token *token = space->tokens + at;
    token->job->is_valid = is_valid(token, shared, exceptions[at]);
  }
}

OUTLINE void verify_one(const Point *shared, jot_ecdsa_job *job) {
  enum { MOST = (MOST_DIGITS + 1) / 2 };
  Token token;
  Point sums[MOST];
  Field products[MOST];
  Pair pairs[MOST];
  verify_in(shared, job, 1, &(Workspace){&token, sums, products, pairs, MOST});
}

OUTLINE void verify_some(const Point *shared, jot_ecdsa_job *jobs, size_t count) {
  Token tokens[MOST_JOBS];
  Point sums[MOST_SUMS];
  Field products[MOST_SUMS];
  Pair pairs[MOST_SUMS];
  verify_in(shared, jobs, count, &(Workspace){tokens, sums, products, pairs, MOST_SUMS});
}

OUTLINE void verify(const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  if (count == 1) verify_one((const Point *)shared, jobs);
  else if (count > 1) verify_some((const Point *)shared, jobs, count);
}

// MARK: - What tests compare

/// One operation on big-endian numbers of BYTES bytes, below the prime or the order.
OUTLINE void calculate(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  Words x = read_words(left, BYTES), y = read_words(right, BYTES), words;
  Field a = field_of(&x), b = field_of(&y);
  switch (operation) {
  case JOT_EC_PRODUCT: a = multiply(&a, &b); break;
  case JOT_EC_SQUARE: a = square(&a); break;
  case JOT_EC_SUM: a = add(&a, &b); break;
  case JOT_EC_DIFFERENCE: a = subtract(&a, &b); break;
  case JOT_EC_INVERSE: a = invert(&a); break;
  default: break;
  }
  words = words_of(&a);
  if (operation == JOT_EC_SCALAR_INVERSE) words = inverse_of(&x, &order);
  if (operation == JOT_EC_SCALAR_PRODUCT) {
    words = multiply_scalars(&x, &y);
    words = multiply_scalars(&words, &order_square);
  }
  write_words(result, &words, BYTES);
}
