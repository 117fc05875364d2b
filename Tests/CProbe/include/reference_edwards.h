// Edwards25519 and Ed25519 by OpenSSL: what the tests compare the kernels with. The encoding of a
// point, a seed and a scalar have 32 bytes, a hash and a signature 64; scalars and hashes are
// little-endian.
#pragma once
#include <stddef.h>

/// Whether the bytes are a point: y may be p or more, and x = 0 may have a sign.
int reference_edwards_is_point(const unsigned char bytes[32]);

/// Writes scalar B plus `torsion` times a point of order 8.
void reference_edwards_point(
    unsigned char bytes[32], const unsigned char scalar[32], unsigned torsion);

/// Writes s B - (hash mod L) A. `point` is one.
void reference_edwards_combine(
    unsigned char bytes[32], const unsigned char s[32], const unsigned char hash[64],
    const unsigned char point[32]);

/// Writes the SHA-512 of R, A and the message.
void reference_edwards_hash(
    unsigned char hash[64], const unsigned char r[32], const unsigned char point[32],
    const unsigned char *message, size_t count);

/// Writes s = (nonce + hash scalar) mod L.
void reference_edwards_s(
    unsigned char s[32], const unsigned char nonce[32], const unsigned char hash[64],
    const unsigned char scalar[32]);

/// Whether OpenSSL finds the signature valid.
int reference_edwards_verify(
    const unsigned char signature[64], const unsigned char point[32],
    const unsigned char *message, size_t count);

/// Signs with OpenSSL; writes the signature and the public key.
void reference_edwards_sign(
    unsigned char signature[64], unsigned char point[32], const unsigned char seed[32],
    const unsigned char *message, size_t count);
