// ECDSA on secp256k1 in plain C.
#include "jot_ecdsa.h"

#define INLINE static inline __attribute__((always_inline))
#define OUTLINE static __attribute__((noinline))

#include "secp256k1.h"
#define IS_MONTGOMERY 0
enum { MOST_SUMS = 256, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "ec_field.h"
#include "secp256k1_field.h"
#include "ec_points.h"

int jot_secp256k1_prepare_portable(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_secp256k1_verify_portable(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_secp256k1_calculate_portable(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
