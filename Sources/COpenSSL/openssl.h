// The parts of OpenSSL's libcrypto that Jot uses.
//
// The low-level SHA-2 calls are deprecated since OpenSSL 3.0 and still present in every 3.x. They
// use a struct of the caller: no heap, no lock, no shared reference count; EVP can't guarantee that
// (Design.md, decision 1). Only sha2.h calls them.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

// Macros that Swift can't import.
enum { JOT_PUBLIC_KEY = EVP_PKEY_PUBLIC_KEY, JOT_KEY_PAIR = EVP_PKEY_KEYPAIR };

// Whether an error means that a provider lacks an algorithm.
static inline _Bool jot_is_unsupported(unsigned long code) {
  int reason = ERR_GET_REASON(code);
  if (reason == ERR_R_UNSUPPORTED) return 1;
  switch (ERR_GET_LIB(code)) {
    case ERR_LIB_EVP:
      return reason == EVP_R_UNSUPPORTED_CIPHER || reason == EVP_R_UNSUPPORTED_ALGORITHM ||
             reason == EVP_R_UNKNOWN_PBE_ALGORITHM;
    case ERR_LIB_PEM:
      return reason == PEM_R_UNSUPPORTED_CIPHER || reason == PEM_R_UNSUPPORTED_ENCRYPTION;
    default: return 0;
  }
}

// These touch only their arguments; the attribute tells the compiler.
#define JOT_NO_ALLOCATION __attribute__((swift_attr("@_noAllocation")))
JOT_NO_ALLOCATION void OPENSSL_cleanse(void *, size_t);
JOT_NO_ALLOCATION void *memchr(const void *, int, size_t);
JOT_NO_ALLOCATION void *memcpy(void *, const void *, size_t);
JOT_NO_ALLOCATION void *memset(void *, int, size_t);
