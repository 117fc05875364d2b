// ECDSA on P-256 in plain C.
#include "jot_ecdsa.h"

#define INLINE static inline __attribute__((always_inline))
#define OUTLINE static __attribute__((noinline))

#include "p256.h"
#define IS_MONTGOMERY 1
enum { MOST_SUMS = 256, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "ec_field.h"

// The prime's lowest limb is -1 modulo 2^64, so -1/p is 1.
INLINE Field multiply(const Field *x, const Field *y) { return multiply_words(x, y, &prime, 1); }
INLINE Field square(const Field *x) { return multiply(x, x); }

#include "ec_points.h"

int jot_p256_prepare_portable(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_p256_verify_portable(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_p256_calculate_portable(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
