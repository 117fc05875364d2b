// Threads with stacks of a size, and how deep a stack was used.
#pragma once
#include <stddef.h>

/// Runs `body` on a thread whose stack has `size` bytes and a guard page below, and waits for its end.
/// Returns 0, or the error for which there could be no such thread.
int probe_run_on_stack(size_t size, void (*body)(void *), void *context);

/// Runs `body` on a thread with a large stack and returns how many bytes of it were written to, what the
/// thread itself takes included; 0 where there could be no such thread.
size_t probe_stack_use(void (*body)(void *), void *context);

/// Bytes that malloc has handed out and not got back.
size_t probe_heap_bytes(void);

/// Bytes of thread-local memory that each thread of this process has, by its program headers.
size_t probe_thread_local_bytes(void);
