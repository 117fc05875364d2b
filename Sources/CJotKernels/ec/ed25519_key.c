// Prepares an Ed25519 key: decodes its point, in plain C, and has the multiples tabulated.
#include "jot_ed25519.h"

#if defined(__SIZEOF_INT128__)
#include "ed25519_field51.h"
#include "ed25519_rows.h"

// Declared here, so that any target's compiler can check the file without that target's libc.
extern void *aligned_alloc(size_t, size_t);
extern void free(void *);

/// d = -121665 / 121666, and a square root of -1.
static const Field d = {
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
static const Field root_of_minus_one = {
    {0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};

/// The encoding of the base point: y = 4 / 5, x even.
static const unsigned char base_point[32] = {
    0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};

static void square(Field *x, int times) {
  while (times-- > 0) multiply(x, x, x);
}

/// Writes x^((p - 5) / 8) = x^(2^252 - 3).
static void power(Field *out, const Field *x) {
  // x^(2^n - 1), n being the leading bits of 250.
  Field ones = *x;
  for (int bit = 6, n = 1; bit >= 0; bit--) {
    Field half = ones;
    square(&ones, n);
    multiply(&ones, &ones, &half);
    n *= 2;
    if (250 >> bit & 1) {
      square(&ones, 1);
      multiply(&ones, &ones, x);
      n++;
    }
  }
  square(&ones, 2);
  multiply(out, &ones, x);
}

static int is_equal(const Field *x, const Field *y) {
  Number left, right;
  to_number(&left, x), to_number(&right, y);
  return __builtin_memcmp(&left, &right, sizeof left) == 0;
}

static void negate(Field *x) {
  Field zero = {{0}};
  subtract(x, &zero, x);
  settle(x);
}

/// Decodes a point (RFC 8032 §5.1.3), y of p or more and -0 included. x^2 = u / v with
/// u = y^2 - 1 and v = d y^2 + 1; if there is a root, it is x = u v^3 (u v^7)^((p - 5) / 8) or that
/// times the root of -1.
static int decode(Field *x, Field *y, const unsigned char bytes[32]) {
  Number number;
  read_number(number.words, bytes, 4);
  Word sign = number.words[3] >> 63;
  number.words[3] &= ~(Word)0 >> 1;
  from_number(y, &number);
  Field one = {{1}}, zero = {{0}}, u, v, v3, t;
  multiply(&u, y, y);
  multiply(&v, &u, &d);
  subtract(&u, &u, &one), add(&v, &v, &one);
  multiply(&t, &v, &v), multiply(&v3, &t, &v);
  multiply(&t, &v3, &v3), multiply(&t, &t, &v), multiply(&t, &t, &u);
  power(x, &t);
  multiply(x, x, &v3), multiply(x, x, &u);
  multiply(&t, x, x), multiply(&t, &t, &v);
  if (!is_equal(&t, &u)) {
    add(&t, &t, &u);
    if (!is_equal(&t, &zero)) return 0;
    multiply(x, x, &root_of_minus_one);
  }
  to_number(&number, x);
  if ((number.words[0] & 1) != sign) negate(x);
  return 1;
}

typedef void WriteRow(Entry *row, size_t count, Number *x, Number *y);

/// The base point's table, for the process; 384 KiB that are never freed.
static BaseTable *shared_base;

/// Returns it, or null without memory. Threads that find none each make one, and all but the first
/// free theirs: so none waits for another, which after a fork might not exist.
static const BaseTable *base_table(WriteRow *write) {
  BaseTable *found = __atomic_load_n(&shared_base, __ATOMIC_ACQUIRE);
  if (found != NULL) return found;
  BaseTable *made = aligned_alloc(64, sizeof *made);
  if (made == NULL) return NULL;
  Field x, y;
  decode(&x, &y, base_point);
  Number affine_x, affine_y;
  to_number(&affine_x, &x), to_number(&affine_y, &y);
  for (size_t at = 0; at < BASE_ROWS; at++)
    write(made->rows[at], BASE_ENTRIES, &affine_x, &affine_y);
  if (__atomic_compare_exchange_n(
          &shared_base, &found, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return made;
  free(made);
  return found;
}

static int prepare(void *memory, const unsigned char point[32], WriteRow *write) {
  Key *key = memory;
  Field x, y;
  if (!decode(&x, &y, point) || (key->base = base_table(write)) == NULL) return 0;
  __builtin_memcpy(key->point, point, 32);
  negate(&x);
  Number affine_x, affine_y;
  to_number(&affine_x, &x), to_number(&affine_y, &y);
  for (size_t at = 0; at < KEY_ROWS; at++)
    write(key->rows[at], KEY_ENTRIES, &affine_x, &affine_y);
  return 1;
}

int jot_ed25519_prepare(void *key, const unsigned char point[32]) {
  return prepare(key, point, write_row);
}

int jot_ed25519_prepare_adx(void *key, const unsigned char point[32]) {
#if defined(JOT_X86_KERNELS)
  return prepare(key, point, jot_ed25519_write_row_adx);
#else
  return 0;
#endif
}

#else
int jot_ed25519_prepare(void *key, const unsigned char point[32]) { return 0; }
int jot_ed25519_prepare_adx(void *key, const unsigned char point[32]) { return 0; }
#endif
