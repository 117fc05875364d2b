// Schedules messages over lanes, for a kernel of any width. Before including this, it defines
//
//   TARGET         the instruction set that it may use
//   BLOCK, LANES   bytes in a block; messages at once
//   RUN_STACK      bytes of stack that hashing takes besides the lanes, in release builds
//   Lanes          the states of all lanes
//   begin(lanes, lane, words)     puts eight words into a lane's state
//   end(lanes, lane, digest, length)   writes a lane's state, big-endian
//   move(lanes, to, from)         copies one lane's state to another lane
//   run(lanes, next, active, blocks)   hashes `blocks` blocks from next[lane] on in the first
//                                 `active` lanes, at least one; may write to the others
//
// A message consists of its whole blocks, in place; then one block or two with its end and the
// padding, assembled when it enters its lane, so that the bytes are in the cache when they are
// hashed; then, for an HMAC, the block with the digest. A prefix (SHA-512 only) is half a block: it
// is assembled with the first half block of the message, before all these. All lanes run until the
// first has no more consecutive blocks. Lanes with a message come first: if no message waits when
// one ends, the last lane moves to its index.
#include "jot_sha2_batch.h"
#include "../wipe_stack.h"
#include <string.h>

/// The buffers of a lane's message.
typedef struct {
  /// The end of the message is behind the first BLOCK bytes, or reaches into them, so that a whole
  /// block can be copied if the message has one.
  unsigned char bytes[3 * BLOCK] __attribute__((aligned(64)));
  /// The inner digest and, from the start, the padding behind it.
  unsigned char digest_block[BLOCK] __attribute__((aligned(64)));
  /// The prefix and the first half block.
  unsigned char first[BLOCK] __attribute__((aligned(64)));
} Room;

typedef struct {
  /// The key's state after its outer block, until it is used.
  const void *outer;
  unsigned char *digest;
  /// The number of consecutive blocks at the lane's `next`.
  size_t blocks;
  /// The blocks behind a prefix's, or 0 once they are being hashed.
  size_t following_blocks;
  const unsigned char *following;
  /// The number of blocks at the message's end, or 0 once they are being hashed.
  size_t last_blocks;
  const unsigned char *last;
  Room *room;
} Lane;

/// The waiting messages.
typedef struct {
  unsigned char *digests;
  const unsigned char *text;
  const jot_sha2_job *next, *end;
} Queue;

/// All lanes; the first `active` have a message.
typedef struct {
  Lanes lanes;
  /// The address of the next block.
  const unsigned char *next[LANES];
  Lane each[LANES];
  size_t active;
  Room rooms[LANES];
} Group;

TARGET static inline void put_length(unsigned char *end, size_t count) {
  unsigned long long bits = __builtin_bswap64((unsigned long long)count * 8);
  memcpy(end - 8, &bits, 8);
}

/// Moves the next message into a lane.
TARGET static inline void enter(Group *group, size_t index, Queue *queue) {
  enum { HALF = BLOCK / 2 };
  Lane *lane = &group->each[index];
  Room *room = lane->room;
  const jot_sha2_job *job = queue->next++;
  const unsigned char *message = queue->text + job->start;
  const unsigned char *prefix = BLOCK == 128 ? job->prefix : NULL;
  size_t count = job->count, total = job->outer == NULL ? count : BLOCK + count, head = 0;
  int has_first = 0;
  if (prefix != NULL) {
    total += HALF;
    has_first = count >= HALF;
    if (has_first) {
      memcpy(room->first, prefix, HALF);
      memcpy(room->first + HALF, message, HALF);
      message += HALF, count -= HALF;
    } else {
      head = HALF;
    }
  }
  // `head` bytes of prefix are in the last block, too.
  size_t rest = head + count % BLOCK;
  unsigned char *last = room->bytes + BLOCK - rest;
  memset(room->bytes + BLOCK, 0, 2 * BLOCK);
  if (head != 0) memcpy(last, prefix, HALF);
  if (count >= BLOCK)
    memcpy(room->bytes, message + count - BLOCK, BLOCK);
  else if (count != 0)
    memcpy(last + head, message, count);
  last[rest] = 0x80;
  // The length takes an eighth of a block.
  size_t last_blocks = rest < BLOCK - BLOCK / 8 ? 1 : 2;
  put_length(last + last_blocks * BLOCK, total);
  lane->outer = job->outer;
  lane->digest = queue->digests;
  queue->digests += JOT_SHA2_STRIDE;
  int is_short = count < BLOCK;
  group->next[index] = is_short ? last : message;
  lane->blocks = is_short ? last_blocks : count / BLOCK;
  lane->following_blocks = 0;
  lane->last = last;
  lane->last_blocks = is_short ? 0 : last_blocks;
  if (has_first) {
    lane->following = group->next[index], lane->following_blocks = lane->blocks;
    group->next[index] = room->first, lane->blocks = 1;
  }
  // Last: a call above, even the loader's to find memcpy, would leave the key's state on the stack.
  begin(&group->lanes, index, job->inner);
}

