// The allocator's names, defined in the program, stand before glibc's for every library in it.
#define _GNU_SOURCE
#include "malloc_count.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
#include <malloc.h>

// Initial-exec: a thread's first access must not allocate.
#define LOCAL static __thread __attribute__((tls_model("initial-exec")))
LOCAL int armed;
LOCAL int refusing;
LOCAL uint64_t calls;
LOCAL int64_t kept, peak;

int malloc_count_is_available(void) { return 1; }

// Swift Testing hooks in here to note a backtrace of each error thrown, which allocates. It is no
// part of what is measured, so it is set aside while a thread counts.
__attribute__((weak)) extern _Atomic(void *) _swift_willThrow;
__attribute__((weak)) extern _Atomic(void *) _swift_willThrowTypedImpl;
LOCAL void *hooks[2];

void malloc_count_start(void) {
  if (&_swift_willThrow != NULL) hooks[0] = atomic_exchange(&_swift_willThrow, NULL);
  if (&_swift_willThrowTypedImpl != NULL)
    hooks[1] = atomic_exchange(&_swift_willThrowTypedImpl, NULL);
  calls = 0, kept = 0, peak = 0;
  armed = 1;
}

uint64_t malloc_count_stop(void) {
  armed = 0;
  if (hooks[0] != NULL) atomic_store(&_swift_willThrow, hooks[0]);
  if (hooks[1] != NULL) atomic_store(&_swift_willThrowTypedImpl, hooks[1]);
  return calls;
}

int64_t malloc_count_kept(void) { return kept; }
int64_t malloc_count_peak(void) { return peak; }

static void count(void) {
  if (armed) calls++;
}

// A block that came, or NULL; and one that goes.
static void *keep(void *block) {
  if (armed && block != NULL) kept += (int64_t)malloc_usable_size(block);
  if (kept > peak) peak = kept;
  return block;
}

static void drop(void *block) {
  if (armed && block != NULL) kept -= (int64_t)malloc_usable_size(block);
}

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void malloc_count_refuse(int refuses) { refusing = refuses; }

void *malloc(size_t size) {
  count();
  if (refusing) {
    errno = ENOMEM;
    return NULL;
  }
  return keep(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
  count();
  return keep(__libc_calloc(number, size));
}

// A block that could not grow stays.
static void *resize(void *block, size_t size) {
  int64_t before = kept;
  drop(block);
  void *other = keep(__libc_realloc(block, size));
  if (other == NULL && size != 0) kept = before;
  return other;
}

void *realloc(void *block, size_t size) {
  count();
  return resize(block, size);
}

void *reallocarray(void *block, size_t number, size_t size) {
  count();
  size_t total;
  if (__builtin_mul_overflow(number, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  return resize(block, total);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return keep(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  if (refusing) {
    errno = ENOMEM;
    return NULL;
  }
  return keep(__libc_memalign(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  count();
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *memory = keep(__libc_memalign(alignment, size));
  if (memory == NULL) return ENOMEM;
  *block = memory;
  return 0;
}

char *strdup(const char *text) {
  count();
  size_t size = strlen(text) + 1;
  char *copy = keep(__libc_malloc(size));
  return copy == NULL ? NULL : memcpy(copy, text, size);
}

void free(void *block) {
  if (block != NULL) count();
  drop(block);
  __libc_free(block);
}

#else

int malloc_count_is_available(void) { return 0; }
void malloc_count_start(void) {}
uint64_t malloc_count_stop(void) { return 0; }
int64_t malloc_count_kept(void) { return 0; }
int64_t malloc_count_peak(void) { return 0; }
void malloc_count_refuse(int refuses) { (void)refuses; }

#endif
