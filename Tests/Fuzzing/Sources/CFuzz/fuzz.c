#include "fuzz.h"
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <time.h>

static EVP_PKEY *key_of(const char *pem) {
  static struct {
    const char *pem;
    EVP_PKEY *key;
  } known[32];
  for (int i = 0; i < 32; i++) {
    if (known[i].pem == pem) return known[i].key;
    if (known[i].pem != NULL) continue;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    known[i].key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    known[i].pem = pem;
    return known[i].key;
  }
  return NULL;
}

static const EVP_MD *hash_of(const char *name) {
  if (strncmp(name, "Ed", 2) == 0) return NULL;
  if (strstr(name, "256") != NULL) return EVP_sha256();
  return strstr(name, "384") != NULL ? EVP_sha384() : EVP_sha512();
}

// RFC 7518 §3.4: two numbers of the same width, as DER.
static unsigned char *der_of(
    EVP_PKEY *key, const unsigned char *signature, size_t *count) {
  size_t width = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
  if (*count != 2 * width) return NULL;
  ECDSA_SIG *pair = ECDSA_SIG_new();
  ECDSA_SIG_set0(
      pair, BN_bin2bn(signature, (int)width, NULL),
      BN_bin2bn(signature + width, (int)width, NULL));
  unsigned char *der = NULL;
  int length = i2d_ECDSA_SIG(pair, &der);
  ECDSA_SIG_free(pair);
  *count = length > 0 ? (size_t)length : 0;
  return der;
}

int fuzz_signature_is_valid(
    const char *pem, const char *name, const unsigned char *signature, size_t signature_count,
    const unsigned char *message, size_t count) {
  EVP_PKEY *key = key_of(pem);
  unsigned char *der = NULL;
  if (strncmp(name, "ES", 2) == 0) {
    der = der_of(key, signature, &signature_count);
    if (der == NULL) return 0;
    signature = der;
  }
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY_CTX *parameters = NULL;
  int is_valid = EVP_DigestVerifyInit(context, &parameters, hash_of(name), NULL, key) == 1;
  if (is_valid && strncmp(name, "PS", 2) == 0) {
    is_valid = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  is_valid = is_valid
      && EVP_DigestVerify(context, signature, signature_count, message, count) == 1;
  EVP_MD_CTX_free(context);
  OPENSSL_free(der);
  return is_valid;
}

size_t fuzz_hmac(
    unsigned char tag[64], const char *name, const unsigned char *secret, size_t secret_count,
    const unsigned char *message, size_t count) {
  unsigned length = 0;
  HMAC(hash_of(name), secret, (int)secret_count, message, count, tag, &length);
  return length;
}

double fuzz_cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int fuzz_undefined(int greatest) { return greatest + 1; }
