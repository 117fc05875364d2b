// RSA signatures raised to 65537, one in each lane of a vector. For public values only: time and
// addresses depend on them.
#pragma once
#include "jot_kernels.h"

/// How many words a prepared key of a modulus of `bytes` bytes takes: 256, 384 or 512.
__attribute__((swift_attr("@_noAllocation"))) static inline size_t jot_rsa_many_key_words(
    size_t bytes) {
  return 4 + 3 * (bytes * 5 / 32);
}

/// Prepares a key for both kernels: writes jot_rsa_many_key_words(bytes) words. The modulus is
/// big-endian and odd, its top bit is set, and it has 256, 384 or 512 bytes.
JOT_KERNEL void jot_rsa_many_prepare(
    unsigned long long *key, const unsigned char *modulus, size_t bytes);

/// One signature: big-endian, of the modulus's length. The result comes out right, and below the
/// modulus, even where the signature is not.
typedef struct {
  const unsigned long long *key;
  const unsigned char *signature;
  /// Where signature^65537 mod n goes, in the same form. It is written when all signatures are
  /// read, so it can take a signature's place, and a job can stand in several lanes.
  unsigned char *result;
} jot_rsa_many_job;

/// Raises a signature in each lane; all keys have moduli of `bytes` bytes.
JOT_KERNEL void jot_rsa_many_avx2(const jot_rsa_many_job jobs[4], size_t bytes);
JOT_KERNEL void jot_rsa_many_ifma(const jot_rsa_many_job jobs[8], size_t bytes);
