// Ed25519 in plain C, for every CPU with products of 128 bits; the other kernels' oracle.
#include "jot_ed25519.h"

#if defined(__SIZEOF_INT128__)
#include "ed25519_field51.h"
#include "ed25519_points.h"

int jot_ed25519_verify(const jot_ed25519_job *job) { return verify(job); }

unsigned jot_ed25519_verify_batch(const jot_ed25519_job *jobs, size_t count) {
  return verify_batch(jobs, count);
}

#else
int jot_ed25519_verify(const jot_ed25519_job *job) { return 0; }
unsigned jot_ed25519_verify_batch(const jot_ed25519_job *jobs, size_t count) { return 0; }
#endif
