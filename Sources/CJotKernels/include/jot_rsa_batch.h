// Raises RSA signatures to 65537, one in each lane of a vector. For public values only: time and
// addresses depend on them.
#pragma once
#include "jot_kernels.h"

/// Returns the words of a prepared key with a modulus of `bytes` bytes: 256, 384 or 512.
__attribute__((swift_attr("@_noAllocation"))) static inline size_t jot_rsa_batch_key_words(
    size_t bytes) {
  return 4 + 3 * (bytes * 5 / 32);
}

/// Prepares a key for both kernels: writes jot_rsa_batch_key_words(bytes) words. The modulus is
/// big-endian and odd, its top bit is set, and it has 256, 384 or 512 bytes.
JOT_KERNEL void jot_rsa_batch_prepare(
    unsigned long long *key, const unsigned char *modulus, size_t bytes);

/// One signature: big-endian, as long as the modulus. The result is correct, and below the modulus,
/// even if the signature is not.
typedef struct {
  const unsigned long long *key;
  const unsigned char *signature;
  /// Receives signature^65537 mod n, in the same form. Written after all signatures were read, so
  /// it may overlap a signature, and several lanes may have the same job.
  unsigned char *result;
} jot_rsa_batch_job;

/// Raises a signature in each lane; all keys have moduli of `bytes` bytes.
JOT_KERNEL void jot_rsa_batch_avx2(const jot_rsa_batch_job jobs[4], size_t bytes);
JOT_KERNEL void jot_rsa_batch_ifma(const jot_rsa_batch_job jobs[8], size_t bytes);
