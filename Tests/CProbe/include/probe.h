// What the tests of promises need of the process itself: an allocator for OpenSSL that can fail, and
// a look at all of the process's memory.
#pragma once
#include <stddef.h>

/// Gives OpenSSL an allocator of this file's. Call before anything else of OpenSSL; 0 on failure.
int probe_install_allocator(void);

/// Starts this program anew on two CPUs if it may use more: what a key prepares for each CPU, and so the
/// number of allocations, is then the same everywhere.
void probe_use_two_cpus(char *const arguments[]);

/// Lets allocation `number` from now on fail, and no other; 0: none.
void probe_fail(long number);

/// Allocations since the last call of probe_fail.
long probe_allocations(void);

/// Whether OpenSSL's error queue is empty.
int probe_error_queue_is_empty(void);

/// Returns how often the `count` bytes of `masked`, each with 0x5a over it, stand in the process's
/// writable memory, forwards or backwards.
size_t probe_count(const unsigned char *masked, size_t count);

/// Returns `count` bytes of which the last is the last of a page; the page behind it can't be read.
/// NULL on failure.
unsigned char *probe_edge(size_t count);

/// Frees what probe_edge gave for as many bytes.
void probe_edge_free(unsigned char *bytes, size_t count);

/// Runs `body` on a new thread whose stack has `size` bytes, all included that the system puts there,
/// and a page below it that can't be touched; then `end`, unless it is NULL, when the thread ends:
/// after the destructors of keys that were made before the first call. Returns how many bytes of the
/// stack were touched, from its highest on; 0 where the thread could not be started.
size_t probe_thread(
    size_t size, void (*body)(void *context), void (*end)(void *context), void *context);

/// OpenSSL's own verification with everything kept that can be: what Jot's allocations are counted
/// beside. Opens the public key in `der`; `kind` is 0 for RSASSA-PKCS1-v1_5, 1 for PSS, 2 for ECDSA, 3
/// for EdDSA; `bits` are the hash's. Returns 1 on success; one key at a time.
int reference_open(const unsigned char *der, size_t count, int kind, int bits);

/// Returns 1 where the signature, in DER for ECDSA, is one of the message.
int reference_verify(
    const unsigned char *signature, size_t signature_count, const unsigned char *message,
    size_t message_count);

/// Writes signature^65537 modulo the modulus, all of `count` bytes, by OpenSSL's numbers; 1 on success.
int reference_rsa_power(
    unsigned char *power, const unsigned char *signature, const unsigned char *modulus, size_t count);
