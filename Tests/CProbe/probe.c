#define _GNU_SOURCE
#include "probe.h"
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static size_t in_window(size_t length, const unsigned char *masked, size_t count) {
  size_t found = 0;
  for (size_t at = 0; at + count <= length; at++) {
    size_t same = 0, reversed = 0;
    while (same < count && window[at + same] == (masked[same] ^ 0x5a)) same++;
    while (reversed < count && window[at + reversed] == (masked[count - 1 - reversed] ^ 0x5a)) reversed++;
    if (same == count || reversed == count) found++;
  }
  return found;
}

size_t probe_count(const unsigned char *masked, size_t count) {
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
      found += in_window((size_t)got, masked, count);
      if ((size_t)got < want || at + (size_t)got >= end) break;
      // A match may lie across the border.
      at += (size_t)got > count ? (size_t)got - count + 1 : (size_t)got;
    }
  }
  if (maps != NULL) fclose(maps);
  if (memory >= 0) close(memory);
  memset(window, 0, sizeof window);
  return found;
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

static size_t edge_length(size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (count + page - 1) / page * page + page;
}

unsigned char *probe_edge(size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), length = edge_length(count);
  unsigned char *pages =
      mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + length - page, page, PROT_NONE) != 0) return NULL;
  return pages + length - page - count;
}

void probe_edge_free(unsigned char *bytes, size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), length = edge_length(count);
  munmap(bytes + count + page - length, length);
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
