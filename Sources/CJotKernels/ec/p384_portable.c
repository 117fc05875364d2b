// ECDSA on P-384 in plain C.
#include "jot_ecdsa.h"

#define INLINE static inline __attribute__((always_inline))
#define OUTLINE static __attribute__((noinline))

#include "p384.h"
#define IS_MONTGOMERY 1
enum { MOST_SUMS = 192, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "ec_field.h"

// -1/p modulo 2^64 is 2^32 + 1.
INLINE Field multiply(const Field *x, const Field *y) {
  return multiply_words(x, y, &prime, 0x100000001);
}
INLINE Field square(const Field *x) { return multiply(x, x); }

#include "ec_points.h"

int jot_p384_prepare_portable(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_p384_verify_portable(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_p384_calculate_portable(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
