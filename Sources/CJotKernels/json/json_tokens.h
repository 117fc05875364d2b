// Tokens of plain JSON but strings: spaces, literals, numbers (RFC 8259 §6), and times, which are
// whole numbers of at most 15 digits. A part of json_avx2.c. Behind a text 64 bytes can be read.
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define INLINE static inline __attribute__((always_inline)) AVX2
// What is rare stays out of the walk, whose registers it would take.
#define RARE static __attribute__((noinline)) AVX2

typedef const unsigned char *Text;

// JSONKind's numbers.
enum { STRING = 1, NUMBER, ARRAY, OBJECT, TRUE, FALSE, NIL };
// The places of the registered names in jot_members, times last; of all others; and of the first time
// in seconds.
enum { ISS, SUB, AUD, JTI, EXP, NBF, IAT, OTHER, SECONDS = OTHER };
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

// Space between tokens: the one character of it that is plain.
INLINE Text skip_space(Text at) {
  return __builtin_expect(*at == ' ', 0) ? skip_spaces(at) : at;
}

// The bytes of a word that are no digits, each by a mark in its high half. What one carries upwards
// can only add marks above it.
INLINE uint64_t not_digits(uint64_t word) {
  word ^= 0x3030303030303030u;
  return (word | (word + 0x0606060606060606u)) & 0xf0f0f0f0f0f0f0f0u;
}

INLINE Text skip_digits(Text at) {
  uint64_t marks;
  while ((marks = not_digits(load8(at))) == 0) at += 8;
  return at + __builtin_ctzll(marks) / 8;
}

// The most characters of a number. No more digits than JSONScanner.maximumDigits fit in.
enum { NUMBER_LIMIT = 4300 };

// Where the number at `at` ends (RFC 8259 §6), or NULL: of any kind.
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

// The same, for whole numbers of up to seven digits without a call.
INLINE Text skip_number(Text at) {
  uint64_t marks = not_digits(load8(at));
  Text end = at + (size_t)__builtin_ctzll(marks | (uint64_t)1 << 63) / 8;
  int is_usual = (*end == ',' || *end == ']' || *end == '}') && end > at && *at != '0';
  return __builtin_expect(marks != 0 && is_usual, 1) ? end : skip_any_number(at);
}

// The value of eight digits. Neighbours are joined in three steps: to pairs, fours, eight.
INLINE uint64_t eight_digits(uint64_t word) {
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ffu;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffffu;
  return (word * 10000 + (word >> 32)) & 0xffffffffu;
}

// Reads the digits at `at` and returns where they end; NULL where there are none, or too many, or a
// zero before others.
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
  // Some two digits: as eight with zeros before them.
  unsigned rest = (unsigned)__builtin_ctzll(marks | (uint64_t)1 << 63) & 0x38;
  if (marks == 0) return NULL;
  word ^= 0x3030303030303030u;
  value = value * powers[rest / 8] + (rest == 0 ? 0 : eight_digits(word << (64 - rest)));
  at += rest / 8;
  if (at == start || (*start == '0' && at - start > 1)) return NULL;
  *seconds = value;
  return at;
}

// Where the literal at `at` ends, or NULL.
INLINE Text skip_literal(Text at) {
  if (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0) return at + 4;
  return memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
}
