// RSA signatures raised to 65537, one in each lane of a vector. Public values only: time and addresses
// depend on them.
#pragma once
#include "jot_kernels.h"
#include <stdint.h>

/// How many words a prepared key of a modulus of `bytes` bytes takes: 256, 384 or 512.
__attribute__((swift_attr("@_noAllocation"))) static inline size_t jot_rsa_many_key_words(
    size_t bytes) {
  return 4 + 3 * (bytes * 5 / 32);
}

/// Prepares a key for both kernels: writes jot_rsa_many_key_words(bytes) words. The modulus is
/// big-endian and odd, its top bit is set, and it has 256, 384 or 512 bytes.
JOT_KERNEL void jot_rsa_many_prepare(uint64_t *key, const unsigned char *modulus, size_t bytes);

/// One signature: big-endian, of the modulus's length, and less than it.
typedef struct {
  const uint64_t *key;
  const unsigned char *signature;
  /// Where signature^65537 mod n goes, in the same form. No two jobs' results overlap, nor a result and
  /// a signature.
  unsigned char *result;
} jot_rsa_many_job;

enum { JOT_RSA_MANY_AVX2_LANES = 4, JOT_RSA_MANY_IFMA_LANES = 8 };

/// Raises a signature in each lane; all keys have moduli of `bytes` bytes.
JOT_KERNEL void jot_rsa_many_avx2(const jot_rsa_many_job jobs[4], size_t bytes);
JOT_KERNEL void jot_rsa_many_ifma(const jot_rsa_many_job jobs[8], size_t bytes);
