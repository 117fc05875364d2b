// The shapes of payloads and of headers that a thread has met before. A part of json_avx2.c.
//
// What tokens of one issuer have in common: texts of one length with the same bytes outside of
// strings and whole numbers, and the same names, have the same members in the same places. Only
// what may differ is looked at again. A thread keeps the last shapes that it met twice in a row:
// names, literals, numbers with a sign, a point or an exponent; no string and no whole number.
#pragma once
#include "jot_kernels.h"
#include "json_tokens.h"
#include <pthread.h>
#include <stdlib.h>

enum { SHAPES = 4, SHAPE_LIMIT = 1024 };

typedef struct {
  size_t count;
  int result;
  uint64_t marks[SHAPE_LIMIT / 64 + 1];
  unsigned long long value[8];
  // Bits of the times that are numbers.
  unsigned times;
  // For each byte: what it is, and all ones where it has to be that; where it has to be a digit;
  // where it must be no zero, as other digits follow.
  // Loads of 32 bytes cross no line.
  unsigned char bytes[SHAPE_LIMIT + 64] __attribute__((aligned(64)));
  unsigned char fixed[SHAPE_LIMIT + 64], digit[SHAPE_LIMIT + 64], leading[SHAPE_LIMIT + 64];
} Shape;

typedef struct {
  Shape shapes[SHAPES];
  // The hash of the text that was met last and had no shape.
  uint64_t missed;
  // The shape that was met last: it is looked at before the text's hash is known.
  unsigned recent;
} Memory;

// A thread's memories: of payloads, and of headers, which have other members and no times. They are
// allocated when a thread first meets a plain text and freed at its end: 36 KiB in the thread-local
// block would be taken from every thread's stack. A thread without, as no memory was to be had, walks
// each text.
//
// The model of this variable is left to the linker: an address in a program, a call in a library that
// is loaded later and must not need room in what is allocated at the start.
static _Thread_local struct {
  Memory *memories;
  // Other destructors may come after this one; what they read is not kept.
  int has_ended;
} thread;

static pthread_key_t memory_key;
static int has_memory_key;

static void forget(void *block) {
  Memory *memories = block;
  thread.memories = NULL;
  thread.has_ended = 1;
  // Names and numbers of the last payloads are nothing for the next owner of this memory.
  for (int kind = 0; kind < 2; kind++) {
    for (int i = 0; i < SHAPES; i++) {
      Shape *shape = &memories[kind].shapes[i];
      if (shape->count != 0) memset(shape, 0, sizeof *shape);
    }
  }
  __asm__ volatile("" : : "r"(memories) : "memory");
  free(memories);
}

__attribute__((constructor)) static void make_memory_key(void) {
  has_memory_key = pthread_key_create(&memory_key, forget) == 0;
}

// A library that is unloaded takes `forget` along: threads that go on must not call it.
__attribute__((destructor)) static void delete_memory_key(void) {
  if (has_memory_key) pthread_key_delete(memory_key);
}

static __attribute__((noinline, cold)) Memory *make_memories(void) {
  if (!has_memory_key || thread.has_ended) return NULL;
  Memory *memories = aligned_alloc(64, 2 * sizeof *memories);
  if (memories == NULL) return NULL;
  if (pthread_setspecific(memory_key, memories) != 0) {
    free(memories);
    return NULL;
  }
  for (int kind = 0; kind < 2; kind++) {
    memories[kind].missed = 0;
    memories[kind].recent = 0;
    // No text has so few bytes: the rest of a shape is written when one is learned.
    for (int i = 0; i < SHAPES; i++) memories[kind].shapes[i].count = 0;
  }
  return thread.memories = memories;
}

INLINE uint64_t shape_hash(const uint64_t *marks, size_t count) {
  uint64_t hash = count;
  for (size_t block = 0; block <= count / 64; block++) {
    hash = (hash ^ marks[block]) * 0x9e3779b97f4a7c15u;
  }
  return hash;
}

