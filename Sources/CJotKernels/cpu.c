// Which kernels this CPU has, decided once before main so that no hot path ever asks; and which CPU
// this thread is on.
#include "jot_kernels.h"

// Only what this CPU's branch needs is included, so that any target's compiler can check the file
// without that target's libc.
#if defined(__x86_64__)
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#endif

#if defined(__linux__)
extern int sched_getcpu(void);
#endif
extern int sched_yield(void);

static int has_avx2, has_sha;

__attribute__((constructor)) static void detect(void) {
#if defined(__x86_64__)
  const char *choice = getenv("JOT_KERNELS");
  if (choice != NULL && strcmp(choice, "portable") == 0) return;
  __builtin_cpu_init();
  has_avx2 = __builtin_cpu_supports("avx2");
  // Leaf 7, EBX bit 29: not every compiler's __builtin_cpu_supports knows the name.
  unsigned a, b, c, d;
  has_sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1) != 0
      && __builtin_cpu_supports("sse4.1");
#endif
}

int jot_has_avx2(void) { return has_avx2; }

int jot_has_sha(void) { return has_sha; }

int jot_current_cpu(void) {
#if defined(__linux__)
  int cpu = sched_getcpu();
  return cpu < 0 ? 0 : cpu;
#else
  return 0;
#endif
}

void jot_yield(void) { sched_yield(); }
