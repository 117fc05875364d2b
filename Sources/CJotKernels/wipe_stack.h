// What a kernel that is done has left on the stack, in builds without optimization: there every value
// has a place in memory, a MAC and a key's states among them.
#pragma once
#include <string.h>

/// Overwrites the stack below, 48 KB of it; a kernel takes 42 at most. Optimized kernels keep values in
/// registers, or wipe what they put beside them: this is nothing then.
static inline void wipe_unoptimized_stack(void) {
#if !defined(__OPTIMIZE__)
  unsigned char bytes[48 << 10];
  memset(bytes, 0, sizeof bytes);
  __asm__ volatile("" : : "r"(bytes) : "memory");
#endif
}
