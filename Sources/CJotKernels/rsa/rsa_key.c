// Prepares an RSA modulus for the kernels: plain C, once per key.
#include "jot_rsa.h"

#if defined(JOT_X86_KERNELS)
#include "rsa_words.h"
#include <string.h>

typedef unsigned __int128 Wide;

/// Doubles x, which is below n, modulo n.
static void twice(Scalar *x, const Scalar *n, int limbs) {
  Scalar top = x[limbs - 1] >> 63;
  for (int i = limbs - 1; i > 0; i--) x[i] = x[i] << 1 | x[i - 1] >> 63;
  x[0] <<= 1;
  if (top || !is_below(x, n, limbs)) subtract_words(x, n, limbs);
}

/// Writes (n * k + 1) / 2^width, which is at most n.
static void fold(Scalar *out, const Scalar *n, int limbs, Wide k, int width) {
  Scalar product[67] = {1};
  for (int half = 0; half < 2; half++) {
    Scalar factor = (Scalar)(k >> (64 * half)), carry = 0;
    for (int i = 0; i <= limbs; i++) {
      Wide sum = (Wide)(i < limbs ? n[i] : 0) * factor + product[i + half] + carry;
      product[i + half] = (Scalar)sum;
      carry = (Scalar)(sum >> 64);
    }
  }
  int words = width / 64, shift = width % 64;
  for (int i = 0; i < limbs; i++)
    out[i] = product[i + words] >> shift | product[i + words + 1] << (64 - shift);
}

/// Writes 2^power modulo n.
static void power_of_two(Scalar *out, const Scalar *n, int limbs, int power) {
  // 2^bits modulo n is 2^bits - n, as n's top bit is set; then one doubling per further bit.
  memset(out, 0, sizeof(Scalar) * (size_t)limbs);
  subtract_words(out, n, limbs);
  for (int bit = 64 * limbs; bit < power; bit++) twice(out, n, limbs);
}

int jot_rsa_prepare(jot_rsa_key *key, const unsigned char *modulus, size_t count) {
  if (count != 256 && count != 384 && count != 512) return 0;
  if (modulus[0] < 0x80 || modulus[count - 1] % 2 == 0) return 0;
  int limbs = (int)count / 8, size = (int)count / 128 - 2;
  memset(key, 0, sizeof *key);
  key->bits = 8 * count;
  Scalar n[65] = {0}, number[65] = {0};
  read_words(n, modulus, (size_t)limbs);
  memcpy(key->n, n, count);

  // Newton's method doubles the correct bits per step; n * n = 1 modulo 8 begins with three.
  Wide inverse = n[0], low = (Wide)n[1] << 64 | n[0];
  for (int i = 0; i < 6; i++) inverse *= 2 - low * inverse;
  inverse = 0 - inverse;
  key->inverse = (Scalar)inverse;

  int vectors = (int[]){5, 8, 10}[size];
  spread(key->n52, n, limbs, 52, vectors, 8);
  fold(number, n, limbs, inverse & 0xfffffffffffff, 52);
  spread(key->fold52, number, limbs, 52, vectors, 8);
  power_of_two(number, n, limbs, 104 * (int[]){40, 60, 80}[size]);
  spread(key->rr52, number, limbs, 52, vectors, 8);

  int width = size == 2 ? 27 : 28;
  vectors = (int[]){20, 32, 40}[size];
  spread_wrapped(key->n28, n, limbs, width, vectors);
  fold(number, n, limbs, inverse & (((Wide)1 << 4 * width) - 1), 4 * width);
  spread_wrapped(key->fold28, number, limbs, width, vectors);
  power_of_two(number, n, limbs, 2 * width * (int[]){76, 112, 152}[size]);
  spread_wrapped(key->rr28, number, limbs, width, vectors);
  return 1;
}

#else
int jot_rsa_prepare(jot_rsa_key *key, const unsigned char *modulus, size_t count) { return 0; }
#endif
