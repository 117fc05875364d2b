// ECDSA on P-521 with MULX, which the compiler takes for the products.
#include "jot_ecdsa.h"

#if defined(JOT_X86_KERNELS)
#if defined(JOT_STAND_INS)
#define ADX
#else
#define ADX __attribute__((target("bmi2,adx")))
#endif
#define INLINE static inline __attribute__((always_inline)) ADX
#define OUTLINE static __attribute__((noinline)) ADX

#include "p521.h"
enum { MOST_SUMS = 128, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "p521_field.h"
#include "ec_points.h"

int jot_p521_prepare_adx(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_p521_verify_adx(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_p521_calculate_adx(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
#endif
