// libb2's keyed BLAKE2b (RFC 7693), for TokenCache: the key's block is hashed once, and every
// message continues from there.
#pragma once
#include <blake2.h>
#include <stdint.h>
#include <string.h>

#define JOT_NO_ALLOCATION __attribute__((swift_attr("@_noAllocation")))

/// The size of a state in bytes; any alignment.
enum { JOT_BLAKE2B_STATE = sizeof(blake2b_state), JOT_BLAKE2B_KEY = 32 };

/// Writes the 32 bytes for message[0..<count], from a state that jot_blake2b_begin made.
JOT_NO_ALLOCATION static inline void jot_blake2b_finish(
    const void *begun, const uint8_t *message, size_t count, uint64_t digest[4]) {
  _Alignas(64) blake2b_state state;
  memcpy(&state, begun, sizeof state);
  blake2b_update(&state, message, count);
  blake2b_final(&state, (uint8_t *)digest, 32);
  // The state contained the key. The asm counts as a read, or the compiler would remove the memset.
  memset(&state, 0, sizeof state);
  __asm__ volatile("" : : "r"(&state) : "memory");
}

/// Prepares `begun`, JOT_BLAKE2B_STATE bytes, for messages of one byte or more.
///
/// libb2 hashes a block only when more bytes follow, so it hashes the key's again for each message:
/// a fifth of the time for 500 bytes. Here filler bytes, removed again, make it hash the key's
/// block at once. If the results differ from unmodified libb2's, the unmodified state is used.
static inline void jot_blake2b_begin(void *begun, const uint8_t key[JOT_BLAKE2B_KEY]) {
  blake2b_state plain, ahead;
  blake2b_init_key(&plain, 32, key, JOT_BLAKE2B_KEY);
  uint8_t filler[BLAKE2B_BLOCKBYTES + 1] = {0};
  ahead = plain;
  blake2b_update(&ahead, filler, sizeof filler);
  ahead.buflen = 0;
  memset(ahead.buf, 0, sizeof ahead.buf);
  memcpy(begun, &ahead, sizeof ahead);
  uint8_t message[3 * BLAKE2B_BLOCKBYTES];
  for (size_t index = 0; index < sizeof message; index++) message[index] = (uint8_t)(index * 7 + 1);
  for (size_t count = 1; count <= sizeof message; count++) {
    uint64_t left[4], right[4];
    jot_blake2b_finish(&ahead, message, count, left);
    blake2b((uint8_t *)right, message, key, 32, count, JOT_BLAKE2B_KEY);
    if (memcmp(left, right, sizeof left) != 0) {
      memcpy(begun, &plain, sizeof plain);
      break;
    }
  }
  memset(&plain, 0, sizeof plain);
  memset(&ahead, 0, sizeof ahead);
  __asm__ volatile("" : : "r"(&plain), "r"(&ahead) : "memory");
}
