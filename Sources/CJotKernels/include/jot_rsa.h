// Kernels for one RSA signature at a time: signature^65537 modulo n, for moduli of 2048, 3072 and
// 4096 bits. Public numbers only: time depends on them. Before it: rsa_key.c prepares a key, once.
#pragma once
// As stdint.h has it, which some targets' compilers lack here.
typedef __UINT64_TYPE__ uint64_t;

#include "jot_kernels.h"

/// A modulus as the kernels need it: plain data, prepared once, then only read.
///
/// 64-bit limbs are for ADX, 52-bit limbs for IFMA; `fold` is (n * k + 1) / 2^w with
/// k = -1/n modulo 2^w, w a limb's width: to drop a number's lowest limb m and add m * fold divides
/// it by 2^w modulo n, so that only the last step of a reduction must compute its multiplier.
typedef struct {
  uint64_t n[64];
  uint64_t rr[64];    ///< 2^(2 * bits) modulo n
  uint64_t fold[64];
  uint64_t n52[80];   ///< limb j = v * lane + i at place 8 * i + lane, for v vectors: 5, 8 or 10
  uint64_t rr52[80];  ///< 2^(104 * limbs) modulo n, for 40, 60 or 80 limbs
  uint64_t fold52[80];
  uint64_t inverse;    ///< -1/n modulo 2^64
  uint64_t inverse52;  ///< -1/n modulo 2^52
  uint64_t bits;
} jot_rsa_key;

/// Prepares a key from a modulus of `count` bytes, the highest first. Returns 0 where no kernel is
/// for it: it has 2048, 3072 or 4096 bits and is odd.
JOT_KERNEL int jot_rsa_prepare(jot_rsa_key *key, const unsigned char *modulus, size_t count);

/// Writes signature^65537 modulo n, as long as the modulus and below it. Returns 0, having done
/// nothing, where the signature is not below n. `out` may be `signature`.
JOT_KERNEL int jot_rsa_public_adx(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature);
JOT_KERNEL int jot_rsa_public_ifma(
    const jot_rsa_key *key, unsigned char *out, const unsigned char *signature);
