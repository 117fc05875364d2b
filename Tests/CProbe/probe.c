#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <sys/resource.h>
#include "probe.h"
#include <fcntl.h>
#include <jot_kernels.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/mman.h>
#include <unistd.h>

static long failing, counted;

static int fails(void) { return ++counted == failing; }

static void *allocate(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return fails() ? NULL : malloc(size);
}

static void *reallocate(void *block, size_t size, const char *file, int line) {
  (void)file, (void)line;
  return fails() ? NULL : realloc(block, size);
}

static void release(void *block, const char *file, int line) {
  (void)file, (void)line;
  free(block);
}

int probe_install_allocator(void) { return CRYPTO_set_mem_functions(allocate, reallocate, release); }

void probe_fail(long number) { failing = number, counted = 0; }

long probe_allocations(void) { return counted; }

int probe_error_queue_is_empty(void) { return ERR_peek_error() == 0; }

// What is read here would be found here, too: this window is left out.
static unsigned char window[1 << 20];

/// Calls `look` for each piece of the process's writable memory; a piece begins with the last `overlap`
/// bytes of the one before.
static size_t search(size_t overlap, size_t (*look)(size_t length, const void *what), const void *what) {
  FILE *maps = fopen("/proc/self/maps", "r");
  int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  size_t found = 0;
  char line[512];
  while (maps != NULL && memory >= 0 && fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end;
    char rights[5];
    if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3 || strncmp(rights, "rw", 2) != 0) continue;
    for (unsigned long at = start; at < end;) {
      size_t want = end - at < sizeof window ? end - at : sizeof window;
      unsigned long from = (unsigned long)window, to = from + sizeof window;
      if (at < to && at + want > from) {
        if (at >= from) { at = to; continue; }
        want = from - at;
      }
      ssize_t got = pread(memory, window, want, (off_t)at);
      if (got <= 0) break;
      found += look((size_t)got, what);
      if ((size_t)got < want || at + (size_t)got >= end) break;
      // A match may lie across the border.
      at += (size_t)got > overlap ? (size_t)got - overlap : (size_t)got;
    }
  }
  if (maps != NULL) fclose(maps);
  if (memory >= 0) close(memory);
  memset(window, 0, sizeof window);
  return found;
}

typedef struct {
  const unsigned char *masked;
  size_t count;
} Bytes;

static size_t count_bytes(size_t length, const void *what) {
  const unsigned char *masked = ((const Bytes *)what)->masked;
  size_t count = ((const Bytes *)what)->count, found = 0;
  for (size_t at = 0; at + count <= length; at++) {
    size_t same = 0, reversed = 0;
    while (same < count && window[at + same] == (masked[same] ^ 0x5a)) same++;
    while (reversed < count && window[at + reversed] == (masked[count - 1 - reversed] ^ 0x5a)) reversed++;
    if (same == count || reversed == count) found++;
  }
  return found;
}

size_t probe_count(const unsigned char *masked, size_t count) {
  Bytes bytes = {masked, count};
  return search(count - 1, count_bytes, &bytes);
}

// Pairs in either order, those with the same lowest 16 bits in front one behind the other, and where
// these begin.
static probe_pair pairs[1 << 14];
static unsigned short begins[(1 << 16) + 1];
static size_t pair_count;

static int by_low_bits(const void *left, const void *right) {
  return (int)(((const probe_pair *)left)->first & 0xffff)
      - (int)(((const probe_pair *)right)->first & 0xffff);
}

// The lanes of registers of 8 to 64 bytes are so far apart.
enum { FARTHEST = 64 };

static unsigned masked_word(size_t at) {
  unsigned word;
  memcpy(&word, window + at, 4);
  return word ^ 0x5a5a5a5a;
}

static size_t count_pairs(size_t length, const void *what) {
  (void)what;
  size_t found = 0;
  for (size_t at = 0; at + 4 <= length; at++) {
    unsigned first = masked_word(at), low = first & 0xffff;
    for (size_t index = begins[low]; index < begins[low + 1]; index++) {
      if (pairs[index].first != first) continue;
      for (size_t stride = 4; stride <= FARTHEST && at + stride + 4 <= length; stride *= 2)
        found += masked_word(at + stride) == pairs[index].second;
    }
  }
  return found;
}

size_t probe_count_pairs(const probe_pair *masked, size_t count) {
  if (2 * count > sizeof pairs / sizeof *pairs) abort();
  for (size_t index = 0; index < count; index++) {
    pairs[2 * index] = masked[index];
    pairs[2 * index + 1] = (probe_pair){masked[index].second, masked[index].first};
  }
  pair_count = 2 * count;
  qsort(pairs, pair_count, sizeof *pairs, by_low_bits);
  size_t index = 0;
  for (size_t low = 0; low <= 1 << 16; low++) {
    while (index < pair_count && (pairs[index].first & 0xffff) < low) index++;
    begins[low] = (unsigned short)index;
  }
  return search(FARTHEST + 3, count_pairs, NULL);
}

enum { DEPTH = 1 << 18 };

__attribute__((noinline)) void probe_deep(void (*body)(void *), void *context) {
  volatile unsigned char gap[DEPTH];
  gap[0] = 0;
  body(context);
  gap[DEPTH - 1] = 0;
}

__attribute__((noinline)) void probe_wipe_deep(void) {
  unsigned char gap[2 * DEPTH];
  memset(gap, 0, sizeof gap);
  __asm__ volatile("" : : "r"(gap) : "memory");
}

