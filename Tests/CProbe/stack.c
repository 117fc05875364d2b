#define _GNU_SOURCE
#include "stack.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

typedef struct {
  void (*body)(void *);
  void *context;
} Call;

static void *run(void *argument) {
  Call *call = argument;
  call->body(call->context);
  return NULL;
}

static int join(pthread_attr_t *attributes, Call *call) {
  pthread_t thread;
  int error = pthread_create(&thread, attributes, run, call);
  return error != 0 ? error : pthread_join(thread, NULL);
}

int probe_run_on_stack(size_t size, void (*body)(void *), void *context) {
  Call call = {body, context};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  int error = pthread_attr_setstacksize(&attributes, size);
  if (error == 0) error = join(&attributes, &call);
  pthread_attr_destroy(&attributes);
  return error;
}

size_t probe_stack_use(void (*body)(void *), void *context) {
  enum { SIZE = 4 << 20, PAINT = 0xa5 };
  Call call = {body, context};
  unsigned char *stack =
      mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return 0;
  memset(stack, PAINT, SIZE);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  size_t used = 0;
  if (pthread_attr_setstack(&attributes, stack, SIZE) == 0 && join(&attributes, &call) == 0) {
    size_t untouched = 0;
    while (untouched < SIZE && stack[untouched] == PAINT) untouched++;
    used = SIZE - untouched;
  }
  pthread_attr_destroy(&attributes);
  munmap(stack, SIZE);
  return used;
}

size_t probe_heap_bytes(void) { return mallinfo2().uordblks; }

static int add_thread_local(struct dl_phdr_info *info, size_t size, void *sum) {
  (void)size;
  // The program itself alone: the C library's and Swift's are not ours.
  if (info->dlpi_name[0] != 0) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type == PT_TLS) *(size_t *)sum += info->dlpi_phdr[i].p_memsz;
  }
  return 0;
}

size_t probe_thread_local_bytes(void) {
  size_t sum = 0;
  dl_iterate_phdr(add_thread_local, &sum);
  return sum;
}
