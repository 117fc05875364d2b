// Preparing an RSA modulus for the kernels: plain C, once for each key.
#include "jot_rsa.h"



typedef unsigned __int128 Wide;

/// Subtracts n from x[0..<limbs] and returns the borrow.
static uint64_t subtract(uint64_t *x, const uint64_t *n, int limbs) {
  uint64_t borrow = 0;
  for (int i = 0; i < limbs; i++) {
    Wide difference = (Wide)x[i] - n[i] - borrow;
    x[i] = (uint64_t)difference;
    borrow = (uint64_t)(difference >> 64) & 1;
  }
  return borrow;
}

static int is_below(const uint64_t *x, const uint64_t *n, int limbs) {
  for (int i = limbs - 1; i >= 0; i--)
    if (x[i] != n[i]) return x[i] < n[i];
  return 0;
}

/// Doubles x, which is below n, modulo n.
static void twice(uint64_t *x, const uint64_t *n, int limbs) {
  uint64_t top = x[limbs - 1] >> 63;
  for (int i = limbs - 1; i > 0; i--) x[i] = x[i] << 1 | x[i - 1] >> 63;
  x[0] <<= 1;
  if (top || !is_below(x, n, limbs)) subtract(x, n, limbs);
}

/// Writes (n * k + 1) / 2^width, which is at most n.
static void fold(uint64_t *out, const uint64_t *n, int limbs, uint64_t k, int width) {
  uint64_t product[65];
  Wide sum = 1;
  for (int i = 0; i < limbs; i++) {
    sum += (Wide)n[i] * k;
    product[i] = (uint64_t)sum;
    sum >>= 64;
  }
  product[limbs] = (uint64_t)sum;
  for (int i = 0; i < limbs; i++)
    out[i] = width == 64 ? product[i + 1] : product[i] >> width | product[i + 1] << (64 - width);
}

/// Writes x in 52-bit limbs in the order of the IFMA kernel's vectors.
static void spread(uint64_t out[80], const uint64_t *x, int limbs, int vectors) {
  __builtin_memset(out, 0, 80 * sizeof(uint64_t));
  for (int j = 0; 52 * j < 64 * limbs; j++) {
    int word = 52 * j / 64, shift = 52 * j % 64;
    uint64_t limb = x[word] >> shift;
    if (shift > 12 && word + 1 < limbs) limb |= x[word + 1] << (64 - shift);
    out[8 * (j % vectors) + j / vectors] = limb & 0xfffffffffffff;
  }
}

int jot_rsa_prepare(jot_rsa_key *key, const unsigned char *modulus, size_t count) {
  if (count != 256 && count != 384 && count != 512) return 0;
  if (modulus[0] < 0x80 || modulus[count - 1] % 2 == 0) return 0;
  int limbs = (int)count / 8, vectors = count == 256 ? 5 : count == 384 ? 8 : 10;
  __builtin_memset(key, 0, sizeof *key);
  key->bits = 8 * count;
  for (size_t i = 0; i < count; i++)
    key->n[i / 8] |= (uint64_t)modulus[count - 1 - i] << (8 * (i % 8));
  const uint64_t *n = key->n;

  // Newton's steps double the bits that are right; n * n = 1 modulo 8 begins with three.
  uint64_t inverse = n[0];
  for (int i = 0; i < 5; i++) inverse *= 2 - n[0] * inverse;
  key->inverse = 0 - inverse;
  key->inverse52 = key->inverse & 0xfffffffffffff;
  fold(key->fold, n, limbs, key->inverse, 64);
  uint64_t number[64] = {0};
  fold(number, n, limbs, key->inverse52, 52);
  spread(key->fold52, number, limbs, vectors);
  spread(key->n52, n, limbs, vectors);

  // 2^bits modulo n is 2^bits - n, as n's top bit is set; then a doubling for each further bit.
  __builtin_memset(number, 0, sizeof number);
  subtract(number, n, limbs);
  int power = 64 * limbs;
  for (; power < 128 * limbs; power++) twice(number, n, limbs);
  __builtin_memcpy(key->rr, number, sizeof number);
  int width = count == 256 ? 40 : count == 384 ? 60 : 80;
  for (; power < 104 * width; power++) twice(number, n, limbs);
  spread(key->rr52, number, limbs, vectors);
  return 1;
}
