// Curves, points and ECDSA by OpenSSL: the oracle of the kernels for them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "probe.h"
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

enum { CURVES = 4 };
static const int names[CURVES] = {
    NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_secp256k1};
static const int lengths[CURVES] = {32, 48, 66, 32};

// Groups are made once and kept; threads that make the same one keep one each.
static const EC_GROUP *group_of(int curve) {
  static EC_GROUP *groups[CURVES];
  EC_GROUP *group = __atomic_load_n(groups + curve, __ATOMIC_ACQUIRE);
  if (group == NULL) {
    group = EC_GROUP_new_by_curve_name(names[curve]);
    __atomic_store_n(groups + curve, group, __ATOMIC_RELEASE);
  }
  return group;
}

static BIGNUM *number(const unsigned char *bytes, int count) { return BN_bin2bn(bytes, count, NULL); }

static BIGNUM *modulus(int curve, int of_scalars) {
  BIGNUM *prime = BN_new();
  if (of_scalars) BN_copy(prime, EC_GROUP_get0_order(group_of(curve)));
  else EC_GROUP_get_curve(group_of(curve), prime, NULL, NULL, NULL);
  return prime;
}

void reference_ec_modulus(int curve, int of_scalars, unsigned char *result) {
  BIGNUM *m = modulus(curve, of_scalars);
  BN_bn2binpad(m, result, lengths[curve]);
  BN_free(m);
}

int reference_ec_calculate(
    int curve, int of_scalars, char operation, unsigned char *result, const unsigned char *left,
    const unsigned char *right) {
  BN_CTX *numbers = BN_CTX_new();
  BIGNUM *x = number(left, lengths[curve]), *y = number(right, lengths[curve]);
  BIGNUM *m = modulus(curve, of_scalars), *sum = BN_new();
  int is_done = 0;
  switch (operation) {
  case '*': is_done = BN_mod_mul(sum, x, y, m, numbers); break;
  case '+': is_done = BN_mod_add(sum, x, y, m, numbers); break;
  case '-': is_done = BN_mod_sub(sum, x, y, m, numbers); break;
  case '/':
    // 1 / left, and 0 of 0.
    is_done = BN_nnmod(x, x, m, numbers);
    if (BN_is_zero(x)) BN_zero(sum);
    else is_done = BN_mod_inverse(sum, x, m, numbers) != NULL;
    break;
  default: break;
  }
  is_done = is_done == 1 && BN_bn2binpad(sum, result, lengths[curve]) == lengths[curve];
  BN_free(x), BN_free(y), BN_free(m), BN_free(sum), BN_CTX_free(numbers);
  return is_done;
}

static int write_point(int curve, const EC_POINT *point, unsigned char *x, unsigned char *y) {
  BIGNUM *numbers[2] = {BN_new(), BN_new()};
  int is_done = !EC_POINT_is_at_infinity(group_of(curve), point)
      && EC_POINT_get_affine_coordinates(group_of(curve), point, numbers[0], numbers[1], NULL) == 1
      && BN_bn2binpad(numbers[0], x, lengths[curve]) == lengths[curve]
      && BN_bn2binpad(numbers[1], y, lengths[curve]) == lengths[curve];
  BN_free(numbers[0]), BN_free(numbers[1]);
  return is_done;
}

static EC_POINT *point_of(int curve, const unsigned char *x, const unsigned char *y) {
  BIGNUM *first = number(x, lengths[curve]), *second = number(y, lengths[curve]);
  EC_POINT *point = EC_POINT_new(group_of(curve));
  if (EC_POINT_set_affine_coordinates(group_of(curve), point, first, second, NULL) != 1) {
    EC_POINT_free(point);
    point = NULL;
  }
  BN_free(first), BN_free(second);
  return point;
}

int reference_ec_sum(
    int curve, const unsigned char *u, const unsigned char *v, const unsigned char *x,
    const unsigned char *y, unsigned char *sum_x, unsigned char *sum_y) {
  BIGNUM *first = number(u, lengths[curve]), *second = v == NULL ? NULL : number(v, lengths[curve]);
  EC_POINT *point = v == NULL ? NULL : point_of(curve, x, y), *sum = EC_POINT_new(group_of(curve));
  int is_done = (v == NULL || point != NULL)
      && EC_POINT_mul(group_of(curve), sum, first, point, second, NULL) == 1
      && write_point(curve, sum, sum_x, sum_y);
  BN_free(first), BN_free(second), EC_POINT_free(point), EC_POINT_free(sum);
  return is_done;
}

int reference_ec_lift(int curve, const unsigned char *x, unsigned char *y) {
  unsigned char same[66];
  BIGNUM *first = number(x, lengths[curve]);
  EC_POINT *point = EC_POINT_new(group_of(curve));
  int is_done =
      EC_POINT_set_compressed_coordinates(group_of(curve), point, first, 0, NULL) == 1
      && write_point(curve, point, same, y);
  BN_free(first), EC_POINT_free(point);
  return is_done;
}

static EC_KEY *key_of(int curve, EC_POINT *point) {
  EC_KEY *key = point == NULL ? NULL : EC_KEY_new_by_curve_name(names[curve]);
  if (key != NULL && EC_KEY_set_public_key(key, point) != 1) {
    EC_KEY_free(key);
    key = NULL;
  }
  EC_POINT_free(point);
  return key;
}

void *reference_ecdsa_open(int curve, const unsigned char *x, const unsigned char *y) {
  return key_of(curve, point_of(curve, x, y));
}

void reference_ecdsa_close(void *key) { EC_KEY_free(key); }

int reference_ecdsa_verify(
    void *key, int curve, const unsigned char *signature, const unsigned char *digest,
    size_t count) {
  ECDSA_SIG *pair = ECDSA_SIG_new();
  int length = lengths[curve];
  ECDSA_SIG_set0(pair, number(signature, length), number(signature + length, length));
  int is_valid = ECDSA_do_verify(digest, (int)count, pair, key) == 1;
  ECDSA_SIG_free(pair);
  return is_valid;
}

int reference_ecdsa_sign(
    int curve, const unsigned char *scalar, const unsigned char *digest, size_t count,
    unsigned char *signature) {
  int length = lengths[curve];
  EC_KEY *key = EC_KEY_new_by_curve_name(names[curve]);
  BIGNUM *d = number(scalar, length);
  EC_KEY_set_private_key(key, d);
  ECDSA_SIG *pair = ECDSA_do_sign(digest, (int)count, key);
  int is_done = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, length) == length
      && BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + length, length) == length;
  ECDSA_SIG_free(pair), BN_free(d), EC_KEY_free(key);
  return is_done;
}
