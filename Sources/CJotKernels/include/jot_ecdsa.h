// Verifies ECDSA signatures of keys that are prepared: a table of multiples for each key, and one
// of the generator for each curve. For public values only: time and addresses depend on them.
#pragma once
#include "jot_kernels.h"

enum { JOT_P256, JOT_P384, JOT_P521, JOT_SECP256K1 };

/// The most signatures of a batch.
enum { JOT_ECDSA_MOST = 32 };

/// One signature.
typedef struct {
  /// The key's table.
  const unsigned long long *table;
  /// r and s, big-endian, each as long as a coordinate: 32, 48 or 66 bytes.
  const unsigned char *signature;
  /// At most 64 bytes; of more than a scalar has, the first count. Without any, nothing is valid.
  const unsigned char *digest;
  size_t digest_count;
  /// Receives 1 if the signature is valid, otherwise 0.
  int is_valid;
} jot_ecdsa_job;

/// What tests compare: on numbers below the prime, and the last two below the order.
enum {
  JOT_EC_PRODUCT, JOT_EC_SQUARE, JOT_EC_SUM, JOT_EC_DIFFERENCE, JOT_EC_INVERSE,
  JOT_EC_SCALAR_PRODUCT, JOT_EC_SCALAR_INVERSE,
};

/// The words of a key's table, and of the generator's.
JOT_KERNEL size_t jot_ecdsa_table_words(int curve);
JOT_KERNEL size_t jot_ecdsa_shared_words(int curve);

/// Makes a key's table from its big-endian coordinates. Returns 0 if one is not below the prime, or
/// the point is not on the curve. Makes the generator's table if `x` is NULL. `sets` may have
/// JOT_ADX, otherwise plain C runs, and JOT_IFMA, for P-256: here and below. A table is the same for
/// all sets.
JOT_KERNEL int jot_ecdsa_prepare(
    int curve, unsigned sets, unsigned long long *table, const unsigned char *x,
    const unsigned char *y);

/// Verifies up to JOT_ECDSA_MOST signatures of keys on one curve; `shared` is the generator's
/// table.
JOT_KERNEL void jot_ecdsa_verify(
    int curve, unsigned sets, const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count);

/// One operation on big-endian numbers as long as a coordinate; the operand of an inverse is
/// `left`.
JOT_KERNEL void jot_ecdsa_calculate(
    int curve, unsigned sets, int operation, unsigned char *result, const unsigned char *left,
    const unsigned char *right);

// The same for one curve and set.
#define JOT_EC_KERNEL(CURVE, SET) \
  JOT_KERNEL int jot_##CURVE##_prepare_##SET( \
      unsigned long long *table, const unsigned char *x, const unsigned char *y); \
  JOT_KERNEL void jot_##CURVE##_verify_##SET( \
      const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count); \
  JOT_KERNEL void jot_##CURVE##_calculate_##SET( \
      int operation, unsigned char *result, const unsigned char *left, const unsigned char *right);
JOT_EC_KERNEL(p256, portable)
JOT_EC_KERNEL(p256, adx)
JOT_EC_KERNEL(p384, portable)
JOT_EC_KERNEL(p384, adx)
JOT_EC_KERNEL(p521, portable)
JOT_EC_KERNEL(p521, adx)
JOT_EC_KERNEL(secp256k1, portable)
JOT_EC_KERNEL(secp256k1, adx)
#undef JOT_EC_KERNEL

/// As jot_p256_verify_adx, in eight lanes.
JOT_KERNEL void jot_p256_verify_ifma(
    const unsigned long long *shared, jot_ecdsa_job *jobs, size_t count);
