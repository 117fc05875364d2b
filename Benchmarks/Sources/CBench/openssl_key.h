// The state of the engine `openssl` for a key and for a thread.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include "bench.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

enum kind { HMAC, PKCS1, PSS, ECDSA, EDDSA };

struct scheme {
  const char *name;  // as JWS has it
  enum kind kind;
  int bits;          // of the hash
  const char *curve;
  size_t half;       // bytes of a coordinate
};

typedef union {
  SHA256_CTX small;
  SHA512_CTX large;
} state;

struct bench_key {
  const struct scheme *scheme;
  state inner, outer;
  EVP_PKEY *pair;
};

struct bench_worker {
  const struct scheme *scheme;
  state inner, outer;
  EVP_PKEY *pair;
  EVP_PKEY_CTX *context;
  EVP_MD_CTX *message;
  size_t length;
  int signs, begins_anew;
};

static inline size_t digest(int bits, const uint8_t *input, size_t count, uint8_t *result) {
  if (bits == 256) SHA256(input, count, result);
  else if (bits == 384) SHA384(input, count, result);
  else SHA512(input, count, result);
  return (size_t)bits / 8;
}
