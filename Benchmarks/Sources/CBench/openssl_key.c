// Keys and threads' states of the engine `openssl`, and the two formats of a signature.
#include "openssl_key.h"

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct scheme schemes[] = {
    {"HS256", HMAC, 256, NULL, 0},
    {"HS384", HMAC, 384, NULL, 0},
    {"HS512", HMAC, 512, NULL, 0},
    {"RS256", PKCS1, 256, NULL, 0},
    {"RS384", PKCS1, 384, NULL, 0},
    {"RS512", PKCS1, 512, NULL, 0},
    {"PS256", PSS, 256, NULL, 0},
    {"PS384", PSS, 384, NULL, 0},
    {"PS512", PSS, 512, NULL, 0},
    {"ES256", ECDSA, 256, "P-256", 32},
    {"ES256K", ECDSA, 256, "secp256k1", 32},
    {"ES384", ECDSA, 384, "P-384", 48},
    {"ES512", ECDSA, 512, "P-521", 66},
    {"EdDSA", EDDSA, 0, "ED25519", 0},
    {"Ed448", EDDSA, 0, "ED448", 0},
};

static void start(state *hash, int bits) {
  if (bits == 256) SHA256_Init(&hash->small);
  else if (bits == 384) SHA384_Init(&hash->large);
  else SHA512_Init(&hash->large);
}

static void update(state *hash, int bits, const uint8_t *input, size_t count) {
  if (bits == 256) SHA256_Update(&hash->small, input, count);
  else SHA512_Update(&hash->large, input, count);
}

static const EVP_MD *digest_of(int bits) {
  return bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512();
}

static void prepare(bench_key *key, const uint8_t *secret, size_t count) {
  int bits = key->scheme->bits;
  size_t size = bits == 256 ? 64 : 128;
  uint8_t block[128] = {0};
  if (count > size) digest(bits, secret, count, block);
  else memcpy(block, secret, count);
  for (size_t i = 0; i < size; i++) block[i] ^= 0x36;
  start(&key->inner, bits);
  update(&key->inner, bits, block, size);
  for (size_t i = 0; i < size; i++) block[i] ^= 0x36 ^ 0x5c;
  start(&key->outer, bits);
  update(&key->outer, bits, block, size);
}

static bench_key *key_for(const char *algorithm) {
  bench_key *key = calloc(1, sizeof *key);
  if (key == NULL) return NULL;
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    if (strcmp(schemes[i].name, algorithm) == 0) key->scheme = &schemes[i];
  }
  if (key->scheme != NULL) return key;
  free(key);
  return NULL;
}

bench_key *bench_key_new(const char *algorithm, const uint8_t *secret, size_t count) {
  bench_key *key = key_for(algorithm);
  if (key == NULL) return NULL;
  switch (key->scheme->kind) {
    case HMAC: prepare(key, secret, count); return key;
    case PKCS1: case PSS: key->pair = EVP_RSA_gen(2048); break;
    case ECDSA: key->pair = EVP_EC_gen(key->scheme->curve); break;
    case EDDSA: key->pair = EVP_PKEY_Q_keygen(NULL, NULL, key->scheme->curve); break;
  }
  if (key->pair != NULL) return key;
  free(key);
  return NULL;
}

bench_key *bench_key_from_pem(const char *algorithm, const char *text, size_t count) {
  bench_key *key = key_for(algorithm);
  BIO *bio = key != NULL && count <= INT_MAX ? BIO_new_mem_buf(text, (int)count) : NULL;
  if (bio != NULL) key->pair = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
  BIO_free(bio);
  if (key != NULL && key->pair != NULL) return key;
  free(key);
  return NULL;
}

void bench_key_free(bench_key *key) {
  if (key == NULL) return;
  EVP_PKEY_free(key->pair);
  free(key);
}

