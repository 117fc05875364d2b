// The engine `openssl`: the least work that libcrypto needs for the same bytes.
//
//   HMAC:         SHA-2 states prepared from the key, copied for each tag
//   RSA, ECDSA:   the hash of the input, then EVP_PKEY_sign or EVP_PKEY_verify with a context made
//                 once, on a duplicate of the key for each thread; signatures in DER, as libcrypto
//                 has them
//   EdDSA:        EVP_DigestSign or EVP_DigestVerify with such a context
#include "openssl_key.h"

#include <string.h>

static inline void hmac(
    const bench_worker *worker, const uint8_t *input, size_t count, uint8_t *tag) {
  if (worker->scheme->bits == 256) {
    SHA256_CTX hash = worker->inner.small;
    SHA256_Update(&hash, input, count);
    SHA256_Final(tag, &hash);
    hash = worker->outer.small;
    SHA256_Update(&hash, tag, worker->length);
    SHA256_Final(tag, &hash);
  } else {
    SHA512_CTX hash = worker->inner.large;
    SHA512_Update(&hash, input, count);
    SHA512_Final(tag, &hash);
    hash = worker->outer.large;
    SHA512_Update(&hash, tag, worker->length);
    SHA512_Final(tag, &hash);
  }
}

size_t bench_sign(bench_worker *worker, const uint8_t *input, size_t count, uint8_t *signature) {
  size_t length = worker->length;
  if (worker->scheme->kind == HMAC) {
    hmac(worker, input, count, signature);
    return length;
  }
  if (worker->message != NULL) {
    if (worker->begins_anew && EVP_DigestSignInit(worker->message, NULL, NULL, NULL, NULL) != 1) {
      return 0;
    }
    return EVP_DigestSign(worker->message, signature, &length, input, count) == 1 ? length : 0;
  }
  uint8_t hash[SHA512_DIGEST_LENGTH];
  size_t size = digest(worker->scheme->bits, input, count, hash);
  return EVP_PKEY_sign(worker->context, signature, &length, hash, size) == 1 ? length : 0;
}

int bench_verify(
    bench_worker *worker, const uint8_t *input, size_t count, const uint8_t *signature,
    size_t length) {
  uint8_t hash[SHA512_DIGEST_LENGTH];
  if (worker->scheme->kind == HMAC) {
    hmac(worker, input, count, hash);
    return length == worker->length && CRYPTO_memcmp(hash, signature, length) == 0;
  }
  if (worker->message != NULL) {
    if (worker->begins_anew && EVP_DigestVerifyInit(worker->message, NULL, NULL, NULL, NULL) != 1) {
      return 0;
    }
    return EVP_DigestVerify(worker->message, signature, length, input, count) == 1;
  }
  size_t size = digest(worker->scheme->bits, input, count, hash);
  return EVP_PKEY_verify(worker->context, signature, length, hash, size) == 1;
}

uint64_t bench_run_verify(
    const bench_item *pool, size_t pool_count, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t index = *cursor;
  for (size_t i = 0; i < count; i++) {
    const bench_item *item = &pool[index];
    if (bench_verify(
            item->worker, item->input, item->input_count, item->signature,
            item->signature_count)) {
      sum += item->answer;
    }
    if (++index == pool_count) index = 0;
  }
  *cursor = index;
  return sum;
}

uint64_t bench_run_sign(
    const bench_item *pool, size_t pool_count, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t index = *cursor;
  uint8_t signature[BENCH_SIGNATURE_CAPACITY];
  for (size_t i = 0; i < count; i++) {
    bench_worker *worker = pool[index].worker;
    enum kind kind = worker->scheme->kind;
    size_t length = bench_sign(worker, pool[index].input, pool[index].input_count, signature);
    if (length != 0) {
      uint64_t last = 1;
      if (kind != PSS && kind != ECDSA) memcpy(&last, signature + length - sizeof last, sizeof last);
      sum += last;
    }
    if (++index == pool_count) index = 0;
  }
  *cursor = index;
  return sum;
}
