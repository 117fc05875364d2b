// Checks special characters anywhere in a text: escapes, control characters and all above ASCII. A
// part of json_avx2.c.
#pragma once
#include "json_tokens.h"

// Marks special bytes: backslashes, and as signed numbers all below the space, so control
// characters and all above ASCII.
INLINE __m256i special_in(__m256i bytes) {
  return _mm256_or_si256(
      _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')),
      _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes));
}

// Four hexadecimal digits, or -1.
static int code_unit(Text at) {
  int unit = 0;
  for (int i = 0; i < 4; i++) {
    unsigned digit = at[i] - '0', letter = (at[i] | 0x20) - 'a';
    if (digit >= 10 && letter >= 6) return -1;
    unit = unit << 4 | (int)(digit < 10 ? digit : letter + 10);
  }
  return unit;
}

// The length of the escape at `at` (RFC 8259 §7), a surrogate pair being one; 0 if it is invalid.
static size_t escape_length(Text at) {
  switch (at[1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return 2;
    case 'u': break;
    default: return 0;
  }
  int unit = code_unit(at + 2);
  if (unit < 0) return 0;
  if ((unit & 0xf800) != 0xd800) return 6;
  if (unit >= 0xdc00 || at[6] != '\\' || at[7] != 'u') return 0;
  unit = code_unit(at + 8);
  return unit >= 0 && (unit & 0xfc00) == 0xdc00 ? 12 : 0;
}

// The length of the character above ASCII at `at` (RFC 3629 §4: no overlong form, no surrogate,
// nothing above U+10FFFF); 0 if it is invalid.
static size_t character_length(Text at) {
  unsigned lead = at[0], low = 0x80, high = 0xbf;
  size_t length;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return 0;
  }
  if (at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return length;
}

// Checks the bytes marked in `special`; removes escaped quotes from the marks in `quotes`. Returns
// 0 for an error, otherwise 1, or 2 if there are escapes.
RARE int check_special(Text text, size_t count, const uint64_t *special, uint64_t *quotes) {
  size_t done = 0;
  int result = 1;
  for (size_t base = 0; base < count; base += 64, special++) {
    for (uint64_t bits = *special; bits != 0; bits &= bits - 1) {
      size_t at = base + (size_t)__builtin_ctzll(bits), length;
      if (at < done) continue;
      if (text[at] == '\\') {
        length = escape_length(text + at);
        result = 2;
        if (text[at + 1] == '"' && at + 1 < count) {
          quotes[(at + 1) / 64] &= ~((uint64_t)1 << (at + 1) % 64);
        }
      } else {
        length = character_length(text + at);
      }
      done = at + length;
      if (length == 0 || done > count) return 0;
    }
  }
  return result;
}
