// Counts this thread's calls of the C allocator, for tests and benchmarks: the proof beside the
// compiler's word that a path does not allocate.
#pragma once
#include <stdint.h>

/// Whether the allocator is interposed here: not under sanitizers, which have their own, and not
/// outside glibc.
int malloc_count_is_available(void);

/// Starts counting on this thread, from 0.
void malloc_count_start(void);

/// Stops counting on this thread and returns the calls since the start: malloc, calloc, realloc,
/// reallocarray, memalign, aligned_alloc, posix_memalign, strdup, and free of anything but NULL.
uint64_t malloc_count_stop(void);

/// Bytes of the blocks that this thread allocated since the start and has not freed; what it freed of
/// older ones counts against them. Still there after the stop.
int64_t malloc_count_kept(void);

/// The most that `malloc_count_kept` was since the start.
int64_t malloc_count_peak(void);

/// Makes malloc and aligned_alloc find no memory on this thread, from now on or until it is called with 0.
void malloc_count_refuse(int refuses);
