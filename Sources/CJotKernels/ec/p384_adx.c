// ECDSA on P-384 with MULX and both carry chains of ADX.
#include "jot_ecdsa.h"

#if defined(JOT_X86_KERNELS)
#if defined(JOT_STAND_INS)
#define ADX
#else
#define ADX __attribute__((target("bmi2,adx")))
#endif
#define INLINE static inline __attribute__((always_inline)) ADX
#define OUTLINE static __attribute__((noinline)) ADX

#include "p384.h"
#define IS_MONTGOMERY 1
enum { MOST_SUMS = 192, LEAST_PAIRS = 24 };
#include "ec_inverse.h"
#include "ec_field.h"

#if defined(JOT_STAND_INS)
INLINE Field multiply(const Field *x, const Field *y) {
  return multiply_words(x, y, &prime, 0x100000001);
}
INLINE Field square(const Field *x) { return multiply(x, x); }
#else

// A product's rows and the steps of its reduction alternate. A step adds m p with m = a (2^32 + 1),
// where a is the lowest word and 2^32 + 1 = -1/p modulo 2^64:
//
//   m p = 2^384 m - (2^128 + 2^96 - 2^32 + 1) m
//
// With L and H for the words of 2^32 m, the words subtracted are m - L, L - H and H + m, with
// borrows; the first is a itself. Words are named by their place in the sum; a row's sum is below
// 2^449, so the place above it takes one bit.

// Adds y[at] x to words a to g, with h as a new word on top.
#define ROW(at, a, b, c, d, e, f, g, h) \
  "movq " #at "(%[y]), %%rdx\n" \
  "xorl %k[" h "], %k[" h "]\n" \
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
  "mulxq 32(%[x]), %[low], %[high]\n" \
  "adcxq %[low], %[" e "]\n" \
  "adoxq %[high], %[" f "]\n" \
  "mulxq 40(%[x]), %[low], %[high]\n" \
  "adcxq %[low], %[" f "]\n" \
  "adoxq %[high], %[" g "]\n" \
  "adcxq %[" h "], %[" g "]\n" \
  "adoxq %[" h "], %[" h "]\n" \
  "adcq $0, %[" h "]\n"

// Clears word a by a multiple of p.
#define STEP(a, b, c, d, e, f, g, h) \
  "movq %[" a "], %[low]\n" \
  "shlq $32, %[low]\n" \
  "leaq (%[" a "],%[low]), %%rdx\n" \
  "movq %%rdx, %[high]\n" \
  "shrq $32, %[high]\n" \
  "cmpq %[low], %%rdx\n" \
  "sbbq %[high], %[low]\n" \
  "sbbq $0, %[high]\n" \
  "movl $0, %k[" a "]\n" \
  "addq %%rdx, %[high]\n" \
  "adcq $0, %[" a "]\n" \
  "subq %[low], %[" b "]\n" \
  "sbbq %[high], %[" c "]\n" \
  "sbbq %[" a "], %[" d "]\n" \
  "sbbq $0, %[" e "]\n" \
  "sbbq $0, %[" f "]\n" \
  "sbbq $0, %%rdx\n" \
  "addq %%rdx, %[" g "]\n" \
  "adcq $0, %[" h "]\n"

// Not inlined: with a frame pointer the compiler has just enough registers.
OUTLINE void multiply_into(Field *result, const Field *x, const Field *y) {
  Limb a, b, c, d, e, f, g, h, low, high;
  __asm__(
      "movq (%[y]), %%rdx\n"
      "mulxq (%[x]), %[a], %[b]\n"
      "mulxq 8(%[x]), %[low], %[c]\n"
      "mulxq 16(%[x]), %[high], %[d]\n"
      "addq %[low], %[b]\n"
      "mulxq 24(%[x]), %[low], %[e]\n"
      "adcq %[high], %[c]\n"
      "mulxq 32(%[x]), %[high], %[f]\n"
      "adcq %[low], %[d]\n"
      "mulxq 40(%[x]), %[low], %[g]\n"
      "adcq %[high], %[e]\n"
      "adcq %[low], %[f]\n"
      "adcq $0, %[g]\n"
      "movl $0, %k[h]\n"
      STEP("a", "b", "c", "d", "e", "f", "g", "h")
      ROW(8, "b", "c", "d", "e", "f", "g", "h", "a")
      STEP("b", "c", "d", "e", "f", "g", "h", "a")
      ROW(16, "c", "d", "e", "f", "g", "h", "a", "b")
      STEP("c", "d", "e", "f", "g", "h", "a", "b")
      ROW(24, "d", "e", "f", "g", "h", "a", "b", "c")
      STEP("d", "e", "f", "g", "h", "a", "b", "c")
      ROW(32, "e", "f", "g", "h", "a", "b", "c", "d")
      STEP("e", "f", "g", "h", "a", "b", "c", "d")
      ROW(40, "f", "g", "h", "a", "b", "c", "d", "e")
      STEP("f", "g", "h", "a", "b", "c", "d", "e")
      : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
        [g] "=&r"(g), [h] "=&r"(h), [low] "=&r"(low), [high] "=&r"(high)
      : [x] "r"(x), [y] "r"(y)
      : "rdx", "cc", "memory");
  *result = (Field){{g, h, a, b, c, d}};
  *result = reduce_once(result, e, &prime);
}

INLINE Field multiply(const Field *x, const Field *y) {
  Field result;
  multiply_into(&result, x, y);
  return result;
}

INLINE Field square(const Field *x) { return multiply(x, x); }
#endif

#include "ec_points.h"

int jot_p384_prepare_adx(
    unsigned long long *table, const unsigned char *x, const unsigned char *y) {
  return prepare(table, x, y);
}

void jot_p384_verify_adx(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
  verify(shared, jobs, count);
}

void jot_p384_calculate_adx(
    int operation, unsigned char *result, const unsigned char *left, const unsigned char *right) {
  calculate(operation, result, left, right);
}
#endif
