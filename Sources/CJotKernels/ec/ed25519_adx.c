// Ed25519 with MULX, ADCX and ADOX: the field of p = 2^255 - 19 in four words, below 2^256 and
// not always below p. 2^256 is 38 modulo p.
#include "jot_ed25519.h"

#if defined(JOT_X86_KERNELS)
#include "ed25519_numbers.h"

#define ADX __attribute__((target("bmi2,adx")))
#define INLINE ADX __attribute__((always_inline)) static inline

typedef Number Field;

INLINE void from_number(Field *out, const Number *number) { *out = *number; }
INLINE const Field *field_of(const Number *number, Field *space) { return number; }

/// Adds 38 `carry` to the words; carry is below 2^57. If that wraps around, the lowest word is so
/// small that adding 38 once more does not.
INLINE void add_carry(Field *out, const Word *words, Word carry) {
  Word rest;
  out->words[0] = __builtin_addcll(words[0], 38 * carry, 0, &rest);
  for (int at = 1; at < 4; at++) out->words[at] = __builtin_addcll(words[at], 0, rest, &rest);
  out->words[0] += 38 & (0 - rest);
}

INLINE void add(Field *out, const Field *x, const Field *y) {
  Word sum[4], carry = 0;
  for (int at = 0; at < 4; at++)
    sum[at] = __builtin_addcll(x->words[at], y->words[at], carry, &carry);
  add_carry(out, sum, carry);
}

/// As add_carry: a borrow of 2^256 takes 38 away, and the second one finds a number close to 2^256.
INLINE void subtract(Field *out, const Field *x, const Field *y) {
  Word rest[4], borrow = 0;
  for (int at = 0; at < 4; at++)
    rest[at] = __builtin_subcll(x->words[at], y->words[at], borrow, &borrow);
  rest[0] = __builtin_subcll(rest[0], 38 & (0 - borrow), 0, &borrow);
  for (int at = 1; at < 4; at++) rest[at] = __builtin_subcll(rest[at], 0, borrow, &borrow);
  rest[0] -= 38 & (0 - borrow);
  __builtin_memcpy(out->words, rest, sizeof rest);
}

INLINE void settle(Field *x) {}

/// Writes the number below p.
INLINE void to_number(Number *out, const Field *x) {
  static const Number p = {
      {0xffffffffffffffed, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff}};
  *out = *x;
  while (!is_below(out->words, p.words, 4)) subtract_words(out->words, p.words, 4);
}

#if defined(JOT_STAND_INS)
INLINE void multiply(Field *out, const Field *x, const Field *y) {
  Word product[8] = {0}, sum[5] = {0}, factor = 38;
  add_product(product, 8, x->words, 4, y->words, 4);
  __builtin_memcpy(sum, product, 32);
  add_product(sum, 5, product + 4, 4, &factor, 1);
  add_carry(out, sum, sum[4]);
}
#else

// A row of the product: rdx times the four words of y, the lower halves added in the chain of the
// carry flag, the upper ones in that of the overflow flag; the last upper half is the new word.
#define ROW(from, r0, r1, r2, r3, r4) \
  "movq " from "(%[x]), %%rdx\n" \
  "xorl %%ecx, %%ecx\n" \
  "mulxq (%[y]), %[low], %[high]\n adcxq %[low], " r0 "\n adoxq %[high], " r1 "\n" \
  "mulxq 8(%[y]), %[low], %[high]\n adcxq %[low], " r1 "\n adoxq %[high], " r2 "\n" \
  "mulxq 16(%[y]), %[low], %[high]\n adcxq %[low], " r2 "\n adoxq %[high], " r3 "\n" \
  "mulxq 24(%[y]), %[low], " r4 "\n adcxq %[low], " r3 "\n adoxq %%rcx, " r4 "\n" \
  "adcxq %%rcx, " r4 "\n"

INLINE void multiply(Field *out, const Field *x, const Field *y) {
  const Word *from = x->words;
  Word r0, r1, r2, r3, r4, r5, r6, low, high;
  // The seventh word is where the address of x was, which the last row no longer needs.
  __asm__(
      "movq (%[x]), %%rdx\n"
      "xorl %%ecx, %%ecx\n"
      "mulxq (%[y]), %[r0], %[r1]\n"
      "mulxq 8(%[y]), %[low], %[r2]\n adcxq %[low], %[r1]\n"
      "mulxq 16(%[y]), %[low], %[r3]\n adcxq %[low], %[r2]\n"
      "mulxq 24(%[y]), %[low], %[r4]\n adcxq %[low], %[r3]\n"
      "adcxq %%rcx, %[r4]\n"
      ROW("8", "%[r1]", "%[r2]", "%[r3]", "%[r4]", "%[r5]")
      ROW("16", "%[r2]", "%[r3]", "%[r4]", "%[r5]", "%[r6]")
      ROW("24", "%[r3]", "%[r4]", "%[r5]", "%[r6]", "%[x]")
      // The upper four words times 38.
      "movl $38, %%edx\n"
      "xorl %%ecx, %%ecx\n"
      "mulxq %[r4], %[low], %[high]\n adcxq %[low], %[r0]\n adoxq %[high], %[r1]\n"
      "mulxq %[r5], %[low], %[high]\n adcxq %[low], %[r1]\n adoxq %[high], %[r2]\n"
      "mulxq %[r6], %[low], %[high]\n adcxq %[low], %[r2]\n adoxq %[high], %[r3]\n"
      "mulxq %[x], %[low], %[high]\n adcxq %[low], %[r3]\n adoxq %%rcx, %[high]\n"
      "adcxq %%rcx, %[high]\n"
      "imulq $38, %[high], %[high]\n"
      "addq %[high], %[r0]\n"
      "adcq $0, %[r1]\n"
      "adcq $0, %[r2]\n"
      "adcq $0, %[r3]\n"
      "sbbq %%rcx, %%rcx\n"
      "andl $38, %%ecx\n"
      "addq %%rcx, %[r0]\n"
      : [x] "+&r"(from), [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3),
        [r4] "=&r"(r4), [r5] "=&r"(r5), [r6] "=&r"(r6), [low] "=&r"(low), [high] "=&r"(high)
      : [y] "r"(y->words)
      : "rcx", "rdx", "cc", "memory");
  *out = (Field){{r0, r1, r2, r3}};
}
#endif

#include "ed25519_rows.h"

ADX int jot_ed25519_verify_adx(const jot_ed25519_job *job) { return verify(job); }

ADX unsigned jot_ed25519_verify_batch_adx(const jot_ed25519_job *jobs, size_t count) {
  return verify_batch(jobs, count);
}

ADX void jot_ed25519_write_row_adx(Entry *row, size_t count, Number *x, Number *y) {
  write_row(row, count, x, y);
}

#else
int jot_ed25519_verify_adx(const jot_ed25519_job *job) { return 0; }
unsigned jot_ed25519_verify_batch_adx(const jot_ed25519_job *jobs, size_t count) { return 0; }
#endif
