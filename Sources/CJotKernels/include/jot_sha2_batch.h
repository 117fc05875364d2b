// SHA-2 (FIPS 180-4) and HMAC (RFC 2104) of many messages at once, one in each lane: independent
// chains fill the cycles that one chain waits. Lanes are refilled as messages end.
//
// What branches and addresses depend on is lengths, never a byte of a message or a state.
#pragma once
#include "jot_kernels.h"

/// One message of many.
typedef struct {
  /// The state that hashing goes on from: eight words of 32 bits for SHA-256, of 64 bits for the
  /// others. Of a plain hash, its initial value; of an HMAC, the key's after its inner block.
  const void *inner;
  /// Null for a plain hash. Of an HMAC, the key's state after its outer block: the inner digest is
  /// hashed on from it.
  const void *outer;
  /// The message is text[start..<start + count]; nothing beside the messages is read.
  size_t start, count;
} jot_sha2_job;

/// Digest i is written from byte 64 * i of `digests` on; it has 32, 48 or 64 bytes.
enum { JOT_SHA2_STRIDE = 64 };

/// The initial value of the hash with digests of 32, 48 or 64 bytes.
JOT_KERNEL const void *jot_sha2_initial(size_t digest_length);

/// SHA-256 in four streams of the SHA extensions. Needs JOT_SHA.
JOT_KERNEL void jot_sha256_many_shani(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// SHA-256 in sixteen lanes. Needs AVX-512 F and BW, which JOT_IFMA and JOT_VBMI include.
JOT_KERNEL void jot_sha256_many_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// SHA-256 in eight lanes. Needs JOT_AVX2.
JOT_KERNEL void jot_sha256_many_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count);

/// SHA-384 or SHA-512, by the digests' length of 48 or 64 bytes, in four lanes. Needs JOT_AVX2.
JOT_KERNEL void jot_sha512_many_avx2(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length);

/// The same in eight lanes. Needs AVX-512 F and BW, which JOT_IFMA and JOT_VBMI include.
JOT_KERNEL void jot_sha512_many_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length);