/// Gives a lane whose message has ended the next message, or the last lane's.
TARGET static inline void refill(Group *group, size_t index, Queue *queue) {
  if (queue->next != queue->end) {
    enter(group, index, queue);
    return;
  }
  size_t from = --group->active;
  move(&group->lanes, index, from);
  group->next[index] = group->next[from];
  group->each[index] = group->each[from];
}

/// Starts a lane's next part when it has no more consecutive blocks.
TARGET static inline void go_on(Group *group, size_t index, size_t digest_length, Queue *queue) {
  Lane *lane = &group->each[index];
  if (lane->following_blocks != 0) {
    group->next[index] = lane->following;
    lane->blocks = lane->following_blocks;
    lane->following_blocks = 0;
  } else if (lane->last_blocks != 0) {
    group->next[index] = lane->last;
    lane->blocks = lane->last_blocks;
    lane->last_blocks = 0;
  } else if (lane->outer != NULL) {
    unsigned char *block = lane->room->digest_block;
    end(&group->lanes, index, block, digest_length);
    begin(&group->lanes, index, lane->outer);
    group->next[index] = block;
    lane->blocks = 1;
    lane->outer = NULL;
  } else {
    end(&group->lanes, index, lane->digest, digest_length);
    refill(group, index, queue);
  }
}

/// Runs all lanes until the first has no more consecutive blocks.
TARGET static inline void step(Group *group, size_t digest_length, Queue *queue) {
  size_t blocks = group->each[0].blocks;
  // In vectors it would be a gather, which takes longer.
  _Pragma("clang loop vectorize(disable)")
  for (size_t index = 1; index < group->active; index++)
    if (group->each[index].blocks < blocks) blocks = group->each[index].blocks;
  run(&group->lanes, group->next, group->active, blocks);
  // From the last lane on: it may move to another's index.
  for (size_t index = group->active; index-- != 0;) {
    group->next[index] += blocks * BLOCK;
    group->each[index].blocks -= blocks;
    if (group->each[index].blocks == 0) go_on(group, index, digest_length, queue);
  }
}

/// Overwrites the part of the stack below that `hash_all` has used.
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
  group.active = count < LANES ? count : LANES;
  for (size_t index = 0; index < group.active; index++) {
    Room *room = group.each[index].room = &group.rooms[index];
    memset(room->digest_block, 0, BLOCK);
    room->digest_block[digest_length] = 0x80;
    put_length(room->digest_block + BLOCK, BLOCK + digest_length);
    enter(&group, index, &queue);
  }
  while (group.active != 0) step(&group, digest_length, &queue);
}

TARGET static inline void hash_batch(
    unsigned char *digests, const unsigned char *text, const jot_sha2_job *jobs, size_t count,
    size_t digest_length) {
  hash_all(digests, text, jobs, count, digest_length);
  // States derived from a key's, and inner digests, are as sensitive as the key: wipe the lanes and
  // everything that the compiler put beside them.
  wipe_stack();
  wipe_unoptimized_stack();
}
