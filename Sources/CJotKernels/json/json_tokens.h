// Tokens of plain JSON except strings: spaces, literals, numbers (RFC 8259 §6), and times, which
// are integers of at most 15 digits. A part of json_avx2.c. 64 bytes behind a text can be read.
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define INLINE static inline __attribute__((always_inline)) AVX2
// Rare cases are not inlined: they would take the walk's registers.
#define RARE static __attribute__((noinline)) AVX2

typedef const unsigned char *Text;

// The raw values of JSONKind.
enum { STRING = 1, NUMBER, ARRAY, OBJECT, TRUE, FALSE, NIL };
// Indices in jot_members: of the registered names, in the order of RFC 7519 §4.1; of all other
// names; and of the first time in seconds.
enum { ISS, SUB, AUD, EXP, NBF, IAT, JTI, OTHER, SECONDS = OTHER };
enum { ALG, TYP, KID, CTY, CRIT, B64 };

INLINE uint64_t load8(Text at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

RARE Text skip_spaces(Text at) {
  while (*at == ' ') at++;
  return at;
}

// Skips whitespace between tokens; spaces are the only plain kind.
INLINE Text skip_space(Text at) {
  return __builtin_expect(*at == ' ', 0) ? skip_spaces(at) : at;
}

// Marks the bytes of a word that are not digits, in their high halves. Carries can only add marks
// above such a byte.
INLINE uint64_t not_digits(uint64_t word) {
  word ^= 0x3030303030303030u;
  return (word | (word + 0x0606060606060606u)) & 0xf0f0f0f0f0f0f0f0u;
}

INLINE Text skip_digits(Text at) {
  uint64_t marks;
  while ((marks = not_digits(load8(at))) == 0) at += 8;
  return at + __builtin_ctzll(marks) / 8;
}

// The most characters of a number; its digits then stay within JSONScanner.maximumDigits.
enum { NUMBER_LIMIT = 4300 };

// The end of the number of any kind at `at` (RFC 8259 §6), or NULL.
RARE Text skip_any_number(Text at) {
  Text start = at;
  if (*at == '-') at++;
  Text end = skip_digits(at);
  if (end == at || (*at == '0' && end - at > 1)) return NULL;
  if (*end == '.') {
    at = end + 1;
    end = skip_digits(at);
    if (end == at) return NULL;
  }
  if ((*end | 0x20) == 'e') {
    at = end + 1;
    if (*at == '+' || *at == '-') at++;
    end = skip_digits(at);
    if (end == at) return NULL;
  }
  return end - start > NUMBER_LIMIT ? NULL : end;
}

// As above; integers of up to seven digits without a call.
INLINE Text skip_number(Text at) {
  uint64_t marks = not_digits(load8(at));
  Text end = at + (size_t)__builtin_ctzll(marks | (uint64_t)1 << 63) / 8;
  int is_usual = (*end == ',' || *end == ']' || *end == '}') && end > at && *at != '0';
  return __builtin_expect(marks != 0 && is_usual, 1) ? end : skip_any_number(at);
}

// The value of eight digits. Adjacent values are combined in three steps: to pairs, fours, eight.
INLINE uint64_t eight_digits(uint64_t word) {
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ffu;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffffu;
  return (word * 10000 + (word >> 32)) & 0xffffffffu;
}

// Reads the digits at `at` and returns their end; NULL for none, too many, or a leading zero.
INLINE Text read_time(Text at, unsigned long long *seconds) {
  static const uint32_t powers[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
  uint64_t word = load8(at), marks = not_digits(word);
  uint64_t value = 0;
  Text start = at;
  if (marks == 0) {
    value = eight_digits(word ^ 0x3030303030303030u);
    at += 8;
    word = load8(at);
    marks = not_digits(word);
  }
  // The remaining, mostly two digits: as eight with leading zeros.
  unsigned rest = (unsigned)__builtin_ctzll(marks | (uint64_t)1 << 63) & 0x38;
  if (marks == 0) return NULL;
  word ^= 0x3030303030303030u;
  value = value * powers[rest / 8] + (rest == 0 ? 0 : eight_digits(word << (64 - rest)));
  at += rest / 8;
  if (at == start || (*start == '0' && at - start > 1)) return NULL;
  *seconds = value;
  return at;
}

// The end of the literal at `at`, or NULL.
INLINE Text skip_literal(Text at) {
  if (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0) return at + 4;
  return memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
}
