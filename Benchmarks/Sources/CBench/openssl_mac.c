// HMAC by EVP_MAC, to calibrate the engine `openssl`.
#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

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
