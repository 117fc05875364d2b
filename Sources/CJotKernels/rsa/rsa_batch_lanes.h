// RSA in lanes (Montgomery multiplication), for vectors of any kind: for rsa_batch_avx2.c and
// rsa_batch_ifma.c, which define Limb (52 bits a lane, in the form that multiplies), Word (64 bits
// a lane) and Columns.
//
//   x = s R                            by multiplying with R^2
//   x = x x / R, sixteen times         mod n, R = 2^(52 limbs)
//   s^65537 = x s / R                  which also leaves Montgomery form
//
// A multiplication and its reduction go column by column, four at a time. Column c is the sum of
// all products of limbs i and j, i + j = c, of their upper halves in column c - 1, of the same for
// the reduction, and of the carry of column c - 1. It is read once, when it is complete.
//
// The reduction adds multiples of n that clear the columns below `limbs`. With n itself, finding
// each row's multiple m is a chain of two multiplications. So all rows but the last four add
// multiples of N = n k, k < 2^208, with N = -1 mod 2^208: m is the column itself. Adding m N
// removes it and adds m (N + 1), which is m times `folded` = (N + 1) / 2^208, four columns up. Only
// the last four rows, found at once as -columns / n mod 2^208, use n itself, which keeps the result
// small. With L = limbs, n < 2^-32 R, and m and m' for all rows of N and of n:
//
//   x < 3 n:   x x + m N + m' 2^(52 (L - 4)) n  <  9 n n + 2^(52 (L - 4)) 2^208 n + R n
//              over R:                          <  (9 n / R + 2) n  <  3 n
//
// Columns fit: at most 2 L products end in one, L of the multiplication and L of the reduction.
// Their lower halves and the upper halves of the column before are below 2^52 each, and so is that
// column's carry: in all below (4 L + 1) 2^52, which is
//
//   2048 bits, L = 40:  161 * 2^52 < 2^60
//   3072 bits, L = 60:  241 * 2^52 < 2^60
//   4096 bits, L = 80:  321 * 2^52 < 2^61
//
// L is a multiple of four, so no block of columns is cut.

enum { MOST_LIMBS = 80, MOST_WORDS = 64, LIMB_BITS = 52 };
static const Scalar limb_mask = ((Scalar)1 << LIMB_BITS) - 1;

/// Shared by all multiplications of a call.
typedef struct {
  Limb modulus[MOST_LIMBS], folded[MOST_LIMBS], inverse[4];
  /// The negated excess that products leave in each column; the second is for four rows.
  Bias bias[2 * MOST_LIMBS], bias_of_four[4];
  size_t limbs;
} Modulus;

/// The number of products that end in a column; those of the last four rows from column `limbs` on.
static size_t products_in(size_t column, size_t limbs) {
  size_t last = 2 * limbs - 1, behind = last - column;
  if (column < limbs) return column + 1 + (column < 4 ? 0 : column - 3);
  size_t folded = limbs - 4 - (column > limbs + 3 ? column - limbs - 3 : 0);
  return behind + folded + (behind < 4 ? behind : 4);
}

/// Adds x[r] y[c - r] to each column c, for each of `rows` rows r, an even number.
INLINE void add_rows(Columns *sum, const Limb *x, const Limb *y, size_t rows) {
  for (; rows > 0; rows -= 2, x += 2, y -= 2) {
    add_row(sum, x[0], y);
    add_row(sum, x[1], y - 1);
  }
}

/// The four rows in which y's first limbs limit the columns.
INLINE void add_first_rows(Columns *sum, const Limb *x, const Limb *y) {
  for (int row = 0; row < 4; row++) {
    for (int column = row; column < 4; column++) add_product(sum, column, x[row], y[column - row]);
  }
}

/// The three rows limited by y's last limbs; y points behind them, and x at the row before.
INLINE void add_last_rows(Columns *sum, const Limb *x, const Limb *y) {
  for (int row = 1; row < 4; row++) {
    for (int column = 0; column < row; column++) add_product(sum, column, x[row], y[column - row]);
  }
}

/// Adds columns k to k + 3 of x y.
INLINE void add_columns(Columns *sum, const Limb *x, const Limb *y, size_t k, size_t limbs) {
  if (k < limbs) {
    add_rows(sum, x, y + k, k);
    add_first_rows(sum, x + k, y);
  } else {
    add_last_rows(sum, x + (k - limbs), y + limbs);
    add_rows(sum, x + (k - limbs) + 4, y + limbs - 4, 2 * limbs - 4 - k);
  }
}

