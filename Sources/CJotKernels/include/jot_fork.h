// Fork safety: the child inherits no held lock and no counts of readers that it does not have.
#pragma once
#include "jot_kernels.h"

/// The shared words of an object that the fork handlers must know.
typedef struct jot_fork_part {
  struct jot_fork_part *next, *previous;
  /// Locks: words that are 1 while a thread holds them, otherwise 0, `lock_stride` words apart. A
  /// fork takes all of them before and releases them after: so the data that they protect is
  /// consistent in the child.
  unsigned long long *locks;
  size_t lock_count, lock_stride;
  /// Words set to 0 in the child: counts of readers that do not exist there.
  unsigned long long *counters;
  size_t counter_count;
} jot_fork_part;

/// Registers or unregisters an object. The caller must not hold one of its locks.
void jot_fork_add(jot_fork_part *part);
void jot_fork_remove(jot_fork_part *part);

/// Announces that this thread will take another library's locks; returns the argument for
/// `jot_leave`. Waits during a fork; a fork waits until all threads have left. Must not be nested,
/// or called with a lock of a jot_fork_part held.
JOT_KERNEL int jot_enter(void);
JOT_KERNEL void jot_leave(int lane);

extern unsigned jot_forks_here __attribute__((visibility("hidden")));

/// Returns the number of forks between the process that loaded Jot and this one.
__attribute__((swift_attr("@_noAllocation"))) static inline unsigned jot_forks(void) {
  return jot_forks_here;
}
