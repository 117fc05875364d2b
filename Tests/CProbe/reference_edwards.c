// Edwards25519 by OpenSSL's big numbers: slow, and independent of Jot's kernels. Sizes in bytes: a
// point's encoding and a scalar have 32, a hash 64, all little-endian.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "reference_edwards.h"
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/// Extended coordinates: x = X / Z, y = Y / Z, x y = T / Z.
typedef struct {
  BIGNUM *x, *y, *z, *t;
} Point;

static __thread BN_CTX *numbers;
static __thread BIGNUM *p, *d, *order;

static BIGNUM *number(void) {
  BIGNUM *new = BN_new();
  if (new == NULL) abort();
  return new;
}

static void require(int is_done) {
  if (is_done != 1) abort();
}

static void start(void) {
  if (numbers != NULL) return;
  numbers = BN_CTX_new(), p = number(), d = number(), order = NULL;
  require(numbers != NULL && BN_set_bit(p, 255) && BN_sub_word(p, 19));
  BIGNUM *divisor = number();
  require(BN_set_word(divisor, 121666) && BN_mod_inverse(divisor, divisor, p, numbers) != NULL);
  require(BN_set_word(d, 121665) && BN_mod_mul(d, d, divisor, p, numbers) && BN_sub(d, p, d));
  require(BN_hex2bn(
      &order, "1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED") == 64);
  BN_free(divisor);
}

static BIGNUM *times(const BIGNUM *x, const BIGNUM *y) {
  BIGNUM *product = number();
  require(BN_mod_mul(product, x, y, p, numbers));
  return product;
}
static BIGNUM *sum(const BIGNUM *x, const BIGNUM *y) {
  BIGNUM *result = number();
  require(BN_mod_add(result, x, y, p, numbers));
  return result;
}
static BIGNUM *difference(const BIGNUM *x, const BIGNUM *y) {
  BIGNUM *result = number();
  require(BN_mod_sub(result, x, y, p, numbers));
  return result;
}

static void release(Point point) {
  BN_free(point.x), BN_free(point.y), BN_free(point.z), BN_free(point.t);
}

static Point affine(BIGNUM *x, BIGNUM *y) {
  Point point = {x, y, number(), times(x, y)};
  require(BN_one(point.z));
  return point;
}

/// y modulo p; x = 0 with any sign. Returns 0 if there is no such point.
static int decode(Point *point, const unsigned char bytes[32]) {
  unsigned char rest[32];
  memcpy(rest, bytes, 32);
  rest[31] &= 127;
  BIGNUM *y = BN_lebin2bn(rest, 32, NULL), *one = number();
  require(y != NULL && BN_one(one) && BN_nnmod(y, y, p, numbers));
  BIGNUM *yy = times(y, y), *dyy = times(d, yy), *u = difference(yy, one), *v = sum(dyy, one);
  require(BN_mod_inverse(v, v, p, numbers) != NULL);
  BIGNUM *xx = times(u, v), *x = BN_mod_sqrt(NULL, xx, p, numbers);
  if (x != NULL && BN_is_odd(x) != bytes[31] >> 7 && !BN_is_zero(x)) require(BN_sub(x, p, x));
  if (x != NULL) *point = affine(x, y);
  BN_free(one), BN_free(yy), BN_free(dyy), BN_free(u), BN_free(v), BN_free(xx);
  if (x == NULL) BN_free(y);
  return x != NULL;
}

static void encode(unsigned char bytes[32], const Point *point) {
  BIGNUM *inverse = BN_mod_inverse(NULL, point->z, p, numbers);
  require(inverse != NULL);
  BIGNUM *x = times(point->x, inverse), *y = times(point->y, inverse);
  require(BN_bn2lebinpad(y, bytes, 32) == 32);
  bytes[31] |= (unsigned char)(BN_is_odd(x) << 7);
  BN_free(inverse), BN_free(x), BN_free(y);
}

/// RFC 8032 §5.1.4 in the form without a multiplication by 2 d: complete.
static void add(Point *point, const Point *other) {
  BIGNUM *xx = times(point->x, other->x), *yy = times(point->y, other->y);
  BIGNUM *tt = times(point->t, other->t), *zz = times(point->z, other->z);
  BIGNUM *c = times(tt, d), *l = sum(point->x, point->y), *r = sum(other->x, other->y);
  BIGNUM *lr = times(l, r), *e1 = difference(lr, xx), *e = difference(e1, yy);
  BIGNUM *f = difference(zz, c), *g = sum(zz, c), *h = sum(yy, xx);
  release(*point);
  *point = (Point){times(e, f), times(g, h), times(f, g), times(e, h)};
  BIGNUM *all[] = {xx, yy, tt, zz, c, l, r, lr, e1, e, f, g, h};
  for (size_t at = 0; at < sizeof all / sizeof *all; at++) BN_free(all[at]);
}

