#define OPENSSL_SUPPRESS_DEPRECATED
#include "probe.h"
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static EVP_PKEY *key;
static EVP_PKEY_CTX *context;
static EVP_MD_CTX *message_context;
static int hash_bits;

int reference_open(const unsigned char *der, size_t count, int kind, int bits) {
  EVP_PKEY_CTX_free(context), EVP_MD_CTX_free(message_context), EVP_PKEY_free(key);
  context = NULL, message_context = NULL, hash_bits = bits;
  key = d2i_PUBKEY(NULL, &der, (long)count);
  if (key == NULL) return 0;
  if (kind == 3) return (message_context = EVP_MD_CTX_new()) != NULL;
  const EVP_MD *hash = bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512();
  context = EVP_PKEY_CTX_new(key, NULL);
  if (context == NULL || EVP_PKEY_verify_init(context) != 1) return 0;
  if (kind < 2 && EVP_PKEY_CTX_set_rsa_padding(context, kind == 0 ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING) != 1) return 0;
  if (EVP_PKEY_CTX_set_signature_md(context, hash) != 1) return 0;
  return kind != 1 || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, bits / 8) == 1;
}

int reference_verify(
    const unsigned char *signature, size_t signature_count, const unsigned char *message,
    size_t message_count) {
  if (message_context != NULL)
    return EVP_DigestVerifyInit(message_context, NULL, NULL, NULL, key) == 1
        && EVP_DigestVerify(message_context, signature, signature_count, message, message_count) == 1;
  unsigned char digest[64];
  if (hash_bits == 256) {
    SHA256_CTX state;
    SHA256_Init(&state), SHA256_Update(&state, message, message_count), SHA256_Final(digest, &state);
  } else {
    SHA512_CTX state;
    if (hash_bits == 384) SHA384_Init(&state);
    else SHA512_Init(&state);
    SHA512_Update(&state, message, message_count), SHA512_Final(digest, &state);
  }
  return EVP_PKEY_verify(context, signature, signature_count, digest, (size_t)hash_bits / 8) == 1;
}

int reference_rsa_power(
    unsigned char *power, const unsigned char *signature, const unsigned char *modulus, size_t count) {
  BN_CTX *numbers = BN_CTX_new();
  BIGNUM *n = BN_bin2bn(modulus, (int)count, NULL), *s = BN_bin2bn(signature, (int)count, NULL);
  BIGNUM *e = BN_new(), *result = BN_new();
  int is_done = numbers != NULL && n != NULL && s != NULL && e != NULL && result != NULL
      && BN_set_word(e, 65537) == 1 && BN_mod_exp(result, s, e, n, numbers) == 1
      && BN_bn2binpad(result, power, (int)count) == (int)count;
  BN_free(n), BN_free(s), BN_free(e), BN_free(result), BN_CTX_free(numbers);
  return is_done;
}

int reference_print_forms(const char *pem, const char *passphrase) {
  BIO *text = BIO_new_mem_buf(pem, -1), *output = BIO_new_fp(stdout, BIO_NOCLOSE);
  EVP_PKEY *parsed = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
  const unsigned char *phrase = (const unsigned char *)passphrase;
  int length = (int)strlen(passphrase), is_done = parsed != NULL && output != NULL;
  if (is_done && EVP_PKEY_get_base_id(parsed) != EVP_PKEY_ED25519
      && EVP_PKEY_get_base_id(parsed) != EVP_PKEY_ED448)
    is_done = PEM_write_bio_PrivateKey_traditional(output, parsed, NULL, NULL, 0, NULL, NULL) == 1
        && PEM_write_bio_PrivateKey_traditional(
            output, parsed, EVP_aes_128_cbc(), phrase, length, NULL, NULL) == 1;
  is_done = is_done
      && PEM_write_bio_PKCS8PrivateKey(
             output, parsed, EVP_aes_256_cbc(), passphrase, length, NULL, NULL) == 1;
  BIO_free(output), BIO_free(text), EVP_PKEY_free(parsed);
  return is_done;
}
