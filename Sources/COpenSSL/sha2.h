// SHA-2 (FIPS 180-4) and HMAC (RFC 2104) with OpenSSL's low-level calls. In C, because Swift may
// copy structs, and every copy of a key's state, or of the correct MAC of a forged token, would
// have to be wiped: here each exists once.
//
// OpenSSL leaves the words of the last block on its own stack: for a MAC that is the inner digest,
// which is useless without the key.
#pragma once
#include "openssl.h"

/// Overwrites bytes that are never read again. The asm counts as a read, or the compiler would
/// remove the memset.
JOT_NO_ALLOCATION static inline void jot_wipe(void *bytes, size_t count) {
  memset(bytes, 0, count);
  __asm__ volatile("" : : "r"(bytes) : "memory");
}

/// Writes the digest of message[0..<count]. Its length, 32, 48 or 64 bytes, selects the hash.
JOT_NO_ALLOCATION static inline void jot_sha2(
    unsigned char *digest, size_t digest_length, const void *message, size_t count) {
  if (digest_length == 32) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, message, count);
    SHA256_Final(digest, &context);
    jot_wipe(&context, sizeof context);
  } else {
    SHA512_CTX context;
    digest_length == 48 ? SHA384_Init(&context) : SHA512_Init(&context);
    SHA512_Update(&context, message, count);
    SHA512_Final(digest, &context);
    jot_wipe(&context, sizeof context);
  }
}

/// Writes the SHA-512 of a signature's first half, a key's bytes and a message (RFC 8032 §5.1.7).
JOT_NO_ALLOCATION static inline void jot_sha512_for_ed25519(
    unsigned char digest[64], const unsigned char r[32], const unsigned char key[32],
    const void *message, size_t count) {
  SHA512_CTX context;
  SHA512_Init(&context);
  SHA512_Update(&context, r, 32);
  SHA512_Update(&context, key, 32);
  SHA512_Update(&context, message, count);
  SHA512_Final(digest, &context);
}

JOT_NO_ALLOCATION static inline void jot_resume_sha256(SHA256_CTX *context, const void *words) {
  memcpy(context->h, words, sizeof context->h);
  context->Nl = 8 * SHA256_CBLOCK;
  context->Nh = 0;
  context->num = 0;
  context->md_len = 32;
}

JOT_NO_ALLOCATION static inline void jot_resume_sha512(
    SHA512_CTX *context, const void *words, size_t digest_length) {
  memcpy(context->h, words, sizeof context->h);
  context->Nl = 8 * SHA512_CBLOCK;
  context->Nh = 0;
  context->num = 0;
  context->md_len = (unsigned)digest_length;
}

/// Writes the MAC of message[0..<count]. `inner` and `outer` are the key's states: see
/// jot_hmac_prepare.
JOT_NO_ALLOCATION static inline void jot_hmac(
    unsigned char *tag, size_t digest_length, const void *inner, const void *outer,
    const void *message, size_t count) {
  if (digest_length == 32) {
    SHA256_CTX context;
    jot_resume_sha256(&context, inner);
    SHA256_Update(&context, message, count);
    SHA256_Final(tag, &context);
    jot_resume_sha256(&context, outer);
    SHA256_Update(&context, tag, digest_length);
    SHA256_Final(tag, &context);
    jot_wipe(&context, sizeof context);
  } else {
    SHA512_CTX context;
    jot_resume_sha512(&context, inner, digest_length);
    SHA512_Update(&context, message, count);
    SHA512_Final(tag, &context);
    jot_resume_sha512(&context, outer, digest_length);
    SHA512_Update(&context, tag, digest_length);
    SHA512_Final(tag, &context);
    jot_wipe(&context, sizeof context);
  }
}

/// Writes the state after a key's block XORed with `pad` (RFC 2104 §2): eight words of 32 bits for
/// SHA-256, of 64 bits for the others. A key longer than a block is hashed first.
static inline void jot_hmac_state(
    void *words, size_t digest_length, unsigned char pad, const unsigned char *key, size_t count) {
  unsigned char block[SHA512_CBLOCK] = {0};
  size_t block_length = digest_length == 32 ? SHA256_CBLOCK : SHA512_CBLOCK;
  if (count > block_length)
    jot_sha2(block, digest_length, key, count);
  else if (count != 0)
    memcpy(block, key, count);
  for (size_t at = 0; at < block_length; at++) block[at] ^= pad;
  if (digest_length == 32) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block, block_length);
    memcpy(words, context.h, sizeof context.h);
    jot_wipe(&context, sizeof context);
  } else {
    SHA512_CTX context;
    digest_length == 48 ? SHA384_Init(&context) : SHA512_Init(&context);
    SHA512_Update(&context, block, block_length);
    memcpy(words, context.h, sizeof context.h);
    jot_wipe(&context, sizeof context);
  }
  jot_wipe(block, sizeof block);
}

/// Overwrites the stack below, where OpenSSL's kernels stored a block's words of a key.
static __attribute__((noinline)) void jot_wipe_stack(void) {
  unsigned char bytes[8192];
  jot_wipe(bytes, sizeof bytes);
}

/// Writes a key's states after its inner and its outer block, one after the other.
static inline void jot_hmac_prepare(
    void *states, size_t digest_length, const unsigned char *key, size_t count) {
  size_t state_length = digest_length == 32 ? 32 : 64;
  jot_hmac_state(states, digest_length, 0x36, key, count);
  jot_hmac_state((unsigned char *)states + state_length, digest_length, 0x5c, key, count);
  jot_wipe_stack();
}
