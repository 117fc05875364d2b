// Which kernels this CPU has and how many CPUs the process may use, decided once before main so that
// no hot path ever asks; and which CPU this thread is on.
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
extern int sched_getaffinity(int, size_t, void *);
#endif
extern int sched_yield(void);

unsigned jot_kernels_here;
unsigned jot_cpus_here = 1;

// The first thread's CPUs: later ones may be bound to fewer. A system that has no answer, or more
// CPUs than the mask, counts as the most that anyone asks for.
static unsigned count_cpus(void) {
#if defined(__linux__)
  unsigned long mask[128] = {0};
  unsigned count = 0;
  if (sched_getaffinity(0, sizeof mask, mask) >= 0)
    for (size_t at = 0; at < sizeof mask / sizeof *mask; at++)
      for (unsigned long bits = mask[at]; bits != 0; bits &= bits - 1) count++;
  return count == 0 || count > JOT_MOST_CPUS ? JOT_MOST_CPUS : count;
#else
  return JOT_MOST_CPUS;
#endif
}

#if defined(__x86_64__)
// What the environment allows: JOT_KERNELS names kernels with commas between; without it, all.
static int is_allowed(const char *name) {
  const char *list = getenv("JOT_KERNELS");
  if (list == NULL) return 1;
  size_t length = strlen(name);
  for (const char *at = list; (at = strstr(at, name)) != NULL; at += length) {
    int begins = at == list || at[-1] == ',';
    if (begins && (at[length] == 0 || at[length] == ',')) return 1;
  }
  return 0;
}
#endif

__attribute__((constructor)) static void detect(void) {
  jot_cpus_here = count_cpus();
#if defined(__x86_64__)
  __builtin_cpu_init();
  // Leaf 7, EBX: not every compiler's __builtin_cpu_supports knows these names.
  unsigned a, b = 0, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) b = 0;
  int has_adx = (b >> 19 & 1) != 0 && __builtin_cpu_supports("bmi2");
  int has_sha = (b >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.1");
  // Each asks the system too whether it keeps the wide registers.
  int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int has_avx512 = has_avx2 && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx512f")
      && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vl");
  int has_ifma = has_avx512 && __builtin_cpu_supports("avx512ifma");
  int has_vbmi = has_avx512 && __builtin_cpu_supports("avx512vbmi");
  if (has_avx2 && is_allowed("avx2")) jot_kernels_here |= JOT_AVX2;
  if (has_sha && is_allowed("sha")) jot_kernels_here |= JOT_SHA;
  if (has_adx && is_allowed("adx")) jot_kernels_here |= JOT_ADX;
  if (has_ifma && is_allowed("ifma")) jot_kernels_here |= JOT_IFMA;
  if (has_vbmi && is_allowed("vbmi")) jot_kernels_here |= JOT_VBMI;
#endif
}

int jot_current_cpu(void) {
#if defined(__linux__)
  int cpu = sched_getcpu();
  return cpu < 0 ? 0 : cpu;
#else
  return 0;
#endif
}

void jot_yield(void) { sched_yield(); }