static Point neutral(void) {
  BIGNUM *x = number(), *y = number();
  require(BN_one(y));
  return affine(x, y);
}

static Point multiple(const BIGNUM *scalar, const Point *point) {
  Point result = neutral();
  for (int bit = BN_num_bits(scalar); bit-- > 0;) {
    Point copy = {BN_dup(result.x), BN_dup(result.y), BN_dup(result.z), BN_dup(result.t)};
    add(&result, &copy);
    release(copy);
    if (BN_is_bit_set(scalar, bit)) add(&result, point);
  }
  return result;
}

static Point decoded(const unsigned char bytes[32]) {
  Point point;
  require(decode(&point, bytes));
  return point;
}

static const unsigned char base_bytes[32] = {
    0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
/// A point of order 8.
static const unsigned char torsion_bytes[32] = {
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
    0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};

int reference_edwards_is_point(const unsigned char bytes[32]) {
  start();
  Point point;
  if (!decode(&point, bytes)) return 0;
  release(point);
  return 1;
}

void reference_edwards_point(
    unsigned char bytes[32], const unsigned char scalar[32], unsigned torsion) {
  start();
  BIGNUM *factor = BN_lebin2bn(scalar, 32, NULL);
  Point base = decoded(base_bytes), eighth = decoded(torsion_bytes);
  Point result = multiple(factor, &base);
  for (unsigned at = 0; at < torsion; at++) add(&result, &eighth);
  encode(bytes, &result);
  release(base), release(eighth), release(result), BN_free(factor);
}

void reference_edwards_combine(
    unsigned char bytes[32], const unsigned char s[32], const unsigned char hash[64],
    const unsigned char point[32]) {
  start();
  BIGNUM *first = BN_lebin2bn(s, 32, NULL), *second = BN_lebin2bn(hash, 64, NULL);
  require(BN_nnmod(second, second, order, numbers));
  Point base = decoded(base_bytes), a = decoded(point);
  require(BN_nnmod(a.x, a.x, p, numbers));
  if (!BN_is_zero(a.x)) require(BN_sub(a.x, p, a.x));
  if (!BN_is_zero(a.t)) require(BN_sub(a.t, p, a.t));
  Point result = multiple(first, &base), other = multiple(second, &a);
  add(&result, &other);
  encode(bytes, &result);
  release(base), release(a), release(result), release(other), BN_free(first), BN_free(second);
}

void reference_edwards_hash(
    unsigned char hash[64], const unsigned char r[32], const unsigned char point[32],
    const unsigned char *message, size_t count) {
  SHA512_CTX state;
  SHA512_Init(&state), SHA512_Update(&state, r, 32), SHA512_Update(&state, point, 32);
  SHA512_Update(&state, message, count), SHA512_Final(hash, &state);
}

void reference_edwards_s(
    unsigned char s[32], const unsigned char nonce[32], const unsigned char hash[64],
    const unsigned char scalar[32]) {
  start();
  BIGNUM *r = BN_lebin2bn(nonce, 32, NULL), *h = BN_lebin2bn(hash, 64, NULL);
  BIGNUM *a = BN_lebin2bn(scalar, 32, NULL);
  require(BN_mod_mul(h, h, a, order, numbers) && BN_mod_add(h, h, r, order, numbers));
  require(BN_bn2lebinpad(h, s, 32) == 32);
  BN_free(r), BN_free(h), BN_free(a);
}

int reference_edwards_verify(
    const unsigned char signature[64], const unsigned char point[32],
    const unsigned char *message, size_t count) {
  EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point, 32);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  require(key != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key));
  int is_valid = EVP_DigestVerify(context, signature, 64, message, count) == 1;
  EVP_MD_CTX_free(context), EVP_PKEY_free(key);
  return is_valid;
}

void reference_edwards_sign(
    unsigned char signature[64], unsigned char point[32], const unsigned char seed[32],
    const unsigned char *message, size_t count) {
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t point_count = 32, signature_count = 64;
  require(key != NULL && EVP_PKEY_get_raw_public_key(key, point, &point_count));
  require(EVP_DigestSignInit(context, NULL, NULL, NULL, key));
  require(EVP_DigestSign(context, signature, &signature_count, message, count));
  EVP_MD_CTX_free(context), EVP_PKEY_free(key);
}
