// SHA-2 (FIPS 180-4) and HMAC (RFC 2104) of several messages at once, one per lane: independent
// chains fill the cycles in which one chain waits. Lanes are refilled as messages end.
//
// Branches and addresses depend on lengths only, never on a byte of a message or a state.
#pragma once
#include "jot_kernels.h"

/// One message of a batch.
typedef struct {
  /// The state from which hashing continues: eight words of 32 bits for SHA-256, of 64 bits for the
  /// others. For a plain hash, its initial value; for an HMAC, the key's state after its inner
  /// block.
  const void *inner;
  /// Null for a plain hash. For an HMAC, the key's state after its outer block, from which the
  /// inner digest is hashed.
  const void *outer;
  /// The message is text[start..<start + count]; nothing outside the messages is read.
  size_t start, count;
  /// Null, or 64 bytes that precede the message: for a plain SHA-512 only.
  const unsigned char *prefix;
} jot_sha2_job;

/// Digest i begins at byte 64 * i of `digests`; it has 32, 48 or 64 bytes.
enum { JOT_SHA2_STRIDE = 64 };

/// The initial value of the hash with digests of 32, 48 or 64 bytes.
JOT_KERNEL const void *jot_sha2_initial(size_t digest_length);

/// SHA-256 in four streams of the SHA extensions. Needs JOT_SHA.
JOT_KERNEL void jot_sha256_batch_shani(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// As above, in more registers. Needs JOT_SHA, and AVX-512 F, BW and VL, which JOT_IFMA includes.
JOT_KERNEL void jot_sha256_batch_shani_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// SHA-256 in sixteen lanes. Needs AVX-512 F and BW, which JOT_IFMA and JOT_VBMI include.
JOT_KERNEL void jot_sha256_batch_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// SHA-256 in eight lanes. Needs JOT_AVX2.
JOT_KERNEL void jot_sha256_batch_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// SHA-384 or SHA-512, for a digest length of 48 or 64 bytes, in four lanes. Needs JOT_AVX2.
JOT_KERNEL void jot_sha512_batch_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length);

/// As above, in eight lanes. Needs AVX-512 F and BW, which JOT_IFMA and JOT_VBMI include.
JOT_KERNEL void jot_sha512_batch_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length);
