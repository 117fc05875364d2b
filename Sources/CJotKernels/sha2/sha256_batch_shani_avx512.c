// SHA-256 of several messages with the SHA extensions, and with AVX-512's 32 registers for all other
// instructions: four streams need more than sixteen. See sha256_streams.h.
//
// Zen 4, ns per block: 35.5 one stream, 17.8 two, 15.8 four; the limit of its units is 11.4.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha256_shani.h"

#define TARGET __attribute__((target("sha,avx512f,avx512bw,avx512vl")))
#include "sha256_streams.h"

TARGET void jot_sha256_batch_shani_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
  hash_streams(digests, text, jobs, count);
}

#else
void jot_sha256_batch_shani_avx512(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count) {
}
#endif
