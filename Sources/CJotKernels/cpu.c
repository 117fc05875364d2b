// Detects this CPU's kernels and the number of CPUs for the process, once before main, so that no
// hot path does it; and the CPU of the current thread.
#include "jot_kernels.h"

// Includes only what this CPU's branch needs, so that any target's compiler can check the file
// without that target's libc.
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(__linux__)
extern int sched_getcpu(void);
extern int sched_getaffinity(int, size_t, void *);
#endif
extern int sched_yield(void);
extern char *getenv(const char *);
extern size_t strlen(const char *);
extern char *strstr(const char *, const char *);

unsigned jot_kernels_here;
unsigned jot_cpus_here = 1;
int jot_fast_sha_here;

// Counts the first thread's CPUs: later threads may be bound to fewer. If the system has no answer,
// or more CPUs than the mask, returns the maximum.
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

// Bits of CPUID, under the names that compilers use, and of XCR0.
enum {
  SSE3 = 1, SSSE3 = 1 << 9, FMA = 1 << 12, SSE4_1 = 1 << 19, SSE4_2 = 1 << 20, POPCNT = 1 << 23,
  OSXSAVE = 1 << 27, AVX = 1 << 28, F16C = 1 << 29,
  BMI = 1 << 3, AVX2 = 1 << 5, BMI2 = 1 << 8, AVX512F = 1 << 16, AVX512DQ = 1 << 17,
  ADX = 1 << 19, AVX512IFMA = 1 << 21, SHA = 1 << 29, AVX512BW = 1 << 30,
  AVX512VBMI = 1 << 1,
  YMM = 0x06, ZMM = 0xe6,
};
static const unsigned AVX512VL = 1u << 31;

static int has(unsigned word, unsigned bits) { return (word & bits) == bits; }

unsigned jot_kernels_of(const jot_cpu *cpu) {
  unsigned sets = 0, sse = SSE3 | SSSE3 | SSE4_1;
  if (has(cpu->leaf1_ecx, sse) && has(cpu->leaf7_ebx, SHA)) sets |= JOT_SHA;
  if (has(cpu->leaf7_ebx, BMI2 | ADX)) sets |= JOT_ADX;
  unsigned vectors = sse | SSE4_2 | POPCNT | OSXSAVE | AVX | FMA;
  if (has(cpu->leaf1_ecx, vectors) && has(cpu->leaf7_ebx, AVX2 | BMI | BMI2)
      && has(cpu->xcr0, YMM)) {
    sets |= JOT_AVX2;
    unsigned wide = AVX512F | AVX512BW | AVX512DQ | AVX512VL;
    if (has(cpu->leaf1_ecx, F16C) && has(cpu->leaf7_ebx, wide) && has(cpu->xcr0, ZMM)) {
      if (has(cpu->leaf7_ebx, AVX512IFMA)) sets |= JOT_IFMA;
      if (has(cpu->leaf7_ecx, AVX512VBMI)) sets |= JOT_VBMI;
    }
  }
  return sets;
}

#if defined(JOT_STAND_INS)
// Every instruction has a stand-in.
static jot_cpu this_cpu(void) { return (jot_cpu){~0u, ~0u, ~0u, ~0u}; }
#elif defined(__x86_64__)
static jot_cpu this_cpu(void) {
  jot_cpu cpu = {0};
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d)) cpu.leaf1_ecx = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) cpu.leaf7_ebx = b, cpu.leaf7_ecx = c;
  // XGETBV; compilers provide an intrinsic only for targets with XSAVE.
  if (has(cpu.leaf1_ecx, OSXSAVE)) __asm__("xgetbv" : "=a"(cpu.xcr0), "=d"(d) : "c"(0));
  return cpu;
}

static int is_amd(void) {
  unsigned a, b, c, d;
  // "AuthenticAMD".
  return __get_cpuid(0, &a, &b, &c, &d) && b == 0x68747541 && d == 0x69746e65 && c == 0x444d4163;
}
#endif

// Whether a list of names, separated by commas, has this one.
static int has_name(const char *list, const char *name) {
  size_t length = strlen(name);
  for (const char *at = list; (at = strstr(at, name)) != NULL; at += length) {
    int begins = at == list || at[-1] == ',';
    if (begins && (at[length] == 0 || at[length] == ',')) return 1;
  }
  return 0;
}

// What keys are made for; open until the first one.
enum { OPEN, KERNELS, OPENSSL };
static int choice;

// Returns the choice before.
static int choose(int own) {
  int before = OPEN;
  __atomic_compare_exchange_n(
      &choice, &before, own, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return before;
}

int jot_leave_to_openssl(void) {
  if (choose(OPENSSL) == KERNELS) return 0;
  jot_kernels_here = JOT_OPENSSL;
  return 1;
}

int jot_settle(void) { return choose(KERNELS) == OPENSSL && jot_leave_to_openssl(); }

__attribute__((constructor)) static void detect(void) {
  jot_cpus_here = count_cpus();
#if defined(__x86_64__) && !defined(JOT_STAND_INS)
  jot_fast_sha_here = is_amd();
#endif
  // Unset, the environment allows every kernel.
  const char *list = getenv("JOT_KERNELS");
  if (list != NULL && has_name(list, "openssl")) {
    jot_leave_to_openssl();
    return;
  }
#if defined(JOT_X86_KERNELS)
  jot_cpu cpu = this_cpu();
  static const struct {
    const char *name;
    unsigned set;
  } names[] = {{"avx2", JOT_AVX2}, {"adx", JOT_ADX}, {"sha", JOT_SHA}, {"ifma", JOT_IFMA},
               {"vbmi", JOT_VBMI}};
  for (size_t at = 0; at < sizeof names / sizeof *names; at++)
    if (list == NULL || has_name(list, names[at].name)) jot_kernels_here |= names[at].set;
  jot_kernels_here &= jot_kernels_of(&cpu);
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
