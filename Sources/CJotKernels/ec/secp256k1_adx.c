// ECDSA on secp256k1 with MULX and both carry chains of ADX.
#include "jot_ecdsa.h"

#if defined(JOT_X86_KERNELS)
#if defined(JOT_STAND_INS)
#define ADX
#else
#define ADX __attribute__((target("bmi2,adx")))
#endif
#define INLINE static inline __attribute__((always_inline)) ADX
#define OUTLINE static __attribute__((noinline)) ADX

#include "secp256k1.h"
#define IS_MONTGOMERY 0
enum { MOST_SUMS = 256, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "ec_field.h"

#if defined(JOT_STAND_INS)
#include "secp256k1_field.h"
#else

// Adds y[at] x to words a to d, and writes the word above.
#define ROW(at, a, b, c, d, e) \
  "movq " #at "(%[y]), %%rdx\n" \
  "xorl %k[" e "], %k[" e "]\n" \
  "mulxq (%[x]), %[low], %[high]\n" \
  "adcxq %[low], %[" a "]\n" \
  "adoxq %[high], %[" b "]\n" \
  "mulxq 8(%[x]), %[low], %[high]\n" \
  "adcxq %[low], %[" b "]\n" \
  "adoxq %[high], %[" c "]\n" \
  "mulxq 16(%[x]), %[low], %[high]\n" \
  "adcxq %[low], %[" c "]\n" \
  "adoxq %[high], %[" d "]\n" \
  "mulxq 24(%[x]), %[low], %[high]\n" \
  "adcxq %[low], %[" d "]\n" \
  "adoxq %[high], %[" e "]\n" \
  "adcq $0, %[" e "]\n"

// Folds the words e to h into a to d: 2^256 = 2^32 + 977. The word on top, below 2^34, is folded
// once more; the carry of that is left in e.
#define FOLD \
  "movabsq $0x1000003d1, %%rdx\n" \
  "mulxq %[e], %[low], %[high]\n" \
  "xorl %k[e], %k[e]\n" \
  "adcxq %[low], %[a]\n" \
  "adoxq %[high], %[b]\n" \
  "mulxq %[f], %[low], %[high]\n" \
  "adcxq %[low], %[b]\n" \
  "adoxq %[high], %[c]\n" \
  "mulxq %[g], %[low], %[high]\n" \
  "adcxq %[low], %[c]\n" \
  "adoxq %[high], %[d]\n" \
  "mulxq %[h], %[low], %[high]\n" \
  "adcxq %[low], %[d]\n" \
  "adoxq %[e], %[high]\n" \
  "adcxq %[e], %[high]\n" \
  "mulxq %[high], %[low], %[high]\n" \
  "addq %[low], %[a]\n" \
  "adcq %[high], %[b]\n" \
  "adcq $0, %[c]\n" \
  "adcq $0, %[d]\n" \
  "adcq $0, %[e]\n"

INLINE Field multiply(const Field *x, const Field *y) {
  Limb a, b, c, d, e, f, g, h, low, high;
  __asm__(
      "movq (%[y]), %%rdx\n"
      "mulxq (%[x]), %[a], %[b]\n"
      "mulxq 8(%[x]), %[low], %[c]\n"
      "mulxq 16(%[x]), %[high], %[d]\n"
      "addq %[low], %[b]\n"
      "mulxq 24(%[x]), %[low], %[e]\n"
      "adcq %[high], %[c]\n"
      "adcq %[low], %[d]\n"
      "adcq $0, %[e]\n"
      ROW(8, "b", "c", "d", "e", "f")
      ROW(16, "c", "d", "e", "f", "g")
      ROW(24, "d", "e", "f", "g", "h")
      FOLD
      : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
        [g] "=&r"(g), [h] "=&r"(h), [low] "=&r"(low), [high] "=&r"(high)
      : [x] "r"(x), [y] "r"(y)
      : "rdx", "cc", "memory");
  Field result = {{a, b, c, d}};
  return reduce_once(&result, e, &prime);
}

// The products of different words once, doubled, and the squares.
INLINE Field square(const Field *x) {
  Limb a, b, c, d, e, f, g, h, low, high;
  __asm__(
      "movq (%[x]), %%rdx\n"
      "mulxq 8(%[x]), %[b], %[c]\n"
      "mulxq 16(%[x]), %[low], %[d]\n"
      "mulxq 24(%[x]), %[high], %[e]\n"
      "addq %[low], %[c]\n"
      "adcq %[high], %[d]\n"
      "adcq $0, %[e]\n"
      "movq 8(%[x]), %%rdx\n"
      "xorl %k[f], %k[f]\n"
      "mulxq 16(%[x]), %[low], %[high]\n"
      "adcxq %[low], %[d]\n"
      "adoxq %[high], %[e]\n"
      "mulxq 24(%[x]), %[low], %[high]\n"
      "adcxq %[low], %[e]\n"
      "adoxq %[high], %[f]\n"
      "movq 16(%[x]), %%rdx\n"
      "mulxq 24(%[x]), %[low], %[g]\n"
      "adcxq %[low], %[f]\n"
      "movl $0, %k[h]\n"
      "adcxq %[h], %[g]\n"
      "movq (%[x]), %%rdx\n"
      "xorl %k[h], %k[h]\n"
      "mulxq %%rdx, %[a], %[low]\n"
      "adcxq %[b], %[b]\n"
      "adoxq %[low], %[b]\n"
      "movq 8(%[x]), %%rdx\n"
      "mulxq %%rdx, %[low], %[high]\n"
      "adcxq %[c], %[c]\n"
      "adoxq %[low], %[c]\n"
      "adcxq %[d], %[d]\n"
      "adoxq %[high], %[d]\n"
      "movq 16(%[x]), %%rdx\n"
      "mulxq %%rdx, %[low], %[high]\n"
      "adcxq %[e], %[e]\n"
      "adoxq %[low], %[e]\n"
      "adcxq %[f], %[f]\n"
      "adoxq %[high], %[f]\n"
      "movq 24(%[x]), %%rdx\n"
      "mulxq %%rdx, %[low], %[high]\n"
      "adcxq %[g], %[g]\n"
      "adoxq %[low], %[g]\n"
      "adcxq %[h], %[h]\n"
      "adoxq %[high], %[h]\n"
      FOLD
      : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
        [g] "=&r"(g), [h] "=&r"(h), [low] "=&r"(low), [high] "=&r"(high)
      : [x] "r"(x)
      : "rdx", "cc", "memory");
  Field result = {{a, b, c, d}};
  return reduce_once(&result, e, &prime);
}
#endif

#include "ec_points.h"

int jot_secp256k1_prepare_adx(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_secp256k1_verify_adx(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_secp256k1_calculate_adx(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
#endif
