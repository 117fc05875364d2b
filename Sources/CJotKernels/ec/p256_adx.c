// ECDSA on P-256 with MULX and both carry chains of ADX.
#include "jot_ecdsa.h"

#if defined(JOT_X86_KERNELS)
#if defined(JOT_STAND_INS)
#define ADX
#else
#define ADX __attribute__((target("bmi2,adx")))
#endif
#define INLINE static inline __attribute__((always_inline)) ADX
#define OUTLINE static __attribute__((noinline)) ADX

#include "p256.h"
#define IS_MONTGOMERY 1
enum { MOST_SUMS = 256, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "ec_field.h"

#if defined(JOT_STAND_INS)
INLINE Field multiply(const Field *x, const Field *y) { return multiply_words(x, y, &prime, 1); }
INLINE Field square(const Field *x) { return multiply(x, x); }
#else

// A product's rows and the steps of its reduction alternate. A step adds m p, with m the lowest
// word, which -1/p = 1 makes the multiple that clears it:
//
//   m p = 2^192 (m (2^64 - 2^32 + 1)) + 2^96 m - m
//
// So one multiplication does, and two shifts. Words are named by their place in the sum; the sum of
// a row is below 2^321, so the place above it takes one bit.

// Adds y[at] x to words a to e, with f as a new word on top.
#define ROW(at, a, b, c, d, e, f) \
  "movq " #at "(%[y]), %%rdx\n" \
  "xorl %k[" f "], %k[" f "]\n" \
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
  "adcxq %[" f "], %[" e "]\n" \
  "adoxq %[" f "], %[" f "]\n" \
  "adcq $0, %[" f "]\n"

// Clears word a by a multiple of p.
#define STEP(a, b, c, d, e, f) \
  "movq %[" a "], %%rdx\n" \
  "movq %[" a "], %[low]\n" \
  "shlq $32, %[low]\n" \
  "shrq $32, %[" a "]\n" \
  "addq %[low], %[" b "]\n" \
  "adcq %[" a "], %[" c "]\n" \
  "mulxq %[p3], %[low], %[high]\n" \
  "adcq %[low], %[" d "]\n" \
  "adcq %[high], %[" e "]\n" \
  "adcq $0, %[" f "]\n"

// Subtracts p from words a to d and the carry e unless that is negative. b, the second word of p,
// is 2^32 - 1, and the others are -1, 0 and p3.
#define SUBTRACT(a, b, c, d, e, f) \
  "movq %[" a "], %[low]\n" \
  "movq %[" b "], %[high]\n" \
  "movl $-1, %%edx\n" \
  "subq $-1, %[low]\n" \
  "sbbq %%rdx, %[high]\n" \
  "movq %[" c "], %%rdx\n" \
  "sbbq $0, %%rdx\n" \
  "movq %[" d "], %[" f "]\n" \
  "sbbq %[p3], %[" f "]\n" \
  "sbbq $0, %[" e "]\n" \
  "cmovncq %[low], %[" a "]\n" \
  "cmovncq %[high], %[" b "]\n" \
  "cmovncq %%rdx, %[" c "]\n" \
  "cmovncq %[" f "], %[" d "]\n"

INLINE Field multiply(const Field *x, const Field *y) {
  Limb a, b, c, d, e, f, low, high;
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
      "movl $0, %k[f]\n"
      STEP("a", "b", "c", "d", "e", "f")
      ROW(8, "b", "c", "d", "e", "f", "a")
      STEP("b", "c", "d", "e", "f", "a")
      ROW(16, "c", "d", "e", "f", "a", "b")
      STEP("c", "d", "e", "f", "a", "b")
      ROW(24, "d", "e", "f", "a", "b", "c")
      STEP("d", "e", "f", "a", "b", "c")
      SUBTRACT("e", "f", "a", "b", "c", "d")
      : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
        [low] "=&r"(low), [high] "=&r"(high)
      : [x] "r"(x), [y] "r"(y), [p3] "r"(prime.limbs[3])
      : "rdx", "cc", "memory");
  return (Field){{e, f, a, b}};
}

// The products of different words once, doubled, and the squares; then four steps of the lower
// half, and the upper half added.
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
      // The carry of each step goes to the word that its lowest one is free for.
#define FOLD(a, b, c, d) \
  "movq %[" a "], %%rdx\n" \
  "movq %[" a "], %[low]\n" \
  "shlq $32, %[low]\n" \
  "shrq $32, %[" a "]\n" \
  "addq %[low], %[" b "]\n" \
  "adcq %[" a "], %[" c "]\n" \
  "mulxq %[p3], %[low], %[" a "]\n" \
  "adcq %[low], %[" d "]\n" \
  "adcq $0, %[" a "]\n"
      FOLD("a", "b", "c", "d")
      FOLD("b", "c", "d", "a")
      FOLD("c", "d", "a", "b")
      FOLD("d", "a", "b", "c")
      "addq %[e], %[a]\n"
      "adcq %[f], %[b]\n"
      "adcq %[g], %[c]\n"
      "adcq %[h], %[d]\n"
      "movl $0, %k[e]\n"
      "adcq $0, %[e]\n"
      SUBTRACT("a", "b", "c", "d", "e", "f")
      : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
        [g] "=&r"(g), [h] "=&r"(h), [low] "=&r"(low), [high] "=&r"(high)
      : [x] "r"(x), [p3] "r"(prime.limbs[3])
      : "rdx", "cc", "memory");
  return (Field){{a, b, c, d}};
}
#endif

#include "ec_points.h"

int jot_p256_prepare_adx(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_p256_verify_adx(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_p256_calculate_adx(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
#endif
