// A per-thread cache of the shapes of payloads and headers. A part of json_avx2.c.
//
// Tokens of one issuer share a shape: texts of one length, with the same bytes outside of strings
// and integers, and the same names. Such texts have the same members at the same offsets, so only
// the bytes that may differ are checked again. A thread keeps the last shapes that it met twice in
// a row. A shape holds names, literals, and numbers with a sign, a point or an exponent; no string
// and no integer.
#pragma once
#include "jot_kernels.h"
#include "json_tokens.h"
#include <pthread.h>
#include <stdlib.h>

enum { SHAPES = 4, PAYLOAD_LIMIT = 4096, HEADER_LIMIT = 512 };

// The longest text with a shape.
#define SHAPE_LIMIT(is_header) ((is_header) ? (size_t)HEADER_LIMIT : (size_t)PAYLOAD_LIMIT)

typedef struct {
  size_t count;
  int result;
  // Bits of the times that are numbers.
  unsigned times;
  unsigned long long value[8];
  uint64_t *marks;
  // The lowest and the highest value of each byte. They are equal if it must have that value; a digit
  // is 0 to 9, but 1 to 9 if others follow the first; a byte in a string may have any value.
  unsigned char *low, *high;
} Shape;

// Bytes of a shape's marks and of its low or high values. Multiples of 64, so that loads of 32 bytes
// cross no cache line.
#define MARKS_SIZE(is_header) ((SHAPE_LIMIT(is_header) / 64 + 1) * 8 / 64 * 64 + 64)
#define BYTES_SIZE(is_header) (SHAPE_LIMIT(is_header) + 64)
#define SHAPE_SIZE(is_header) (MARKS_SIZE(is_header) + 2 * BYTES_SIZE(is_header))

typedef struct {
  Shape shapes[SHAPES] __attribute__((aligned(64)));
  // The hash of the last text without a known shape.
  uint64_t missed;
  // The index of the last shape found: it is tried before the text's hash is computed.
  unsigned recent;
} Memory;

// A thread's two caches: for payloads, and for headers, which have other members and no times. They
// are allocated when a thread first reads a plain text and freed at its end: as thread-local
// variables, 41 KiB would come out of every thread's stack. If allocation fails, the thread walks
// each text.
//
// The linker chooses the TLS model of this variable: an address in a program, a call in a library
// that is loaded later and must not need static TLS space.
static _Thread_local struct {
  Memory *memories;
  // Other thread destructors may run after this one; shapes that they meet are not cached.
  int has_ended;
} thread;

static pthread_key_t memory_key;
static int has_memory_key;

static void forget(void *block) {
  Memory *memories = block;
  thread.memories = NULL;
  thread.has_ended = 1;
  // The next owner of this memory must not see names and numbers of payloads.
  for (int kind = 0; kind < 2; kind++) {
    for (int i = 0; i < SHAPES; i++) {
      Shape *shape = &memories[kind].shapes[i];
      if (shape->count != 0) memset(shape->marks, 0, SHAPE_SIZE(kind));
      memset(shape, 0, sizeof *shape);
    }
  }
  __asm__ volatile("" : : "r"(memories) : "memory");
  free(memories);
}

__attribute__((constructor)) static void make_memory_key(void) {
  has_memory_key = pthread_key_create(&memory_key, forget) == 0;
}

// An unloaded library takes `forget` with it: running threads must not call it.
__attribute__((destructor)) static void delete_memory_key(void) {
  if (has_memory_key) pthread_key_delete(memory_key);
}

static __attribute__((noinline, cold)) Memory *make_memories(void) {
  if (!has_memory_key || thread.has_ended) return NULL;
  unsigned char *block = aligned_alloc(
      64, 2 * sizeof(Memory) + SHAPES * (SHAPE_SIZE(0) + SHAPE_SIZE(1)));
  if (block == NULL) return NULL;
  Memory *memories = (Memory *)block;
  block += 2 * sizeof *memories;
  if (pthread_setspecific(memory_key, memories) != 0) {
    free(memories);
    return NULL;
  }
  for (int kind = 0; kind < 2; kind++) {
    memories[kind].missed = 0;
    memories[kind].recent = 0;
    // No text is empty, so count 0 never matches; the rest is written when a shape is learned.
    for (int i = 0; i < SHAPES; i++) {
      Shape *shape = &memories[kind].shapes[i];
      shape->count = 0;
      shape->marks = (uint64_t *)block;
      shape->low = block + MARKS_SIZE(kind);
      shape->high = shape->low + BYTES_SIZE(kind);
      block += SHAPE_SIZE(kind);
    }
  }
  return thread.memories = memories;
}

INLINE uint64_t shape_hash(const uint64_t *marks, size_t count) {
  uint64_t hash = count;
  // No product waits for another; the offset tells equal words apart.
  for (size_t block = 0; block <= count / 64; block++) {
    hash += (marks[block] ^ block) * (0x9e3779b97f4a7c15u + 2 * block);
  }
  return hash * 0x9e3779b97f4a7c15u;
}

