// OpenSSL's libcrypto, as Jot uses it.
//
// The low-level SHA-2 calls are deprecated since OpenSSL 3.0 and still present in every 3.x. They
// work on a caller's struct: no heap, no lock, no shared reference count, which EVP can't promise
// (Design.md, decision 1). Only sha2.h calls them.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

// Macros that Swift can't read.
enum { JOT_PUBLIC_KEY = EVP_PKEY_PUBLIC_KEY, JOT_KEY_PAIR = EVP_PKEY_KEYPAIR };

// These touch nothing but their arguments; the compiler is told, so that callers can promise it too.
#define JOT_NO_ALLOCATION __attribute__((swift_attr("@_noAllocation")))
JOT_NO_ALLOCATION int SHA256_Init(SHA256_CTX *);
JOT_NO_ALLOCATION int SHA256_Update(SHA256_CTX *, const void *, size_t);
JOT_NO_ALLOCATION int SHA256_Final(unsigned char *, SHA256_CTX *);
JOT_NO_ALLOCATION int SHA384_Init(SHA512_CTX *);
JOT_NO_ALLOCATION int SHA384_Update(SHA512_CTX *, const void *, size_t);
JOT_NO_ALLOCATION int SHA384_Final(unsigned char *, SHA512_CTX *);
JOT_NO_ALLOCATION int SHA512_Init(SHA512_CTX *);
JOT_NO_ALLOCATION int SHA512_Update(SHA512_CTX *, const void *, size_t);
JOT_NO_ALLOCATION int SHA512_Final(unsigned char *, SHA512_CTX *);
JOT_NO_ALLOCATION int CRYPTO_memcmp(const void *, const void *, size_t);
JOT_NO_ALLOCATION void OPENSSL_cleanse(void *, size_t);
JOT_NO_ALLOCATION void *memchr(const void *, int, size_t);
JOT_NO_ALLOCATION void *memcpy(void *, const void *, size_t);
JOT_NO_ALLOCATION void *memset(void *, int, size_t);
