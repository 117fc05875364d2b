#include <cjose/cjose.h>
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "competitor.h"

const char *const competitor_description =
    "cjose\t" VERSION
    "\tC\tcjose_jws_import, verify and get_plaintext, cjose_jws_sign and export, with a JWK made once;"
    " it knows no claims, so its driver reads and writes them with jansson";

static const char *algorithm, *audience;
static cjose_jwk_t *jwk;
static cjose_header_t *header;

// One number of a key, big-endian, of `size` bytes or of as many as it needs; empty where the key has none.
static uint8_t *number(const EVP_PKEY *key, const char *name, int size, size_t *length) {
  BIGNUM *value = NULL;
  *length = 0;
  if (!EVP_PKEY_get_bn_param(key, name, &value)) return NULL;
  if (size < BN_num_bytes(value)) size = BN_num_bytes(value);
  uint8_t *bytes = malloc((size_t)size);
  *length = (size_t)BN_bn2binpad(value, bytes, size);
  BN_free(value);
  return bytes;
}

static EVP_PKEY *read_pem(bool signs, const char *pem) {
  BIO *text = BIO_new_mem_buf(pem, -1);
  EVP_PKEY *key = signs ? PEM_read_bio_PrivateKey(text, NULL, NULL, NULL)
                        : PEM_read_bio_PUBKEY(text, NULL, NULL, NULL);
  BIO_free(text);
  return key;
}

static cjose_jwk_t *p256(bool signs, const EVP_PKEY *key, cjose_err *error) {
  cjose_jwk_ec_keyspec spec = {.crv = CJOSE_JWK_EC_P_256};
  spec.x = number(key, OSSL_PKEY_PARAM_EC_PUB_X, 32, &spec.xlen);
  spec.y = number(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32, &spec.ylen);
  if (signs) spec.d = number(key, OSSL_PKEY_PARAM_PRIV_KEY, 32, &spec.dlen);
  return cjose_jwk_create_EC_spec(&spec, error);
}

static cjose_jwk_t *rsa(bool signs, const EVP_PKEY *key, cjose_err *error) {
  cjose_jwk_rsa_keyspec spec = {0};
  spec.n = number(key, OSSL_PKEY_PARAM_RSA_N, 0, &spec.nlen);
  spec.e = number(key, OSSL_PKEY_PARAM_RSA_E, 0, &spec.elen);
  if (signs) {
    spec.d = number(key, OSSL_PKEY_PARAM_RSA_D, 0, &spec.dlen);
    spec.p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1, 0, &spec.plen);
    spec.q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2, 0, &spec.qlen);
    spec.dp = number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1, 0, &spec.dplen);
    spec.dq = number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2, 0, &spec.dqlen);
    spec.qi = number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0, &spec.qilen);
  }
  return cjose_jwk_create_RSA_spec(&spec, error);
}

const char *competitor_prepare(bool signs, const char *name, const char *key, const char *asked) {
  cjose_err error;
  algorithm = strdup(name);
  audience = asked;
  if (strcmp(name, "HS256") == 0) {
    jwk = cjose_jwk_create_oct_spec((const uint8_t *)key, strlen(key), &error);
  } else {
    EVP_PKEY *pair = read_pem(signs, key);
    if (!pair) return "the driver can't read the key";
    if (strcmp(name, "RS256") == 0) jwk = rsa(signs, pair, &error);
    else if (strcmp(name, "ES256") == 0) jwk = p256(signs, pair, &error);
    else return "no EdDSA";
    EVP_PKEY_free(pair);
  }
  if (!jwk) return "it takes no such key";
  header = cjose_header_new(&error);
  if (!header || !cjose_header_set(header, CJOSE_HDR_ALG, algorithm, &error)
      || !cjose_header_set(header, "typ", "JWT", &error)) return "it makes no header";
  return NULL;
}

static bool verify_claims(const uint8_t *text, size_t length, uint64_t *answer) {
  json_t *claims = json_loadb((const char *)text, length, 0, NULL);
  if (!claims) return false;
  const char *subject = json_string_value(json_object_get(claims, "sub"));
  json_int_t expiry = json_integer_value(json_object_get(claims, "exp"));
  json_t *audiences = json_object_get(claims, "aud"), *one;
  bool good = false;
  size_t index;
  json_array_foreach(audiences, index, one) {
    const char *value = json_string_value(one);
    good = good || (value && strcmp(value, audience) == 0);
  }
  good = good && subject && expiry > (json_int_t)time(NULL);
  if (good) *answer = claims_answer(subject, expiry);
  json_decref(claims);
  return good;
}

bool competitor_verify(const char *token, uint64_t *answer) {
  cjose_err error;
  cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &error);
  if (!jws) return false;
  // A token may name another algorithm than the one that is asked for.
  const char *named = cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, &error);
  uint8_t *text = NULL;
  size_t length = 0;
  bool good = named && strcmp(named, algorithm) == 0 && cjose_jws_verify(jws, jwk, &error)
              && cjose_jws_get_plaintext(jws, &text, &length, &error)
              && verify_claims(text, length, answer);
  cjose_jws_release(jws);
  return good;
}

char *competitor_sign(const char *subject, int64_t expiry) {
  cjose_err error;
  json_t *claims = json_pack(
      "{s:s, s:[s], s:I}", "sub", subject, "aud", audience, "exp", (json_int_t)expiry);
  char *text = json_dumps(claims, JSON_COMPACT | JSON_PRESERVE_ORDER);
  cjose_jws_t *jws = cjose_jws_sign(jwk, header, (const uint8_t *)text, strlen(text), &error);
  const char *token = NULL;
  char *copy = jws && cjose_jws_export(jws, &token, &error) ? strdup(token) : NULL;
  cjose_jws_release(jws);
  free(text);
  json_decref(claims);
  return copy;
}

int main(void) { return competitor_main(); }