// The constants of the first sixteen rounds of SHA-512; SHA-256's are their upper halves.
static const unsigned long long round_constants[16] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
};

void probe_key(
    int bits, const unsigned char *masked, size_t count, unsigned char pad, unsigned char *state,
    unsigned char *schedule) {
  size_t block_length = bits == 256 ? 64 : 128, state_length = block_length / 2;
  unsigned char block[128];
  SHA256_CTX small;
  SHA512_CTX large;
  if (count > block_length) abort();
  memset(block, pad, sizeof block);
  for (size_t index = 0; index < count; index++) block[index] ^= masked[index] ^ 0x5a;
  if (bits == 256) {
    SHA256_Init(&small);
    SHA256_Update(&small, block, block_length);
  } else {
    if (bits == 384) SHA384_Init(&large);
    else SHA512_Init(&large);
    SHA512_Update(&large, block, block_length);
  }
  const unsigned char *words = bits == 256 ? (unsigned char *)small.h : (unsigned char *)large.h;
  for (size_t index = 0; index < state_length; index++) state[index] = words[index] ^ 0x5a;
  for (size_t index = 0; index < 16; index++) {
    unsigned word;
    unsigned long long wide;
    memcpy(&word, block + 4 * index, 4);
    memcpy(&wide, block + block_length / 16 * index, 8);
    word = __builtin_bswap32(word) + (unsigned)(round_constants[index] >> 32);
    wide = __builtin_bswap64(wide) + round_constants[index];
    word ^= 0x5a5a5a5a;
    wide ^= 0x5a5a5a5a5a5a5a5a;
    if (bits == 256) memcpy(schedule + 4 * index, &word, 4);
    else memcpy(schedule + 8 * index, &wide, 8);
  }
  OPENSSL_cleanse(block, sizeof block);
  OPENSSL_cleanse(&small, sizeof small);
  OPENSSL_cleanse(&large, sizeof large);
}

int probe_fork(unsigned seconds, void (*meanwhile)(void), int (*body)(void)) {
  pid_t child = fork();
  if (child == 0) {
    // Its end is SIGALRM's, if it hangs.
    alarm(seconds);
    _exit(body());
  }
  meanwhile();
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 255;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void probe_use_two_cpus(char *const arguments[]) {
#if defined(__linux__)
  cpu_set_t all, few;
  if (sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) <= 2) return;
  CPU_ZERO(&few);
  for (int cpu = 0; CPU_COUNT(&few) < 2; cpu++)
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &few);
  // The number of CPUs is read before main.
  if (sched_setaffinity(0, sizeof few, &few) == 0) execv("/proc/self/exe", arguments);
#endif
}

void probe_pretend_cpus(unsigned count) { jot_cpus_here = count; }

#if defined(__linux__)
static __thread cpu_set_t before;
#endif

void probe_limit_cpu(unsigned seconds) {
  struct rlimit limit = {.rlim_cur = seconds, .rlim_max = seconds};
  setrlimit(RLIMIT_CPU, &limit);
}

void probe_stay(void) {
#if defined(__linux__)
  cpu_set_t one;
  int cpu = sched_getcpu();
  if (cpu < 0 || sched_getaffinity(0, sizeof before, &before) != 0) return;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, &one);
#endif
}

void probe_roam(void) {
#if defined(__linux__)
  sched_setaffinity(0, sizeof before, &before);
#endif
}

static size_t edge_length(size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (count + page - 1) / page * page + page;
}

unsigned char *probe_edge(size_t count, int is_start) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), length = edge_length(count);
  unsigned char *pages =
      mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return NULL;
  unsigned char *closed = is_start ? pages : pages + length - page;
  if (mprotect(closed, page, PROT_NONE) != 0) return NULL;
  return is_start ? pages + page : closed - count;
}

void probe_edge_free(unsigned char *bytes, size_t count, int is_start) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), length = edge_length(count);
  munmap(is_start ? bytes - page : bytes + count + page - length, length);
}

struct thread {
  void (*body)(void *);
  void (*end)(void *);
  void *context;
};

static pthread_key_t end_key;
static pthread_once_t end_once = PTHREAD_ONCE_INIT;

static void end_thread(void *argument) {
  struct thread *thread = argument;
  thread->end(thread->context);
}

static void make_end_key(void) { pthread_key_create(&end_key, end_thread); }

static void *run_thread(void *argument) {
  struct thread *thread = argument;
  if (thread->end != NULL) pthread_setspecific(end_key, thread);
  thread->body(thread->context);
  return NULL;
}

size_t probe_thread(
    size_t size, void (*body)(void *context), void (*end)(void *context), void *context) {
  enum { FILLER = 0xa5 };
  pthread_once(&end_once, make_end_key);
  struct thread thread = {body, end, context};
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *pages = mmap(
      NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages, page, PROT_NONE) != 0) return 0;
  unsigned char *stack = pages + page;
  memset(stack, FILLER, size);
  pthread_attr_t attributes;
  pthread_t started;
  size_t untouched = 0;
  pthread_attr_init(&attributes);
  int has_started = pthread_attr_setstack(&attributes, stack, size) == 0
      && pthread_create(&started, &attributes, run_thread, &thread) == 0;
  if (has_started) {
    pthread_join(started, NULL);
    while (untouched < size && stack[untouched] == FILLER) untouched++;
  }
  pthread_attr_destroy(&attributes);
  munmap(pages, size + page);
  return has_started ? size - untouched : 0;
}
