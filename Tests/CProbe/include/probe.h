// What the tests of promises need of the process itself: an allocator for OpenSSL that can fail, and
// a look at all of the process's memory.
#pragma once
#include <stddef.h>

/// Gives OpenSSL an allocator of this file's. Call before anything else of OpenSSL; 0 on failure.
int probe_install_allocator(void);

/// Lets allocation `number` from now on fail, and no other; 0: none.
void probe_fail(long number);

/// Allocations since the last call of probe_fail.
long probe_allocations(void);

/// Whether OpenSSL's error queue is empty.
int probe_error_queue_is_empty(void);

/// Returns how often the `count` bytes of `masked`, each with 0x5a over it, stand in the process's
/// writable memory, forwards or backwards.
size_t probe_count(const unsigned char *masked, size_t count);