/// Adds columns k to k + 3 of x x: products of different limbs once, doubled, and the squares.
INLINE void add_square_columns(Columns *sum, const Limb *x, size_t k, size_t limbs) {
  const Limb *middle = x + k / 2;
  Columns pairs = no_columns();
  if (k == 2 * limbs - 4) {
    add_product(&pairs, 0, middle[-1], middle[1]);
    add_product(&pairs, 1, middle[0], middle[1]);
  } else {
    if (k < limbs) {
      add_rows(&pairs, x, x + k, k / 2);
    } else {
      add_last_rows(&pairs, x + (k - limbs), x + limbs);
      add_rows(&pairs, x + (k - limbs) + 4, x + limbs - 4, limbs - 4 - k / 2);
    }
    add_product(&pairs, 1, middle[0], middle[1]);
    add_product(&pairs, 2, middle[0], middle[2]);
    add_product(&pairs, 3, middle[0], middle[3]);
    add_product(&pairs, 3, middle[1], middle[2]);
  }
  add_twice(sum, &pairs);
  add_product(sum, 0, middle[0], middle[0]);
  add_product(sum, 2, middle[1], middle[1]);
}

/// Extracts the limbs of four columns, and carries the rest up.
INLINE void take(Columns *sum, Limb limbs[4]) {
  for (int column = 0; column < 4; column++) {
    Word value = value_of(sum, column);
    limbs[column] = limb_of(value);
    carry_to(sum, column + 1, shifted(value));
  }
  *sum = next_columns(sum);
}

INLINE void add_bias(Columns *sum, const Bias *bias) {
  for (int column = 0; column < 4; column++) add_word(sum, column, word_of(bias[column]));
}

/// Clears the four columns below `limbs` by a multiple m of n: m = -column / n mod 2^208.
INLINE void add_last_multiple(Columns *sum, Limb m[4], const Modulus *n) {
  Limb value[4], zero[4];
  Columns multiple = no_columns(), cleared = no_columns();
  take(sum, value);
  add_bias(&multiple, n->bias_of_four);
  add_first_rows(&multiple, value, n->inverse);
  take(&multiple, m);
  add_bias(&cleared, n->bias_of_four);
  for (int column = 0; column < 4; column++) add_word(&cleared, column, integer_of(value[column]));
  add_first_rows(&cleared, m, n->modulus);
  take(&cleared, zero);
  add_word(sum, 0, value_of(&cleared, 0));
}

/// result = x y / R mod n, below 3 n; y is x if `is_square`.
INLINE void multiply(
    Limb *result, const Limb *x, const Limb *y, const Modulus *n, int is_square) {
  Limb m[MOST_LIMBS];
  size_t limbs = n->limbs, rows = limbs - 4, k = 0;
  Columns sum = no_columns();
  for (; k < rows; k += 4) {
    add_bias(&sum, n->bias + k);
    if (is_square) add_square_columns(&sum, x, k, limbs);
    else add_columns(&sum, x, y, k, limbs);
    if (k > 0) add_columns(&sum, m, n->folded, k - 4, limbs);
    take(&sum, m + k);
  }

  add_bias(&sum, n->bias + k);
  if (is_square) add_square_columns(&sum, x, k, limbs);
  else add_columns(&sum, x, y, k, limbs);
  add_columns(&sum, m, n->folded, k - 4, limbs);
  add_last_multiple(&sum, m + k, n);

  for (k = limbs; k < 2 * limbs; k += 4) {
    add_bias(&sum, n->bias + k);
    if (is_square) add_square_columns(&sum, x, k, limbs);
    else add_columns(&sum, x, y, k, limbs);
    if (k > limbs) add_last_rows(&sum, m + (k - limbs) - 4, n->folded + limbs);
    add_rows(&sum, m + (k - limbs), n->folded + limbs - 4, 2 * limbs - 4 - k);
    if (k < 2 * limbs - 4) add_rows(&sum, m + rows, n->modulus + (k - rows), 4);
    else add_last_rows(&sum, m + rows, n->modulus + limbs);
    take(&sum, result + (k - limbs));
  }
}

