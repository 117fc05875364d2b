// Reads the registered claims (RFC 7519 §4.1) or header parameters (RFC 7515 §4.1) of a plain JSON
// object in one pass; nearly every payload and header is plain. First all quotes are found, 64
// bytes per step. Then the object is walked, unless this thread has cached its shape.
//
//   plain: at most 12,288 bytes, nesting depth 64, 32 names besides the registered ones, all
//          without escapes; no whitespace but spaces; numbers of at most 4,300 characters, times
//          integers of at most 15 digits
//
// Anything else, including invalid JSON, is left to JSONScanner, which finds the error.
#include "jot_kernels.h"

#if defined(JOT_X86_KERNELS)
// Headers of this file only, so that all of it inlines.
#include "json_characters.h"
#include "json_shapes.h"
#include "json_walk.h"

// The largest payload of a token of 16 KiB, the default limit.
enum { TEXT_LIMIT = 12288 };

INLINE uint64_t both(__m256i low, __m256i high) {
  return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

INLINE int read_members(
    unsigned char *buffer, size_t start, size_t count, jot_members *members, int is_header) {
  if (count < 2 || count > TEXT_LIMIT) return 0;
  Text text = buffer + start, limit = text + count;
  uint64_t marks[TEXT_LIMIT / 64 + 1], special[TEXT_LIMIT / 64 + 1], any = 0;
  size_t block = 0;
  for (Text at = text;; at += 64, block++) {
    __m256i low = _mm256_loadu_si256((const __m256i *)at);
    __m256i high = _mm256_loadu_si256((const __m256i *)(at + 32));
    marks[block] = both(
        _mm256_cmpeq_epi8(low, _mm256_set1_epi8('"')),
        _mm256_cmpeq_epi8(high, _mm256_set1_epi8('"')));
    special[block] = both(special_in(low), special_in(high));
    if (limit - at < 64) {
      uint64_t behind = ~(uint64_t)0 << (limit - at);
      marks[block] |= behind;
      special[block] &= ~behind;
      any |= special[block];
      break;
    }
    any |= special[block];
  }
  if (*text != '{') return 0;
  int has_escapes = 0;
  if (any != 0) {
    int checked = check_special(text, count, special, marks);
    if (checked == 0) return 0;
    has_escapes = checked == 2;
  }
  Note note = {NULL, 0, 0};
  if (!has_escapes && count <= SHAPE_LIMIT(is_header)) {
    const Shape *shape = known_shape(is_header, text, count, marks, &note);
    if (shape != NULL) return shaped_members(shape, text, start, members);
  }
  // No number and no literal continues after a zero. Stored after all loads: a load of bytes just
  // stored would wait for them.
  memset(buffer + start + count, 0, 8);
  int result = walk(buffer, text, limit, marks, has_escapes, members, is_header);
  if (note.is_set && result != 0) {
    meet(note, is_header, text, start, count, marks, members, result);
  }
  return result;
}

AVX2 int jot_json_claims_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members) {
  return read_members(buffer, start, count, members, 0);
}

AVX2 int jot_json_header_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members) {
  return read_members(buffer, start, count, members, 1);
}

#else
int jot_json_claims_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members) {
  return 0;
}
int jot_json_header_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members) {
  return 0;
}
#endif
