// What Swift can't do: pin a thread, run a loop of known work, and the engine `openssl`, whose loop
// calls libcrypto directly.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Fills `cpus` with the numbers of the CPUs that this process may use; returns how many there are.
int bench_allowed_cpus(int *cpus, int capacity);

/// Pins this thread to one CPU; -1: to all CPUs of the process.
void bench_pin(int cpu);

/// The one CPU that this thread is pinned to, or -1.
int bench_pinned(void);

/// Yields this CPU to another thread.
void bench_yield(void);

/// Steps a generator in registers; returns its state, so that the loop is not optimised away.
uint64_t bench_spin(uint64_t steps);

/// Adds in six chains at once, 96 times a step: as many instructions as a core can start.
void bench_fill(uint64_t steps);

/// A child process that leads its own process group, and our ends of its pipes; -1: no pipe.
typedef struct {
  int id, input, output, errors;
} bench_child;

/// Starts the program at the path arguments[0], with pipes for its input, output and errors, or
/// with `log` for the latter two if that is not negative. All signals have their defaults. Returns
/// 0 or the errno.
int bench_child_start(bench_child *child, char *const arguments[], int log);

/// Returns the status of a child or the signal that ended it; -1 while it runs.
int bench_child_end(int id, int *is_signal);

/// Sends SIGINT to the group of a child.
void bench_child_interrupt(int id);

/// Kills the group of a child, and waits for it; once for each child, ended or not.
void bench_child_kill(int id);

/// Nanoseconds of the monotonic clock.
uint64_t bench_now(void);

/// Nanoseconds of CPU time of this thread.
uint64_t bench_thread_time(void);

/// The time-stamp counter, whose rate is constant; 0 without one.
uint64_t bench_cycles(void);

/// A key for an algorithm by its name in JWS: the states of an HMAC key, or a new pair of keys
/// (RSA: 2048 bits, EdDSA: Ed25519). NULL if OpenSSL has none.
typedef struct bench_key bench_key;
bench_key *bench_key_new(const char *algorithm, const uint8_t *secret, size_t count);

/// Reads a private key for an algorithm from the PEM (PKCS#8) of bench_key_pem. NULL if the text is
/// not one.
bench_key *bench_key_from_pem(const char *algorithm, const char *text, size_t count);
void bench_key_free(bench_key *);

/// Writes the key as PEM, private (PKCS#8) or public (SPKI); returns its length, 0 on failure.
size_t bench_key_pem(const bench_key *, int is_private, char *text, size_t capacity);

/// The state of one thread: a duplicate of the key and a context for it, except for HMAC.
typedef struct bench_worker bench_worker;
bench_worker *bench_worker_new(const bench_key *, int signs);
void bench_worker_free(bench_worker *);

/// The most bytes of a signature.
#define BENCH_SIGNATURE_CAPACITY 1024

/// Signs `input` into `signature`; returns its length, or 0 on failure.
size_t bench_sign(bench_worker *, const uint8_t *input, size_t count, uint8_t *signature);

/// Returns 1 if `signature` is one of `input`.
int bench_verify(
    bench_worker *, const uint8_t *input, size_t count, const uint8_t *signature, size_t length);

/// Converts a signature to the format of JWS, and back. They differ for ECDSA alone, which
/// libcrypto has in DER (RFC 7518 §3.4). Both return the length, or 0 on failure.
size_t bench_jws_signature(
    const bench_worker *, const uint8_t *signature, size_t count, uint8_t *jws);
size_t bench_own_signature(
    const bench_worker *, const uint8_t *jws, size_t count, uint8_t *signature);

/// One token of the pool, as the engine `openssl` sees it.
typedef struct {
  bench_worker *worker;      // of the token's key
  const uint8_t *input;      // the signing input
  const uint8_t *signature;  // as libcrypto has it
  uint32_t input_count;
  uint32_t signature_count;
  uint64_t answer;           // of the claims, taken if the signature is good
} bench_item;

/// Runs `count` operations over the pool from `*cursor` on and returns the sum of their answers.
/// For verify that is the item's own, if its signature is good; for sign the last eight bytes of
/// the signature, or 1 for a randomised one (RSA-PSS, ECDSA).
uint64_t bench_run_verify(const bench_item *pool, size_t pool_count, size_t *cursor, size_t count);
uint64_t bench_run_sign(const bench_item *pool, size_t pool_count, size_t *cursor, size_t count);

/// Texts of one length in one block: bytes to encode, or base64 to decode.
typedef struct {
  const uint8_t *texts;
  size_t count;
  size_t size;           // of each
  uint8_t *buffer;         // for one answer, its padding and a NUL
  size_t answer_count;   // bytes of an answer that count, at least 8
} bench_texts;

/// Runs `count` operations of EVP_DecodeBlock or EVP_EncodeBlock over the texts from `*cursor` on and
/// returns the sum of their answers, each the first and the last word; 0 for a text that is refused.
/// The alphabet is the standard one, with padding: OpenSSL has no other.
uint64_t bench_run_decode(const bench_texts *, size_t *cursor, size_t count);
uint64_t bench_run_encode(const bench_texts *, size_t *cursor, size_t count);

/// What an open loop sends, and when.
typedef struct {
  int port;                  // of 127.0.0.1
  int connections;           // at least 1
  const uint8_t *requests;   // whole requests of HTTP/1.1, one after the other, used in turn
  const size_t *borders;     // request i lies at borders[i]..<borders[i + 1]
  size_t request_count;
  const uint64_t *planned;   // nanoseconds after the start, ascending
  size_t count;              // of the planned times
  uint64_t patience;         // nanoseconds after the last planned time
} bench_open_plan;

/// One planned request: nanoseconds from its planned time to its whole answer, 0 without an answer;
/// and how much later than planned it was sent although a connection was free.
typedef struct {
  uint64_t latency;
  uint64_t lateness;
} bench_open_sample;

/// Sends `count` requests at their times and waits for the answers. `refused` becomes the number of
/// answers that were not 200. Returns 0, or the errno that ended it.
int bench_open_loop(const bench_open_plan *, bench_open_sample *samples, size_t *refused);

/// Computes the HMAC of `input` with EVP_MAC, re-initialised without a key, to compare with the
/// prepared states.
typedef struct bench_evp_mac bench_evp_mac;
bench_evp_mac *bench_evp_mac_new(const uint8_t *secret, size_t count);
void bench_evp_mac_free(bench_evp_mac *);
int bench_evp_mac_sign(bench_evp_mac *, const uint8_t *input, size_t count, uint8_t *tag);

/// OpenSSL's version: built with, and running.
const char *bench_openssl_built(void);
const char *bench_openssl_running(void);