// Whether the text has the shape: no byte outside of strings and digits differs.
INLINE int fits(const Shape *shape, Text text, size_t count, const uint64_t *marks) {
  if (shape->count != count) return 0;
#pragma clang loop vectorize(disable) unroll(disable)
  for (size_t block = 0; block <= count / 64; block++) {
    if (shape->marks[block] != marks[block]) return 0;
  }
  __m256i wrong = _mm256_setzero_si256();
  const __m256i zero = _mm256_set1_epi8('0');
  for (size_t at = 0; at < count; at += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + at));
    __m256i differs =
        _mm256_xor_si256(bytes, _mm256_loadu_si256((const __m256i *)(shape->bytes + at)));
    wrong = _mm256_or_si256(
        wrong,
        _mm256_and_si256(differs, _mm256_loadu_si256((const __m256i *)(shape->fixed + at))));
    __m256i value = _mm256_sub_epi8(bytes, zero);
    __m256i is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
    wrong = _mm256_or_si256(
        wrong,
        _mm256_andnot_si256(
            is_digit, _mm256_loadu_si256((const __m256i *)(shape->digit + at))));
    wrong = _mm256_or_si256(
        wrong,
        _mm256_and_si256(
            _mm256_cmpeq_epi8(bytes, zero),
            _mm256_loadu_si256((const __m256i *)(shape->leading + at))));
  }
  return _mm256_testz_si256(wrong, wrong);
}

// The members of a text that has the shape.
INLINE int shaped_members(const Shape *shape, Text text, size_t start, jot_members *members) {
  // Places move by `start`, where there is a value: four a step, the last beside the first time.
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

// Keeps the shape of a text that was read and has no escapes.
RARE void learn(
    Shape *shape, Text text, size_t start, size_t count, const uint64_t *marks,
    const jot_members *members, int result, int has_times) {
  memset(shape, 0, sizeof *shape);
  int is_inside = 0;
  for (size_t at = 0; at < count;) {
    size_t from = at;
    if (text[at] == '"') {
      // A string; it is a name if a colon follows, and then has to stay as it is.
      for (at++; text[at] != '"'; at++) {}
      at++;
      Text next = skip_space(text + at);
      is_inside = *next != ':';
      shape->bytes[from] = shape->bytes[at - 1] = '"';
      shape->fixed[from] = shape->fixed[at - 1] = 0xff;
      if (!is_inside) {
        memcpy(shape->bytes + from, text + from, at - from);
        memset(shape->fixed + from, 0xff, at - from);
      }
      continue;
    }
    size_t end = (size_t)(skip_digits(text + at) - text);
    unsigned char before = at > 0 ? text[at - 1] : 0, after = text[end];
    int is_whole = end > at && (before == ':' || before == ',' || before == '[' || before == ' ')
        && (after == ',' || after == '}' || after == ']' || after == ' ');
    if (is_whole) {
      memset(shape->digit + at, 0xff, end - at);
      if (end - at > 1) shape->leading[at] = 0xff;
      at = end;
      continue;
    }
    if (end == at) end++;
    memcpy(shape->bytes + at, text + at, end - at);
    memset(shape->fixed + at, 0xff, end - at);
    at = end;
  }
  memcpy(shape->marks, marks, (count / 64 + 1) * sizeof *marks);
  const unsigned long long shift = start | (uint64_t)start << 30;
  for (int i = 0; i < OTHER; i++) {
    if (members->words[i] != 0) shape->value[i] = members->words[i] - shift;
    if (has_times && i >= EXP && (shape->value[i] >> 60 & 7) == NUMBER) shape->times |= 1u << (i - EXP);
  }
  shape->result = result;
  shape->count = count;
}

// What is noted of a text that has no known shape.
typedef struct {
  Memory *memory;
  uint64_t hash;
  int is_set;
} Note;

INLINE unsigned shape_index(uint64_t hash) {
  return (unsigned)(hash / (UINT64_MAX / SHAPES + 1));
}

// The shape that the text has, or NULL.
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

// Keeps in mind that a text of no known shape was read: one that comes once may never come again.
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
