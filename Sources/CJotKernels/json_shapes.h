// The shapes of payloads and of headers that a thread has met before. A part of json_avx2.c.
//
// What tokens of one issuer have in common: texts of one length with the same bytes outside of
// strings and whole numbers, and the same names, have the same members in the same places. Only
// what may differ is looked at again. A thread keeps the last shapes that it met twice in a row:
// names, literals, numbers with a sign, a point or an exponent; no string and no whole number.
#pragma once
#include "jot_kernels.h"
#include "json_tokens.h"

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
  unsigned char bytes[SHAPE_LIMIT + 64], fixed[SHAPE_LIMIT + 64], digit[SHAPE_LIMIT + 64],
      leading[SHAPE_LIMIT + 64];
} Shape;

typedef struct {
  Shape shapes[SHAPES];
  // The hash of the text that was met last and had no shape.
  uint64_t missed;
  // The shape that was met last: it is looked at before the text's hash is known.
  unsigned recent;
} Memory;

// Of payloads, and of headers: these have other members and no times.
static _Thread_local Memory memories[2];

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

// Where a text's shape belongs, and its hash; NULL where none is kept.
typedef struct {
  Memory *memory;
  Shape *shape;
  uint64_t hash;
} Place;

// The shape that the text has, or NULL.
INLINE const Shape *known_shape(
    Memory *memory, Text text, size_t count, const uint64_t *marks, Place *place) {
  place->memory = memory;
  place->shape = &memory->shapes[memory->recent];
  if (fits(place->shape, text, count, marks)) return place->shape;
  place->hash = shape_hash(marks, count);
  unsigned index = (unsigned)(place->hash / (UINT64_MAX / SHAPES + 1));
  place->shape = &memory->shapes[index];
  if (index == memory->recent || !fits(place->shape, text, count, marks)) return NULL;
  memory->recent = index;
  return place->shape;
}

// Notes that a text of no known shape was read: one that comes once may never come again.
INLINE void meet(
    Place place, Text text, size_t start, size_t count, const uint64_t *marks,
    const jot_members *members, int result) {
  Memory *memory = place.memory;
  if (memory->missed == place.hash)
    learn(
        place.shape, text, start, count, marks, members, result, memory == &memories[0]);
  memory->missed = place.hash;
}
