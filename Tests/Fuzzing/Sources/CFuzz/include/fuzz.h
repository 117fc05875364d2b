// What Swift can't express for the targets: libFuzzer's own mutator, OpenSSL as the oracle of
// signatures, and mistakes that the sanitizers must find.
#pragma once
#include <stddef.h>

/// libFuzzer's mutator: changes data[0..<count] and returns the new count, at most `most`.
size_t LLVMFuzzerMutate(unsigned char *data, size_t count, size_t most);

/// Returns whether the signature is one of the message by the public key in PEM, by OpenSSL alone.
/// `name` is JWS's name of an asymmetric algorithm that the key fits. A key is read once for each
/// address of its text, which must stay.
int fuzz_signature_is_valid(
    const char *pem, const char *name, const unsigned char *signature, size_t signature_count,
    const unsigned char *message, size_t count);

/// Writes the HMAC of the message and returns its length; `name` is HS256, HS384 or HS512.
size_t fuzz_hmac(
    unsigned char tag[64], const char *name, const unsigned char *secret, size_t secret_count,
    const unsigned char *message, size_t count);

/// The CPU time of this thread in seconds.
double fuzz_cpu_seconds(void);

/// Adds one to the greatest int: undefined, and found by UBSan in C that is compiled like this.
int fuzz_undefined(int greatest);
