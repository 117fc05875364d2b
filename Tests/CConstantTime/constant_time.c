// Valgrind's requests, without its header, and a clock.
#include "constant_time.h"

#if defined(__x86_64__)
/// A request is a sequence of instructions without effect, which valgrind recognises (valgrind.h,
/// "client request"). Returns `otherwise` if valgrind does not run this process.
static size_t request(size_t otherwise, size_t number, size_t first, size_t second) {
  volatile size_t arguments[6] = {number, first, second, 0, 0, 0};
  size_t result;
  __asm__ volatile(
      "rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
      : "=d"(result)
      : "a"(arguments), "0"(otherwise)
      : "cc", "memory");
  return result;
}

unsigned long long ct_begin(void) {
  unsigned low, high;
  __asm__ volatile("mfence; lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
  return (unsigned long long)high << 32 | low;
}

unsigned long long ct_end(void) {
  unsigned low, high;
  __asm__ volatile("rdtscp; lfence" : "=a"(low), "=d"(high) : : "rcx", "memory");
  return (unsigned long long)high << 32 | low;
}
#else
static size_t request(size_t otherwise, size_t number, size_t first, size_t second) {
  return otherwise;
}
unsigned long long ct_begin(void) { return 0; }
unsigned long long ct_end(void) { return 0; }
#endif

/// Valgrind's numbers of its requests, and of memcheck's.
enum {
  RUNNING_ON_VALGRIND = 0x1001,
  COUNT_ERRORS = 0x1201,
  MAKE_MEM_UNDEFINED = ('M' << 24 | 'C' << 16) + 1,
  MAKE_MEM_DEFINED = ('M' << 24 | 'C' << 16) + 2,
};

int ct_is_watched(void) { return request(0, RUNNING_ON_VALGRIND, 0, 0) != 0; }

void ct_hide(void *bytes, size_t count) { request(0, MAKE_MEM_UNDEFINED, (size_t)bytes, count); }

void ct_reveal(void *bytes, size_t count) { request(0, MAKE_MEM_DEFINED, (size_t)bytes, count); }

size_t ct_errors(void) { return request(0, COUNT_ERRORS, 0, 0); }

void ct_use(size_t value) { __asm__ volatile("" : : "r"(value)); }
