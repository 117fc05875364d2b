// Wipes what a kernel left on the stack in builds without optimization: there every value is in
// memory, including a MAC and a key's states.
#pragma once
#include <string.h>

/// Overwrites 48 KB of the stack below; a kernel takes 42 at most. Optimized kernels keep values in
/// registers, or wipe what they put on the stack: this function then does nothing.
static inline void wipe_unoptimized_stack(void) {
#if !defined(__OPTIMIZE__)
  unsigned char bytes[48 << 10];
  memset(bytes, 0, sizeof bytes);
  __asm__ volatile("" : : "r"(bytes) : "memory");
#endif
}