// Whether the text has the shape: no byte outside of strings and digits differs.
INLINE int fits(const Shape *shape, Text text, size_t count, const uint64_t *marks) {
  if (shape->count != count) return 0;
#pragma clang loop vectorize(disable) unroll(disable)
  for (size_t block = 0; block <= count / 64; block++) {
    if (shape->marks[block] != marks[block]) return 0;
  }
  __m256i same = _mm256_set1_epi8(-1);
  for (size_t at = 0; at < count; at += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + at));
    __m256i low = _mm256_loadu_si256((const __m256i *)(shape->low + at));
    __m256i high = _mm256_loadu_si256((const __m256i *)(shape->high + at));
    __m256i within = _mm256_min_epu8(_mm256_max_epu8(bytes, low), high);
    same = _mm256_and_si256(same, _mm256_cmpeq_epi8(bytes, within));
  }
  return _mm256_movemask_epi8(same) == -1;
}

// The members of a text with this shape.
INLINE int shaped_members(const Shape *shape, Text text, size_t start, jot_members *members) {
  // Add `start` to the offsets of present values: four per step, the last beside the first time.
  _Static_assert(sizeof members->words >= sizeof shape->value, "two vectors fit");
  const __m256i shift = _mm256_set1_epi64x((long long)(start | (uint64_t)start << 30));
  for (int i = 0; i < 8; i += 4) {
    __m256i values = _mm256_loadu_si256((const __m256i *)(shape->value + i));
    __m256i none = _mm256_cmpeq_epi64(values, _mm256_setzero_si256());
    values = _mm256_add_epi64(values, _mm256_andnot_si256(none, shift));
    _mm256_storeu_si256((__m256i *)(members->words + i), values);
  }
  members->words[SECONDS] = 0;
  for (unsigned times = shape->times; times != 0; times &= times - 1) {
    int i = __builtin_ctz(times);
    read_time(text + (shape->value[EXP + i] & 0x3fffffff), &members->words[SECONDS + i]);
  }
  return shape->result;
}

// Lets text[from..<to] have no other values.
AVX2 static inline void fix(Shape *shape, Text text, size_t from, size_t to) {
  memcpy(shape->low + from, text + from, to - from);
  memcpy(shape->high + from, text + from, to - from);
}

// Stores the shape of a text that was read and has no escapes.
RARE void learn(
    Shape *shape, Text text, size_t start, size_t count, const uint64_t *marks,
    const jot_members *members, int result, int has_times) {
  memset(shape->value, 0, sizeof shape->value);
  shape->times = 0;
  // Any value, in strings and behind the text.
  memset(shape->low, 0, count + 64);
  memset(shape->high, 0xff, count + 64);
  int is_inside = 0;
  for (size_t at = 0; at < count;) {
    size_t from = at;
    if (text[at] == '"') {
      // A string. If a colon follows it is a name, and must be the same in each text.
      for (at++; text[at] != '"'; at++) {}
      at++;
      Text next = skip_space(text + at);
      is_inside = *next != ':';
      fix(shape, text, from, is_inside ? from + 1 : at);
      fix(shape, text, at - 1, at);
      continue;
    }
    size_t end = (size_t)(skip_digits(text + at) - text);
    unsigned char before = at > 0 ? text[at - 1] : 0, after = text[end];
    int is_whole = end > at && (before == ':' || before == ',' || before == '[' || before == ' ')
        && (after == ',' || after == '}' || after == ']' || after == ' ');
    if (is_whole) {
      memset(shape->low + at, '0', end - at);
      memset(shape->high + at, '9', end - at);
      if (end - at > 1) shape->low[at] = '1';
      at = end;
      continue;
    }
    if (end == at) end++;
    fix(shape, text, at, end);
    at = end;
  }
  memcpy(shape->marks, marks, (count / 64 + 1) * sizeof *marks);
  const unsigned long long shift = start | (uint64_t)start << 30;
  for (int i = 0; i < OTHER; i++) {
    if (members->words[i] != 0) shape->value[i] = members->words[i] - shift;
    if (has_times && i >= EXP && i <= IAT && (shape->value[i] >> 60 & 7) == NUMBER) {
      shape->times |= 1u << (i - EXP);
    }
  }
  shape->result = result;
  shape->count = count;
}

// What is known about a text without a known shape.
typedef struct {
  Memory *memory;
  uint64_t hash;
  int is_set;
} Note;

INLINE unsigned shape_index(uint64_t hash) {
  return (unsigned)(hash / (UINT64_MAX / SHAPES + 1));
}

// The text's cached shape, or NULL.
INLINE const Shape *known_shape(
    int is_header, Text text, size_t count, const uint64_t *marks, Note *note) {
  Memory *memory = thread.memories;
  note->is_set = 1;
  if (__builtin_expect(memory == NULL, 0)) {
    note->memory = NULL;
    note->hash = shape_hash(marks, count);
    return NULL;
  }
  memory += is_header;
  const Shape *shape = &memory->shapes[memory->recent];
  if (fits(shape, text, count, marks)) return shape;
  note->memory = memory;
  note->hash = shape_hash(marks, count);
  unsigned index = shape_index(note->hash);
  shape = &memory->shapes[index];
  if (index == memory->recent || !fits(shape, text, count, marks)) return NULL;
  memory->recent = index;
  return shape;
}

// Records a text without a known shape; learns its shape at the second time in a row.
INLINE void meet(
    Note note, int is_header, Text text, size_t start, size_t count, const uint64_t *marks,
    const jot_members *members, int result) {
  Memory *memory = note.memory;
  if (__builtin_expect(memory == NULL, 0)) {
    memory = make_memories();
    if (memory == NULL) return;
    memory += is_header;
  }
  if (memory->missed == note.hash) {
    Shape *shape = &memory->shapes[shape_index(note.hash)];
    learn(shape, text, start, count, marks, members, result, !is_header);
  }
  memory->missed = note.hash;
}
