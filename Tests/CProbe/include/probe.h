// What the tests of promises need of the process itself: an allocator for OpenSSL that can fail, and
// a look at all of the process's memory.
#pragma once
#include <stddef.h>

/// Gives OpenSSL an allocator of this file's. Call before anything else of OpenSSL; 0 on failure.
int probe_install_allocator(void);

/// Starts this program anew on two CPUs if it may use more: what a key prepares for each CPU, and so the
/// number of allocations, is then the same everywhere.
void probe_use_two_cpus(char *const arguments[]);

/// Lets the process count as one that may use this many CPUs. Call before a key is made.
void probe_pretend_cpus(unsigned count);

/// Binds this thread to the CPU that it is on: what is made for each CPU is then made once.
void probe_stay(void);

/// Ends the process by SIGXCPU once it has used this many seconds of CPU time.
void probe_limit_cpu(unsigned seconds);

/// Lets the thread go where it could before.
void probe_roam(void);

/// Lets allocation `number` from now on fail, and no other; 0: none.
void probe_fail(long number);

/// Allocations since the last call of probe_fail.
long probe_allocations(void);

/// Whether OpenSSL's error queue is empty.
int probe_error_queue_is_empty(void);

/// Returns how often the `count` bytes of `masked`, each with 0x5a over it, stand in the process's
/// writable memory, forwards or backwards.
size_t probe_count(const unsigned char *masked, size_t count);

/// Two words of four bytes, each byte with 0x5a over it.
typedef struct {
  unsigned first, second;
} probe_pair;

/// Returns how often the two words of one of the pairs stand in the process's writable memory, in
/// either order, side by side or as far apart as the lanes of a register are: 4 to 64 bytes.
size_t probe_count_pairs(const probe_pair *masked, size_t count);

/// Calls `body` with its stack so far below the caller's that no later call from there writes to it.
void probe_deep(void (*body)(void *), void *context);

/// Overwrites the stack where `probe_deep` had its body.
void probe_wipe_deep(void);

/// Writes what hashing a key's block with `pad` over it begins and ends with, for SHA-256, SHA-384 or
/// SHA-512: the state behind it, and the words of its first sixteen rounds with their constants added,
/// as implementations keep them. All in the CPU's words, 32 and 64 bytes, or 64 and 128. The key, and
/// what is written, has 0x5a over each byte.
void probe_key(
    int bits, const unsigned char *masked, size_t count, unsigned char pad, unsigned char *state,
    unsigned char *schedule);

/// Forks; the child ends with what `body` returns, or by SIGALRM after so many seconds; the parent calls
/// `meanwhile` and waits. Returns the child's status, or the negative of the signal that ended it.
int probe_fork(unsigned seconds, void (*meanwhile)(void), int (*body)(void));

/// Returns `count` bytes of which the last is the last of a page; the page behind it can't be read.
/// With `is_start` the first is a page's first, and the page before it can't be read. NULL on failure.
unsigned char *probe_edge(size_t count, int is_start);

/// Frees what probe_edge gave for the same.
void probe_edge_free(unsigned char *bytes, size_t count, int is_start);

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

/// Prints the private key of a PEM text in three more: PKCS#1 or SEC 1; that encrypted, by RFC 1421's
/// headers; and PKCS#8 encrypted. Of EdDSA, which has neither of the first, only the last. Returns 1 on
/// success.
int reference_print_forms(const char *pem, const char *passphrase);

/// Writes signature^65537 modulo the modulus, all of `count` bytes, by OpenSSL's numbers; 1 on success.
int reference_rsa_power(
    unsigned char *power, const unsigned char *signature, const unsigned char *modulus, size_t count);

/// Curves by OpenSSL; `curve` is 0 for P-256, 1 for P-384, 2 for P-521, 3 for secp256k1. Numbers are
/// big-endian and as long as a coordinate: 32, 48, 66 or 32 bytes. All return 1 on success.
///
/// Writes the prime, or the order of the generator.
void reference_ec_modulus(int curve, int of_scalars, unsigned char *result);

/// Writes left * right, left + right, left - right or 1 / left ('/') modulo the prime or the order.
int reference_ec_calculate(
    int curve, int of_scalars, char operation, unsigned char *result, const unsigned char *left,
    const unsigned char *right);

/// Writes u G + v (x, y), or u G if `v` is NULL; 0 if that is infinity, or (x, y) is not a point of the curve.
int reference_ec_sum(
    int curve, const unsigned char *u, const unsigned char *v, const unsigned char *x,
    const unsigned char *y, unsigned char *sum_x, unsigned char *sum_y);

/// Writes the even second coordinate of the point with this first one; 0 if there is none.
int reference_ec_lift(int curve, const unsigned char *x, unsigned char *y);

/// A public key, or NULL if the coordinates are not those of a point.
void *reference_ecdsa_open(int curve, const unsigned char *x, const unsigned char *y);
void reference_ecdsa_close(void *key);

/// Returns 1 if r and s, side by side, are a signature of the digest.
int reference_ecdsa_verify(
    void *key, int curve, const unsigned char *signature, const unsigned char *digest, size_t count);

/// Signs with a private key, a number.
int reference_ecdsa_sign(
    int curve, const unsigned char *scalar, const unsigned char *digest, size_t count,
    unsigned char *signature);
