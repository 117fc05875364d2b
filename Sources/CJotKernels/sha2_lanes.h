// The order in which many messages pass through lanes, for a kernel of any width. Before it, the
// kernel defines
//
//   TARGET         the instructions that it may use
//   BLOCK, LANES   bytes in a block; how many messages at once
//   RUN_STACK      bytes of stack that hashing takes beside the lanes, in release builds
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
  /// Where the next block is, or null: the lane is empty. `blocks` blocks follow one another there.
  const unsigned char *next;
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

/// The messages that wait.
typedef struct {
  unsigned char *digests;
  const unsigned char *text;
  const jot_sha2_job *next, *end;
} Queue;

/// All lanes.
typedef struct {
  Lanes lanes;
  Lane each[LANES];
  size_t active;
} Group;

TARGET static inline void put_length(unsigned char *end, size_t count) {
  unsigned long long bits = __builtin_bswap64((unsigned long long)count * 8);
  memcpy(end - 8, &bits, 8);
}

/// Takes a message into a lane, if one waits.
TARGET static inline void enter(Group *group, size_t index, Queue *queue) {
  Lane *lane = &group->each[index];
  lane->next = NULL;
  if (queue->next == queue->end) return;
  group->active++;
  const jot_sha2_job *job = queue->next++;
  begin(&group->lanes, index, job->inner);
  const unsigned char *message = queue->text + job->start;
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
  lane->digest = queue->digests;
  queue->digests += JOT_SHA2_STRIDE;
  int is_short = count < BLOCK;
  lane->next = is_short ? last : message;
  lane->blocks = is_short ? last_blocks : count / BLOCK;
  lane->last = last;
  lane->last_blocks = is_short ? 0 : last_blocks;
}

/// Goes on where a lane has no more blocks in a row.
TARGET static inline void go_on(Group *group, size_t index, size_t digest_length, Queue *queue) {
  Lane *lane = &group->each[index];
  if (lane->last_blocks != 0) {
    lane->next = lane->last;
    lane->blocks = lane->last_blocks;
    lane->last_blocks = 0;
  } else if (lane->outer != NULL) {
    end(&group->lanes, index, lane->digest_block, digest_length);
    begin(&group->lanes, index, lane->outer);
    lane->next = lane->digest_block;
    lane->blocks = 1;
    lane->outer = NULL;
  } else {
    end(&group->lanes, index, lane->digest, digest_length);
    group->active--;
    enter(group, index, queue);
  }
}

/// Runs all lanes up to the first that has no more blocks in a row.
TARGET static inline void step(Group *group, size_t digest_length, Queue *queue) {
  const unsigned char *next[LANES];
  size_t blocks = (size_t)-1;
  for (size_t index = 0; index < LANES; index++) {
    Lane *lane = &group->each[index];
    next[index] = lane->next;
    if (lane->next != NULL && lane->blocks < blocks) blocks = lane->blocks;
  }
  run(&group->lanes, next, blocks);
  for (size_t index = 0; index < LANES; index++) {
    Lane *lane = &group->each[index];
    if (lane->next == NULL) continue;
    lane->next += blocks * BLOCK;
    lane->blocks -= blocks;
    if (lane->blocks == 0) go_on(group, index, digest_length, queue);
  }
}

/// Overwrites the stack below, where `hash_all` was.
static __attribute__((noinline)) void wipe_stack(void) {
  unsigned char bytes[sizeof(Group) + RUN_STACK];
  memset(bytes, 0, sizeof bytes);
  __asm__ volatile("" : : "r"(bytes) : "memory");
}

TARGET static __attribute__((noinline)) void hash_all(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
  Group group;
  Queue queue = {digests, text, jobs, jobs + count};
  group.active = 0;
  for (size_t index = 0; index < LANES; index++) {
    unsigned char *block = group.each[index].digest_block;
    memset(block, 0, BLOCK);
    block[digest_length] = 0x80;
    put_length(block + BLOCK, BLOCK + digest_length);
    enter(&group, index, &queue);
  }
  while (group.active != 0) step(&group, digest_length, &queue);
}

TARGET static inline void hash_many(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
  hash_all(digests, text, jobs, count, digest_length);
  // States that go on from a key's, and inner digests, are worth as much as the key: the lanes are
  // wiped, and all that the compiler put beside them.
  wipe_stack();
}
