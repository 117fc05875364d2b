// The engine `openssl`: the least that libcrypto needs for the same bytes.
//
//   HMAC: SHA256_CTX states prepared from the key, copied for each tag
//   RSA:  SHA-256 of the input, then EVP_PKEY_sign or EVP_PKEY_verify with a context made once,
//         on a duplicate of the key for each thread
//   text: EVP_DecodeBlock, EVP_EncodeBlock
#define OPENSSL_SUPPRESS_DEPRECATED
#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct bench_key {
  SHA256_CTX inner, outer;
  EVP_PKEY *rsa;
};

struct bench_worker {
  SHA256_CTX inner, outer;
  EVP_PKEY *rsa;
  EVP_PKEY_CTX *context;
  size_t length;
};

bench_key *bench_key_hmac(const uint8_t *secret, size_t count) {
  bench_key *key = calloc(1, sizeof *key);
  if (key == NULL) return NULL;
  uint8_t block[64] = {0};
  if (count > sizeof block) SHA256(secret, count, block);
  else memcpy(block, secret, count);
  for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36;
  SHA256_Init(&key->inner);
  SHA256_Update(&key->inner, block, sizeof block);
  for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36 ^ 0x5c;
  SHA256_Init(&key->outer);
  SHA256_Update(&key->outer, block, sizeof block);
  return key;
}

bench_key *bench_key_rsa(int bits) {
  bench_key *key = calloc(1, sizeof *key);
  if (key == NULL) return NULL;
  key->rsa = EVP_RSA_gen(bits);
  if (key->rsa != NULL) return key;
  free(key);
  return NULL;
}

void bench_key_free(bench_key *key) {
  if (key == NULL) return;
  EVP_PKEY_free(key->rsa);
  free(key);
}

size_t bench_key_pem(const bench_key *key, int is_private, char *text, size_t capacity) {
  BIO *bio = BIO_new(BIO_s_mem());
  if (bio == NULL) return 0;
  int done = is_private
      ? PEM_write_bio_PKCS8PrivateKey(bio, key->rsa, NULL, NULL, 0, NULL, NULL)
      : PEM_write_bio_PUBKEY(bio, key->rsa);
  char *data;
  long count = BIO_get_mem_data(bio, &data);
  size_t written = done == 1 && count > 0 && (size_t)count <= capacity ? (size_t)count : 0;
  memcpy(text, data, written);
  BIO_free(bio);
  return written;
}

bench_worker *bench_worker_new(const bench_key *key, int signs) {
  bench_worker *worker = calloc(1, sizeof *worker);
  if (worker == NULL) return NULL;
  worker->inner = key->inner;
  worker->outer = key->outer;
  worker->length = SHA256_DIGEST_LENGTH;
  if (key->rsa == NULL) return worker;
  worker->rsa = EVP_PKEY_dup(key->rsa);
  worker->context = worker->rsa == NULL ? NULL : EVP_PKEY_CTX_new(worker->rsa, NULL);
  if (worker->context != NULL
      && (signs ? EVP_PKEY_sign_init(worker->context) : EVP_PKEY_verify_init(worker->context)) == 1
      && EVP_PKEY_CTX_set_rsa_padding(worker->context, RSA_PKCS1_PADDING) == 1
      && EVP_PKEY_CTX_set_signature_md(worker->context, EVP_sha256()) == 1) {
    worker->length = (size_t)EVP_PKEY_get_size(worker->rsa);
    return worker;
  }
  bench_worker_free(worker);
  return NULL;
}

void bench_worker_free(bench_worker *worker) {
  if (worker == NULL) return;
  EVP_PKEY_CTX_free(worker->context);
  EVP_PKEY_free(worker->rsa);
  free(worker);
}

size_t bench_signature_length(const bench_worker *worker) { return worker->length; }

static void hmac(const bench_worker *worker, const uint8_t *input, size_t count, uint8_t *tag) {
  SHA256_CTX state = worker->inner;
  SHA256_Update(&state, input, count);
  SHA256_Final(tag, &state);
  state = worker->outer;
  SHA256_Update(&state, tag, SHA256_DIGEST_LENGTH);
  SHA256_Final(tag, &state);
}

