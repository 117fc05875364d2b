// The engine `openssl`: the least that libcrypto needs for the same bytes.
//
//   HMAC:         SHA-2 states prepared from the key, copied for each tag
//   RSA, ECDSA:   the hash of the input, then EVP_PKEY_sign or EVP_PKEY_verify with a context made
//                 once, on a duplicate of the key for each thread; signatures in DER, as libcrypto
//                 has them
//   EdDSA:        EVP_DigestSign or EVP_DigestVerify with such a context
//   text:         EVP_DecodeBlock, EVP_EncodeBlock
#define OPENSSL_SUPPRESS_DEPRECATED
#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum kind { HMAC, PKCS1, PSS, ECDSA, EDDSA };

struct scheme {
  const char *name;  // as JWS has it
  enum kind kind;
  int bits;          // of the hash
  const char *curve;
  size_t half;       // bytes of a coordinate
};

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

static inline size_t digest(int bits, const uint8_t *input, size_t count, uint8_t *result) {
  if (bits == 256) SHA256(input, count, result);
  else if (bits == 384) SHA384(input, count, result);
  else SHA512(input, count, result);
  return (size_t)bits / 8;
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

bench_key *bench_key_new(const char *algorithm, const uint8_t *secret, size_t count) {
  bench_key *key = calloc(1, sizeof *key);
  if (key == NULL) return NULL;
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    if (strcmp(schemes[i].name, algorithm) == 0) key->scheme = &schemes[i];
  }
  if (key->scheme != NULL) {
    switch (key->scheme->kind) {
      case HMAC: prepare(key, secret, count); return key;
      case PKCS1: case PSS: key->pair = EVP_RSA_gen(2048); break;
      case ECDSA: key->pair = EVP_EC_gen(key->scheme->curve); break;
      case EDDSA: key->pair = EVP_PKEY_Q_keygen(NULL, NULL, key->scheme->curve); break;
    }
  }
  if (key->pair != NULL) return key;
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
  // Later ones than 3.1 take a second message only after a new start.
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
    if (count > BENCH_SIGNATURE_ROOM) return 0;
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

uint64_t bench_run_verify(
    const bench_item *pool, size_t pool_count, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  for (size_t i = 0; i < count; i++) {
    const bench_item *item = &pool[at];
    if (bench_verify(
            item->worker, item->input, item->input_count, item->signature,
            item->signature_count)) {
      sum += item->answer;
    }
    if (++at == pool_count) at = 0;
  }
  *cursor = at;
  return sum;
}

uint64_t bench_run_sign(
    const bench_item *pool, size_t pool_count, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  uint8_t signature[BENCH_SIGNATURE_ROOM];
  for (size_t i = 0; i < count; i++) {
    bench_worker *worker = pool[at].worker;
    enum kind kind = worker->scheme->kind;
    size_t length = bench_sign(worker, pool[at].input, pool[at].input_count, signature);
    if (length != 0) {
      uint64_t last = 1;
      if (kind != PSS && kind != ECDSA) memcpy(&last, signature + length - sizeof last, sizeof last);
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