size_t bench_key_pem(const bench_key *key, int is_private, char *text, size_t capacity) {
  BIO *bio = BIO_new(BIO_s_mem());
  if (bio == NULL) return 0;
  int done = is_private
      ? PEM_write_bio_PKCS8PrivateKey(bio, key->pair, NULL, NULL, 0, NULL, NULL)
      : PEM_write_bio_PUBKEY(bio, key->pair);
  char *data;
  long count = BIO_get_mem_data(bio, &data);
  size_t written = done == 1 && count > 0 && (size_t)count <= capacity ? (size_t)count : 0;
  memcpy(text, data, written);
  BIO_free(bio);
  return written;
}

static int open_message(bench_worker *worker) {
  worker->message = EVP_MD_CTX_new();
  // Versions after 3.1 need a new start for each message.
  worker->begins_anew = OpenSSL_version_num() >= 0x30200000;
  return worker->message != NULL
      && (worker->signs ? EVP_DigestSignInit(worker->message, NULL, NULL, NULL, worker->pair)
                        : EVP_DigestVerifyInit(worker->message, NULL, NULL, NULL, worker->pair))
      == 1;
}

static int open_digest(bench_worker *worker) {
  const struct scheme *scheme = worker->scheme;
  EVP_PKEY_CTX *context = worker->context = EVP_PKEY_CTX_new(worker->pair, NULL);
  if (context == NULL
      || (worker->signs ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) != 1) {
    return 0;
  }
  if (scheme->kind == PKCS1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1) {
    return 0;
  }
  if (scheme->kind == PSS
      && (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1
          || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return 0;
  }
  return EVP_PKEY_CTX_set_signature_md(context, digest_of(scheme->bits)) == 1;
}

bench_worker *bench_worker_new(const bench_key *key, int signs) {
  bench_worker *worker = calloc(1, sizeof *worker);
  if (worker == NULL) return NULL;
  worker->scheme = key->scheme;
  worker->signs = signs;
  worker->inner = key->inner;
  worker->outer = key->outer;
  worker->length = (size_t)key->scheme->bits / 8;
  if (key->scheme->kind == HMAC) return worker;
  worker->pair = EVP_PKEY_dup(key->pair);
  if (worker->pair != NULL
      && (key->scheme->kind == EDDSA ? open_message(worker) : open_digest(worker))) {
    worker->length = (size_t)EVP_PKEY_get_size(worker->pair);
    return worker;
  }
  bench_worker_free(worker);
  return NULL;
}

void bench_worker_free(bench_worker *worker) {
  if (worker == NULL) return;
  EVP_MD_CTX_free(worker->message);
  EVP_PKEY_CTX_free(worker->context);
  EVP_PKEY_free(worker->pair);
  free(worker);
}

size_t bench_jws_signature(
    const bench_worker *worker, const uint8_t *signature, size_t count, uint8_t *jws) {
  if (worker->scheme->kind != ECDSA) {
    memcpy(jws, signature, count);
    return count;
  }
  int half = (int)worker->scheme->half;
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &signature, (long)count);
  int done = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), jws, half) == half
      && BN_bn2binpad(ECDSA_SIG_get0_s(pair), jws + half, half) == half;
  ECDSA_SIG_free(pair);
  return done ? 2 * (size_t)half : 0;
}

size_t bench_own_signature(
    const bench_worker *worker, const uint8_t *jws, size_t count, uint8_t *signature) {
  if (worker->scheme->kind != ECDSA) {
    if (count > BENCH_SIGNATURE_CAPACITY) return 0;
    memcpy(signature, jws, count);
    return count;
  }
  size_t half = worker->scheme->half;
  ECDSA_SIG *pair = count == 2 * half ? ECDSA_SIG_new() : NULL;
  if (pair == NULL) return 0;
  BIGNUM *r = BN_bin2bn(jws, (int)half, NULL), *s = BN_bin2bn(jws + half, (int)half, NULL);
  int length = 0;
  if (ECDSA_SIG_set0(pair, r, s) == 1) length = i2d_ECDSA_SIG(pair, &signature);
  ECDSA_SIG_free(pair);
  return length > 0 ? (size_t)length : 0;
}

const char *bench_openssl_built(void) { return OPENSSL_VERSION_STR; }
const char *bench_openssl_running(void) { return OpenSSL_version(OPENSSL_VERSION_STRING); }
