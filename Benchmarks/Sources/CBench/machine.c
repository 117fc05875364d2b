#define _GNU_SOURCE
#include "bench.h"

#include <sched.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static cpu_set_t process_cpus;

__attribute__((constructor)) static void remember(void) {
  CPU_ZERO(&process_cpus);
  sched_getaffinity(0, sizeof process_cpus, &process_cpus);
}

int bench_allowed_cpus(int *cpus, int capacity) {
  int found = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &process_cpus)) continue;
    if (found < capacity) cpus[found] = cpu;
    found++;
  }
  return found;
}

void bench_pin(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  if (cpu >= 0) CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, cpu >= 0 ? &one : &process_cpus);
}

int bench_pinned(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) != 1) return -1;
  int cpu = 0;
  while (!CPU_ISSET(cpu, &set)) cpu++;
  return cpu;
}

void bench_yield(void) { sched_yield(); }

uint64_t bench_spin(uint64_t steps) {
  uint64_t state = 88172645463325252u;
  for (uint64_t step = 0; step < steps; step++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
  }
  return state;
}

void bench_fill(uint64_t steps) {
  // Not constants: some CPUs add those without an adder.
  uint64_t a = steps, b = a, c = a, d = a, e = a, f = a, by = steps | 1;
  for (uint64_t step = 0; step < steps; step++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      a += by, b += by, c += by, d += by, e += by, f += by;
      __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
    }
  }
}

uint64_t bench_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t bench_thread_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t bench_cycles(void) {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return 0;
#endif
}