int bench_sign(bench_worker *worker, const uint8_t *input, size_t count, uint8_t *signature) {
  if (worker->context == NULL) {
    hmac(worker, input, count, signature);
    return 1;
  }
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(input, count, digest);
  size_t length = worker->length;
  return EVP_PKEY_sign(worker->context, signature, &length, digest, sizeof digest) == 1
      && length == worker->length;
}

int bench_verify(
    bench_worker *worker, const uint8_t *input, size_t count, const uint8_t *signature,
    size_t length) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  if (worker->context == NULL) {
    hmac(worker, input, count, digest);
    return length == sizeof digest && CRYPTO_memcmp(digest, signature, length) == 0;
  }
  SHA256(input, count, digest);
  return EVP_PKEY_verify(worker->context, signature, length, digest, sizeof digest) == 1;
}

uint64_t bench_run_verify(
    bench_worker *worker, const bench_item *pool, size_t pool_count, size_t *cursor,
    size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  for (size_t i = 0; i < count; i++) {
    const bench_item *item = &pool[at];
    if (bench_verify(
            worker, item->input, item->input_count, item->signature, item->signature_count)) {
      sum += item->answer;
    }
    if (++at == pool_count) at = 0;
  }
  *cursor = at;
  return sum;
}

uint64_t bench_run_sign(
    bench_worker *worker, const bench_item *pool, size_t pool_count, size_t *cursor,
    size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  uint8_t signature[1024];
  for (size_t i = 0; i < count; i++) {
    if (bench_sign(worker, pool[at].input, pool[at].input_count, signature)) {
      uint64_t last;
      memcpy(&last, signature + worker->length - sizeof last, sizeof last);
      sum += last;
    }
    if (++at == pool_count) at = 0;
  }
  *cursor = at;
  return sum;
}

static uint64_t words(const bench_texts *pool) {
  uint64_t first, last;
  memcpy(&first, pool->room, sizeof first);
  memcpy(&last, pool->room + pool->answer_count - sizeof last, sizeof last);
  return first + last;
}

uint64_t bench_run_decode(const bench_texts *pool, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = pool->texts + at * pool->size;
    if (EVP_DecodeBlock(pool->room, text, (int)pool->size) >= 0) sum += words(pool);
    if (++at == pool->count) at = 0;
  }
  *cursor = at;
  return sum;
}

uint64_t bench_run_encode(const bench_texts *pool, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = pool->texts + at * pool->size;
    if (EVP_EncodeBlock(pool->room, text, (int)pool->size) > 0) sum += words(pool);
    if (++at == pool->count) at = 0;
  }
  *cursor = at;
  return sum;
}

struct bench_evp_mac {
  EVP_MAC_CTX *context;
};

bench_evp_mac *bench_evp_mac_new(const uint8_t *secret, size_t count) {
  bench_evp_mac *mac = calloc(1, sizeof *mac);
  EVP_MAC *type = EVP_MAC_fetch(NULL, "HMAC", NULL);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
      OSSL_PARAM_construct_end()};
  if (mac != NULL && type != NULL) {
    mac->context = EVP_MAC_CTX_new(type);
    if (EVP_MAC_init(mac->context, secret, count, parameters) != 1) {
      EVP_MAC_CTX_free(mac->context);
      mac->context = NULL;
    }
  }
  EVP_MAC_free(type);
  return mac;
}

void bench_evp_mac_free(bench_evp_mac *mac) {
  if (mac == NULL) return;
  EVP_MAC_CTX_free(mac->context);
  free(mac);
}

int bench_evp_mac_sign(bench_evp_mac *mac, const uint8_t *input, size_t count, uint8_t *tag) {
  size_t length;
  return EVP_MAC_init(mac->context, NULL, 0, NULL) == 1
      && EVP_MAC_update(mac->context, input, count) == 1
      && EVP_MAC_final(mac->context, tag, &length, SHA256_DIGEST_LENGTH) == 1;
}

const char *bench_openssl_built(void) { return OPENSSL_VERSION_STR; }
const char *bench_openssl_running(void) { return OpenSSL_version(OPENSSL_VERSION_STRING); }
