// The order in which many messages pass through lanes, for a kernel of any width. Before it, the
// kernel defines
//
//   TARGET         the instructions that it may use
//   BLOCK, LANES   bytes in a block; how many messages at once
//   Lanes          the states of all lanes
//   begin(lanes, lane, words)     puts eight words into a lane's state
//   end(lanes, lane, digest, length)   writes a lane's state, the highest byte first
//   run(lanes, next, blocks)      hashes `blocks` blocks from next[lane] on in every lane; a lane
//                                 without a message has a null there, but not all of them
//
// A message is whole blocks where they lie; then one block or two with its end and the padding, put
// together as it enters its lane, so that the bytes are long in the cache when they are hashed;
// then, of an HMAC, the block with the digest. All lanes run until the first has no more blocks in a
// row.
#include "jot_sha2_many.h"
#include <string.h>

typedef struct {
  /// The key's state after its outer block, until it is needed.
  const void *outer;
  unsigned char *digest;
  /// Blocks that follow one another, from next[lane] on.
  size_t blocks;
  /// How many blocks the end has, or 0 once they are under way.
  size_t last_blocks;
  const unsigned char *last;
  /// The end of the message stands behind the first BLOCK bytes, or reaches into them, so that a
  /// whole block can be copied wherever the message has one.
  unsigned char bytes[3 * BLOCK] __attribute__((aligned(64)));
  /// The inner digest and, from the beginning, the padding that follows it.
  unsigned char digest_block[BLOCK] __attribute__((aligned(64)));
} Lane;

TARGET static inline void put_length(unsigned char *end, size_t count) {
  unsigned long long bits = __builtin_bswap64((unsigned long long)count * 8);
  memcpy(end - 8, &bits, 8);
}

/// Takes a message into a lane; returns where its first block is.
TARGET static inline const unsigned char *enter(
    Lane *lane, const jot_sha2_job *job, const unsigned char *text, unsigned char *digest) {
  const unsigned char *message = text + job->start;
  size_t count = job->count, rest = count % BLOCK;
  unsigned char *last = lane->bytes + BLOCK - rest;
  memset(lane->bytes + BLOCK, 0, 2 * BLOCK);
  if (count >= BLOCK)
    memcpy(lane->bytes, message + count - BLOCK, BLOCK);
  else if (rest != 0)
    memcpy(last, message, rest);
  last[rest] = 0x80;
  // The length takes an eighth of a block.
  size_t last_blocks = rest < BLOCK - BLOCK / 8 ? 1 : 2;
  put_length(last + last_blocks * BLOCK, job->outer == NULL ? count : BLOCK + count);
  lane->outer = job->outer;
  lane->digest = digest;
  lane->last = last;
  lane->last_blocks = last_blocks;
  lane->blocks = count / BLOCK;
  if (lane->blocks != 0) return message;
  lane->blocks = last_blocks;
  lane->last_blocks = 0;
  return last;
}

/// Goes on where a lane has no more blocks in a row; returns where the next is, or null at the end.
TARGET static inline const unsigned char *go_on(
    Lanes *lanes, Lane *lane, size_t index, size_t digest_length) {
  if (lane->last_blocks != 0) {
    lane->blocks = lane->last_blocks;
    lane->last_blocks = 0;
    return lane->last;
  }
  if (lane->outer == NULL) {
    end(lanes, index, lane->digest, digest_length);
    return NULL;
  }
  end(lanes, index, lane->digest_block, digest_length);
  begin(lanes, index, lane->outer);
  lane->outer = NULL;
  lane->blocks = 1;
  return lane->digest_block;
}

TARGET static inline void hash_many(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
  Lanes lanes;
  Lane each[LANES];
  const unsigned char *next[LANES];
  size_t entered = 0, active = 0;
#define ENTER(lane) \
  begin(&lanes, lane, jobs[entered].inner), \
      next[lane] = enter( \
          &each[lane], &jobs[entered], text, digests + JOT_SHA2_STRIDE * entered), \
      entered++
  for (size_t lane = 0; lane < LANES; lane++) {
    next[lane] = NULL;
    each[lane].blocks = 0;
    unsigned char *block = each[lane].digest_block;
    memset(block, 0, BLOCK);
    block[digest_length] = 0x80;
    put_length(block + BLOCK, BLOCK + digest_length);
    if (entered == count) continue;
    ENTER(lane);
    active++;
  }
  while (active != 0) {
    size_t blocks = (size_t)-1;
    for (size_t lane = 0; lane < LANES; lane++)
      if (next[lane] != NULL && each[lane].blocks < blocks) blocks = each[lane].blocks;
    run(&lanes, next, blocks);
    for (size_t lane = 0; lane < LANES; lane++) {
      if (next[lane] == NULL) continue;
      next[lane] += blocks * BLOCK;
      if ((each[lane].blocks -= blocks) != 0) continue;
      next[lane] = go_on(&lanes, &each[lane], lane, digest_length);
      if (next[lane] != NULL) continue;
      if (entered == count) {
        active--;
      } else {
        ENTER(lane);
      }
    }
  }
#undef ENTER
  // States that go on from a key's, and inner digests, are worth as much as the key.
  memset(&lanes, 0, sizeof lanes);
  for (size_t lane = 0; lane < LANES; lane++) memset(each[lane].digest_block, 0, BLOCK);
  __asm__ volatile("" : : "r"(&lanes), "r"(each) : "memory");
}