OUTLINE void multiply_once(Limb *result, const Limb *x, const Limb *y, const Modulus *n) {
  multiply(result, x, y, n, 0);
}

OUTLINE void square_once(Limb *result, const Limb *x, const Modulus *n) {
  multiply(result, x, x, n, 1);
}

/// Subtracts n from x if x is n or more. Subtracts twice, first only to compare: a copy would take
/// 5 KiB of stack.
INLINE void reduce_once(Scalar *x, const Limb *n, size_t limbs) {
  Word is_less = none(), borrow = none();
  for (size_t at = 0; at < limbs; at++) {
    is_less = sign_of(subtract(subtract(load(x + LANES * at), integer_of(n[at])), is_less));
  }
  for (size_t at = 0; at < limbs; at++) {
    Word word = load(x + LANES * at);
    Word difference = subtract(subtract(word, integer_of(n[at])), borrow);
    borrow = sign_of(difference);
    store(x + LANES * at, chosen(is_less, word, low_limb(difference)));
  }
}

/// Splits a big-endian number into limbs, one every LANES words.
static void split(Scalar *lane, const unsigned char *bytes, size_t count) {
  Scalar words[MOST_WORDS + 2];
  size_t word_count = count / 8, limbs = count * 5 / 32;
  read_words(words, bytes, word_count);
  words[word_count] = words[word_count + 1] = 0;
  for (size_t at = 0; at < limbs; at++) {
    lane[LANES * at] = limb_at(words, LIMB_BITS * at, LIMB_BITS);
  }
}

/// The inverse of `split`; the value has at most `count` bytes.
static void join(unsigned char *bytes, const Scalar *lane, size_t count) {
  Scalar words[MOST_WORDS];
  for (size_t at = 0, bit = 0; at < count / 8; at++, bit += 64) {
    size_t place = bit / LIMB_BITS, shift = bit % LIMB_BITS;
    Scalar word = lane[LANES * place] >> shift | lane[LANES * (place + 1)] << (LIMB_BITS - shift);
    if (shift > 2 * LIMB_BITS - 64) word |= lane[LANES * (place + 2)] << (2 * LIMB_BITS - shift);
    words[at] = word;
  }
  write_words(bytes, words, count / 8);
}

/// Reads the words from index `from` on of each lane's key.
INLINE void read_keys(Limb *limbs, const jot_rsa_batch_job *jobs, size_t from, size_t count) {
  for (size_t at = from; at < from + count; at++) *limbs++ = limb_of(word_of_keys(jobs, at));
}

INLINE void raise(const jot_rsa_batch_job *jobs, size_t bytes) {
  Scalar lanes[MOST_LIMBS * LANES] __attribute__((aligned(8 * LANES)));
  Modulus n;
  Limb signature[MOST_LIMBS], x[MOST_LIMBS], y[MOST_LIMBS];
  size_t limbs = n.limbs = bytes * 5 / 32;
  for (size_t lane = 0; lane < LANES; lane++) split(lanes + lane, jobs[lane].signature, bytes);
  for (size_t at = 0; at < limbs; at++) signature[at] = limb_of(load(lanes + LANES * at));
  read_keys(n.inverse, jobs, 0, 4);
  read_keys(n.modulus, jobs, 4, limbs);
  read_keys(n.folded, jobs, 4 + limbs, limbs);
  read_keys(y, jobs, 4 + 2 * limbs, limbs);
  for (size_t at = 0, highs = 0; at < 2 * limbs; at++) {
    size_t lows = products_in(at, limbs);
    n.bias[at] = bias_of(lows, highs + (at == limbs ? 4 : 0));
    highs = lows;
  }
  for (size_t at = 0; at < 4; at++) n.bias_of_four[at] = bias_of(at + 1, at);
  multiply_once(x, signature, y, &n);
  for (int twice = 0; twice < 8; twice++) {
    square_once(y, x, &n);
    square_once(x, y, &n);
  }
  multiply_once(y, x, signature, &n);
  for (size_t at = 0; at < limbs; at++) store(lanes + LANES * at, integer_of(y[at]));
  reduce_once(lanes, n.modulus, limbs);
  reduce_once(lanes, n.modulus, limbs);
  for (size_t lane = 0; lane < LANES; lane++) join(jobs[lane].result, lanes + lane, bytes);
}
