// What a process owes its children by fork: locks that no thread holds any more, and no readers that
// stayed behind.
#pragma once
#include "jot_kernels.h"

/// An object's words that threads change, as far as a fork must find them at rest.
typedef struct jot_fork_part {
  struct jot_fork_part *next, *previous;
  /// Locks: words that are 1 while a thread has them, and otherwise 0, so far apart. Before a fork all are
  /// taken, after it released: so what they guard is whole in the child.
  unsigned long long *locks;
  size_t lock_count, lock_stride;
  /// Words that are 0 in the child: counts of readers that it does not have.
  unsigned long long *counters;
  size_t counter_count;
} jot_fork_part;

/// Makes an object known, or unknown. Neither may be called with one of its locks held.
void jot_fork_add(jot_fork_part *part);
void jot_fork_remove(jot_fork_part *part);

/// Says that this thread is about to be in another library's locks, and returns what `jot_leave` wants;
/// waits while a fork is under way. A fork waits until all have left. Not to be called twice in a row,
/// nor with a lock of a jot_fork_part held.
JOT_KERNEL int jot_enter(void);
JOT_KERNEL void jot_leave(int lane);

extern unsigned jot_forks_here __attribute__((visibility("hidden")));

/// Returns how many forks lie between this process and the one that loaded Jot.
__attribute__((swift_attr("@_noAllocation"))) static inline unsigned jot_forks(void) {
  return jot_forks_here;
}
