// Forks: pthread_atfork's handlers, registered once, before main. The first waits until no thread is
// inside OpenSSL, whose locks have no such handlers, and takes every lock, so that no thread is in the
// middle of a change. The other two release them. The child's allocates nothing and waits for nothing.
#include "jot_fork.h"

extern int pthread_atfork(void (*)(void), void (*)(void), void (*)(void));
extern int sched_yield(void);

unsigned jot_forks_here;

static jot_fork_part *first;
// Guards the list.
static unsigned long long list_lock;

static void take(unsigned long long *lock) {
  while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0) sched_yield();
}

static void release(unsigned long long *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

void jot_fork_add(jot_fork_part *part) {
  take(&list_lock);
  part->previous = NULL;
  part->next = first;
  if (first != NULL) first->previous = part;
  first = part;
  release(&list_lock);
}

void jot_fork_remove(jot_fork_part *part) {
  take(&list_lock);
  if (part->previous != NULL) part->previous->next = part->next;
  else first = part->next;
  if (part->next != NULL) part->next->previous = part->previous;
  release(&list_lock);
}

// How many threads are inside another library: a count for each CPU, in two cache lines, since CPUs fetch
// lines by pairs.
enum { LANES = 64 };
static struct {
  unsigned long long count __attribute__((aligned(128)));
} inside[LANES];
static int is_forking;

int jot_enter(void) {
  for (;;) {
    int lane = jot_current_cpu() & (LANES - 1);
    // Both sides store and then load, in one order that all threads see: one of them sees the other.
    __atomic_fetch_add(&inside[lane].count, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&is_forking, __ATOMIC_SEQ_CST)) return lane;
    jot_leave(lane);
    while (__atomic_load_n(&is_forking, __ATOMIC_RELAXED)) sched_yield();
  }
}

void jot_leave(int lane) { __atomic_fetch_sub(&inside[lane].count, 1, __ATOMIC_RELEASE); }

// The list first, then the locks: no thread that holds one of these waits for the list, nor for
// another of them.
static void prepare(void) {
  take(&list_lock);
  __atomic_store_n(&is_forking, 1, __ATOMIC_SEQ_CST);
  for (int lane = 0; lane < LANES; lane++)
    while (__atomic_load_n(&inside[lane].count, __ATOMIC_SEQ_CST) != 0) sched_yield();
  for (jot_fork_part *part = first; part != NULL; part = part->next)
    for (size_t index = 0; index < part->lock_count; index++)
      take(part->locks + index * part->lock_stride);
}

static void parent(void) {
  for (jot_fork_part *part = first; part != NULL; part = part->next)
    for (size_t index = 0; index < part->lock_count; index++)
      release(part->locks + index * part->lock_stride);
  __atomic_store_n(&is_forking, 0, __ATOMIC_RELEASE);
  release(&list_lock);
}

static void child(void) {
  jot_forks_here++;
  for (jot_fork_part *part = first; part != NULL; part = part->next)
    for (size_t index = 0; index < part->counter_count; index++)
      __atomic_store_n(part->counters + index, 0, __ATOMIC_RELAXED);
  parent();
}

__attribute__((constructor)) static void register_handlers(void) {
  pthread_atfork(prepare, parent, child);
}
