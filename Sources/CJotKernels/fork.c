// Fork safety: pthread_atfork handlers, registered once, before main. The first waits until no
// thread is inside OpenSSL, whose locks have no such handlers, and takes every lock, so that no
// thread is in the middle of a change. The other two release the locks. The child's handler never
// allocates or waits.
#include "jot_fork.h"

extern int pthread_atfork(void (*)(void), void (*)(void), void (*)(void));
extern int sched_yield(void);

unsigned jot_forks_here;

static jot_fork_part *first;
// Protects the list.
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

// The number of threads inside another library: a count per CPU, in two cache lines, since CPUs
// prefetch lines in pairs.
enum { LANES = 64 };
static struct {
  unsigned long long count __attribute__((aligned(128)));
} inside[LANES];
static int is_forking;

int jot_enter(void) {
  for (;;) {
    int lane = jot_current_cpu() & (LANES - 1);
    // Both sides store, then load, sequentially consistent: at least one sees the other's store.
    __atomic_fetch_add(&inside[lane].count, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&is_forking, __ATOMIC_SEQ_CST)) return lane;
    jot_leave(lane);
    while (__atomic_load_n(&is_forking, __ATOMIC_RELAXED)) sched_yield();
  }
}

void jot_leave(int lane) { __atomic_fetch_sub(&inside[lane].count, 1, __ATOMIC_RELEASE); }

// Takes the list lock first, then the parts' locks: no thread that holds a part's lock waits for
// the list or for another part's lock.
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
