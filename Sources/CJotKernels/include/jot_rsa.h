// Kernels for one RSA signature at a time: signature^65537 modulo n, for moduli of 2048, 3072 and
// 4096 bits. Public numbers only: the time depends on them. rsa_key.c prepares a key, once.
#pragma once
#include "jot_kernels.h"

typedef unsigned long long jot_limb;

/// A modulus in the kernels' form: plain data, prepared once, then only read. It is aligned to 64
/// bytes; the type does not say so, because Swift could not import it.
///
/// Limbs have 52 bits for IFMA, 28 (27 for 4096 bits) for AVX2. `fold` is (n * k + 1) / 2^w with k
/// = -1/n modulo 2^w. Removing a number's lowest w bits m and adding m * fold divides the number by
/// 2^w modulo n. So only the last step of a reduction must compute its multiplier. w is 52 for
/// IFMA, and four limbs for AVX2.
///
/// Limbs are interleaved: limb j of v vectors is in vector j % v, lane j / v. AVX2's numbers have
/// three more vectors in front: the last ones, moved up a lane.
typedef struct {
  jot_limb n52[80];    ///< 5, 8 or 10 vectors of 8 lanes
  jot_limb fold52[80];
  jot_limb rr52[80];   ///< 2^(104 * limbs) modulo n, for 40, 60 or 80 limbs
  jot_limb n28[172];   ///< 20, 32 or 40 vectors of 4 lanes, and three
  jot_limb fold28[172];
  jot_limb rr28[172];  ///< 2^(2 * width * limbs) modulo n, for 76, 112 or 152 limbs
  jot_limb n[64];
  jot_limb inverse;    ///< -1/n modulo 2^64
  jot_limb bits;
} jot_rsa_key;

/// Prepares a key from a big-endian modulus of `count` bytes. Returns 0 if no kernel supports it:
/// it must have 2048, 3072 or 4096 bits and be odd.
JOT_KERNEL int jot_rsa_prepare(jot_rsa_key *key, const unsigned char *modulus, size_t count);

/// Writes signature^65537 modulo n, as long as the modulus and below it. Returns 0 and writes
/// nothing if the signature is not below n. `out` may be `signature`.
JOT_KERNEL int jot_rsa_public_avx2(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature);
JOT_KERNEL int jot_rsa_public_ifma(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature);
