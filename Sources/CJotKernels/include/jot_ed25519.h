// Verifies Ed25519 signatures (RFC 8032 §5.1.7, without the cofactor) with a table of the key's
// multiples. Public values only: time and addresses depend on them.
#pragma once
#include "jot_kernels.h"

/// The bytes of a prepared key. It is aligned to 64 bytes, and holds no address of itself.
enum { JOT_ED25519_KEY_SIZE = 132224 };

/// Prepares a key from its 32 bytes, in JOT_ED25519_KEY_SIZE bytes. Returns 0 if they are no point,
/// or if there is no memory for the base point's table, which the first call of a process makes.
///
/// Decodes as OpenSSL does: y may be p or more, and x = 0 may have a sign. Small orders are for the
/// caller to refuse.
JOT_KERNEL int jot_ed25519_prepare(void *key, const unsigned char point[32]);
/// Needs JOT_ADX. The prepared bytes are the same.
JOT_KERNEL int jot_ed25519_prepare_adx(void *key, const unsigned char point[32]);

/// The 32 bytes that the key was prepared from.
__attribute__((swift_attr("@_noAllocation"))) static inline const unsigned char *jot_ed25519_point(
    const void *key) {
  return (const unsigned char *)key + 32;
}

/// One signature of 64 bytes, and the 64 of SHA-512 of its first half, the key's bytes and the
/// message.
typedef struct {
  const void *key;
  const unsigned char *signature;
  const unsigned char *hash;
} jot_ed25519_job;

/// The most signatures in a batch.
enum { JOT_ED25519_BATCH = 32 };

/// Returns whether the signature is valid, as OpenSSL decides: s is below the order of the base
/// point, and the encoding of s B - h A equals the signature's first half.
JOT_KERNEL int jot_ed25519_verify(const jot_ed25519_job *job);
JOT_KERNEL int jot_ed25519_verify_adx(const jot_ed25519_job *job);
JOT_KERNEL int jot_ed25519_verify_ifma(const jot_ed25519_job *job);

/// Returns a mask with a bit for each valid one of `count` signatures, of any keys; `count` is at
/// most JOT_ED25519_BATCH.
JOT_KERNEL unsigned jot_ed25519_verify_batch(const jot_ed25519_job *jobs, size_t count);
JOT_KERNEL unsigned jot_ed25519_verify_batch_adx(const jot_ed25519_job *jobs, size_t count);
JOT_KERNEL unsigned jot_ed25519_verify_batch_ifma(const jot_ed25519_job *jobs, size_t count);
