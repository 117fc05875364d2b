// Chooses the file of a curve and of instruction sets.
#include "jot_ecdsa.h"
#include "ec_sizes.h"

typedef struct {
  int (*prepare)(unsigned long long *, const unsigned char *, const unsigned char *);
  void (*verify)(const unsigned long long *, jot_ecdsa_job *, size_t);
  void (*calculate)(
      int, unsigned char *, const unsigned char *, const unsigned char *);
} Kernel;

#define KERNEL(CURVE, SET) \
  {jot_##CURVE##_prepare_##SET, jot_##CURVE##_verify_##SET, jot_##CURVE##_calculate_##SET}

static const Kernel portable[] = {
    KERNEL(p256, portable), KERNEL(p384, portable), KERNEL(p521, portable),
    KERNEL(secp256k1, portable),
};
#if defined(JOT_X86_KERNELS)
static const Kernel adx[] = {
    KERNEL(p256, adx), KERNEL(p384, adx), KERNEL(p521, adx), KERNEL(secp256k1, adx),
};
#endif

static const Kernel *kernel_of(int curve, unsigned sets) {
#if defined(JOT_X86_KERNELS)
  if (sets & JOT_ADX) return adx + curve;
#endif
  (void)sets;
  return portable + curve;
}

size_t jot_ecdsa_table_words(int curve) {
  static const unsigned words[] = {P256_WORDS, P384_WORDS, P521_WORDS, SECP256K1_WORDS};
  return words[curve];
}

size_t jot_ecdsa_shared_words(int curve) {
  static const unsigned words[] = {
      P256_SHARED_WORDS, P384_SHARED_WORDS, P521_SHARED_WORDS, SECP256K1_SHARED_WORDS};
  return words[curve];
}

int jot_ecdsa_prepare(
    int curve, unsigned sets, unsigned long long *table, const unsigned char *x,
    const unsigned char *y) {
  return kernel_of(curve, sets)->prepare(table, x, y);
}

void jot_ecdsa_verify(
    int curve, unsigned sets, const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count) {
#if defined(JOT_X86_KERNELS)
  if (curve == JOT_P256 && (sets & JOT_IFMA)) {
    jot_p256_verify_ifma(shared, jobs, count);
    return;
  }
#endif
  kernel_of(curve, sets)->verify(shared, jobs, count);
}

void jot_ecdsa_calculate(
    int curve, unsigned sets, int operation, unsigned char *result, const unsigned char *left,
    const unsigned char *right) {
  kernel_of(curve, sets)->calculate(operation, result, left, right);
}
