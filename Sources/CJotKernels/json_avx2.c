// The registered claims (RFC 7519 §4.1), or header parameters (RFC 7515 §4.1), of a plain JSON object
// in one pass: what nearly every payload and header is. Where all quotes stand is found first, 64 bytes a step; the walk then takes strings two quotes
// at a time and looks at no byte inside them.
//
//   plain: at most 2,048 bytes, 64 containers inside one another, 32 names beside the registered ones,
//          none of them with escapes; no space but spaces; times whole numbers of at most 15 digits
//
// A payload of a shape that this thread has met before is not even walked.
//
// Anything else, and whatever is no JSON, is left to JSONScanner, which says what is wrong with it.
#include "jot_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define INLINE static inline __attribute__((always_inline)) AVX2
// What is rare stays out of the walk, whose registers it would take.
#define RARE static __attribute__((noinline)) AVX2

enum { TEXT_LIMIT = 2048, NAME_LIMIT = 32, DEPTH_LIMIT = 64 };
// JSONKind's numbers.
enum { STRING = 1, NUMBER, ARRAY, OBJECT, TRUE, FALSE, NIL };
// The places of the registered names in jot_members, times last; and of all others.
enum { ISS, SUB, AUD, JTI, EXP, NBF, IAT, OTHER };
enum { ALG, TYP, KID, CTY, CRIT, B64 };

typedef const unsigned char *Text;

INLINE uint64_t load8(Text at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

// The first eight bytes of a name, zeros behind a shorter one.
INLINE uint64_t first_word(Text name, size_t length) {
  return _bzhi_u64(load8(name), length < 8 ? (unsigned)(8 * length) : 64);
}

INLINE uint64_t both(__m256i low, __m256i high) {
  return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

// Bytes that are looked at: backslashes, and as signed numbers all below the space, so control
// characters and all above ASCII.
INLINE __m256i odd_in(__m256i bytes) {
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

// Bytes of the escape at `at` (RFC 8259 §7), of which a surrogate pair is one; 0 where it is none.
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

// Bytes of the character at `at`, which is above ASCII (RFC 3629 §4: no overlong form, no surrogate,
// nothing above U+10FFFF); 0 where it is none.
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

// Checks the bytes of a text that have to be looked at, whose marks are `odd`; takes the marks of
// quotes that are escaped out of `quotes`. Returns 0 where something is wrong, else 1, or 2 where there
// are escapes.
RARE int check_odd(Text text, size_t count, const uint64_t *odd, uint64_t *quotes) {
  size_t done = 0;
  int result = 1;
  for (size_t base = 0; base < count; base += 64, odd++) {
    for (uint64_t bits = *odd; bits != 0; bits &= bits - 1) {
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

// The quotes of the text, one after the other: the next one's bit is the lowest.
typedef struct {
  uint64_t bits;
  Text base;
  const uint64_t *word;
} Quotes;

// Marks stand behind the text too, so there always is a next one.
INLINE Text next_quote(Quotes *quotes) {
  while (__builtin_expect(quotes->bits == 0, 0)) {
    quotes->bits = *++quotes->word;
    quotes->base += 64;
  }
  Text place = quotes->base + __builtin_ctzll(quotes->bits);
  quotes->bits &= quotes->bits - 1;
  return place;
}

// The names so far, but for the registered claims: a filter of 64 bits says of most that they are new.
typedef struct {
  uint64_t seen;
  unsigned count;
  // Objects so far below the top, each with a number.
  unsigned objects;
  // Whether the text has escapes: names with such are left to the scanner.
  int has_escapes;
  struct {
    Text start;
    uint32_t length, object;
  } name[NAME_LIMIT];
} Names;

INLINE int same(Text left, Text right, size_t length) {
  for (; length > 8; left += 8, right += 8, length -= 8) {
    if (load8(left) != load8(right)) return 0;
  }
  return _bzhi_u64(load8(left) ^ load8(right), (unsigned)(8 * length)) == 0;
}

RARE int has_escape(Text at, Text end) {
  while (at < end && *at != '\\') at++;
  return at < end;
}

// Notes a name; 0 where its object has it already, or where there is no room.
RARE int note(Names *names, Text start, size_t length, uint32_t object) {
  if (names->count == NAME_LIMIT) return 0;
  if (names->has_escapes && has_escape(start, start + length)) return 0;
  uint64_t word = first_word(start, length) ^ (uint64_t)length << 56 ^ (uint64_t)object << 40;
  uint64_t place = (word * 0x9e3779b97f4a7c15u) >> 58;
  if (names->seen >> place & 1) {
    for (unsigned i = 0; i < names->count; i++) {
      if (names->name[i].length == length && names->name[i].object == object
          && same(names->name[i].start, start, length)) {
        return 0;
      }
    }
  }
  names->seen |= (uint64_t)1 << place;
  unsigned index = names->count++;
  names->name[index].start = start;
  names->name[index].length = (uint32_t)length;
  names->name[index].object = object;
  return 1;
}

#define NAME(a, b, c) (a | b << 8 | c << 16)

// Names of three bytes, each at the place that three bits of a product give it.
typedef struct {
  uint32_t factor, word[8];
  unsigned char place[8];
} Registered;

static const Registered claims = {
    2817,
    {NAME('i', 'a', 't'), NAME('s', 'u', 'b'), NAME('a', 'u', 'd'), NAME('n', 'b', 'f'),
     NAME('j', 't', 'i'), 0, NAME('e', 'x', 'p'), NAME('i', 's', 's')},
    {IAT, SUB, AUD, NBF, JTI, OTHER, EXP, ISS}};
static const Registered parameters = {
    811,
    {0, NAME('k', 'i', 'd'), NAME('a', 'l', 'g'), NAME('t', 'y', 'p'), NAME('c', 't', 'y'),
     NAME('b', '6', '4'), 0, 0},
    {OTHER, KID, ALG, TYP, CTY, B64, OTHER, OTHER}};

// The place of a name of `length` bytes: by a table, as claims in turn would mislead a branch each.
INLINE unsigned registered(Text name, size_t length, int is_header) {
  if (is_header && length == 4) return (uint32_t)load8(name) == 0x74697263 ? CRIT : OTHER;
  const Registered *names = is_header ? &parameters : &claims;
  uint32_t word = (uint32_t)load8(name) & 0xffffff;
  uint32_t slot = word * names->factor >> 29;
  return length == 3 && names->word[slot] == word ? names->place[slot] : OTHER;
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

// Where the number at `at` ends (RFC 8259 §6), or NULL: of any kind.
RARE Text skip_any_number(Text at) {
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
  return end;
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
INLINE Text read_time(Text at, long long *seconds) {
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
  *seconds = (long long)value;
  return at;
}

// Where the literal at `at` ends, or NULL.
INLINE Text skip_literal(Text at) {
  if (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0) return at + 4;
  return memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
}

// Where the array or object at `at` ends, or NULL. A loop over the innermost container; of each that
// is open it is known whether it is an object, the innermost lowest, and which.
RARE Text skip_container(Text at, Text limit, Quotes *all, Names *names) {
  Quotes quotes = *all;
  uint64_t kinds = 0;
  uint32_t object[DEPTH_LIMIT];
  unsigned depth = 0;

open:
  if (depth == DEPTH_LIMIT - 1) return NULL;
  kinds = kinds << 1 | (*at == '{');
  object[depth++] = kinds & 1 ? ++names->objects : 0;
  at = skip_space(at + 1);
  if (*at == (kinds & 1 ? '}' : ']')) goto close;

next:
  if (kinds & 1) {
    if (*at != '"') return NULL;
    Text start = next_quote(&quotes) + 1;
    Text end = next_quote(&quotes);
    if (end >= limit || !note(names, start, (size_t)(end - start), object[depth - 1])) return NULL;
    at = skip_space(end + 1);
    if (*at != ':') return NULL;
    at = skip_space(at + 1);
  }
  if (*at == '"') {
    next_quote(&quotes);
    at = next_quote(&quotes) + 1;
    if (at > limit) return NULL;
  } else if (*at == '[' || *at == '{') {
    goto open;
  } else {
    at = *at >= 'a' ? skip_literal(at) : skip_number(at);
    if (at == NULL) return NULL;
  }

ended:
  at = skip_space(at);
  if (*at == ',') {
    at = skip_space(at + 1);
    goto next;
  }
  if (*at != (kinds & 1 ? '}' : ']')) return NULL;

close:
  at++;
  kinds >>= 1;
  if (--depth > 0) goto ended;
  *all = quotes;
  return at;
}

#define ESCAPED ((uint64_t)1 << 63)

// A value as JSONValue has it: start, end, kind; and whether a string has escapes.
INLINE unsigned long long value(Text buffer, uint64_t kind, Text start, Text end) {
  return (uint64_t)(start - buffer) | (uint64_t)(end - buffer) << 30 | kind << 60;
}

// Walks the object text[..<limit], the places of whose quotes are marked.
INLINE int walk(
    unsigned char *buffer, Text text, Text limit, const uint64_t *marks, int has_escapes,
    jot_members *members, int is_header) {
  Quotes quotes = {marks[0], text, marks};
  Names names;
  names.seen = 0;
  names.count = 0;
  names.objects = 0;
  names.has_escapes = has_escapes;
  // Bits of registered members that are there and not null, and of those of an unusual kind.
  unsigned present = 0, odd_kinds = 0;
  unsigned long long other;

  Text at = skip_space(text + 1);
  if (*at == '}') return skip_space(at + 1) == limit ? 3 : 0;
  // What nearly every claim is: places by their bits.
  const unsigned texts = 1 << ISS | 1 << SUB | 1 << JTI, times = 1 << EXP | 1 << NBF | 1 << IAT;
  for (;;) {
    if (*at != '"') return 0;
    Text from = next_quote(&quotes) + 1;
    Text end = next_quote(&quotes);
    if (end >= limit) return 0;
    unsigned place = registered(from, (size_t)(end - from), is_header);
    unsigned long long *target = &other;
    if (place != OTHER) {
      target = &members->value[place];
      if (*target != 0) return 0;
      present |= 1u << place;
    } else if (!note(&names, from, (size_t)(end - from), 0)) {
      return 0;
    }
    at = skip_space(end + 1);
    if (*at != ':') return 0;
    at = skip_space(at + 1);

    from = at;
    if (*at == '"') {
      from = next_quote(&quotes) + 1;
      end = next_quote(&quotes);
      if (end >= limit) return 0;
      odd_kinds |= times & 1u << place;
      *target = value(buffer, STRING, from, end);
      if (__builtin_expect(has_escapes, 0) && has_escape(from, end)) *target |= ESCAPED;
      at = end + 1;
    } else if (*at <= '9') {
      at = !is_header && place >= EXP && place < OTHER
          ? read_time(from, &members->seconds[place - EXP])
          : skip_number(from);
      if (at == NULL) return 0;
      odd_kinds |= texts & 1u << place;
      *target = value(buffer, NUMBER, from, at);
    } else if (*at == '[' || *at == '{') {
      uint64_t kind = *at == '{' ? OBJECT : ARRAY;
      // A copy has an address; the walk's own stays in registers.
      Quotes inner = quotes;
      at = skip_container(from, limit, &inner, &names);
      quotes = inner;
      if (at == NULL) return 0;
      odd_kinds |= (texts | times) & 1u << place;
      *target = value(buffer, kind, from, at);
    } else {
      uint64_t kind = *at == 't' ? TRUE : *at == 'f' ? FALSE : NIL;
      at = skip_literal(from);
      if (at == NULL) return 0;
      odd_kinds |= (texts | times) & 1u << place;
      if (kind == NIL) present &= ~(1u << place);
      *target = value(buffer, kind, from, at);
    }
    at = skip_space(at);
    if (*at != ',') break;
    at = skip_space(at + 1);
  }
  if (*at != '}' || skip_space(at + 1) != limit) return 0;
  return (int)(1 | (odd_kinds == 0) << 1 | (present & 0x7f) << 8);
}

// What tokens of one issuer have in common: texts of one length with the same bytes outside of strings
// and whole numbers, and the same names, have the same members in the same places. Only what may
// differ is looked at again. A thread keeps the last shapes that it met twice in a row: names, literals,
// numbers with a sign, a point or an exponent; no string and no whole number.
enum { SHAPES = 4, SHAPE_LIMIT = 1024 };

typedef struct {
  size_t count;
  int result;
  uint64_t marks[SHAPE_LIMIT / 64 + 1];
  unsigned long long value[8];
  // Bits of the times that are numbers.
  unsigned times;
  // For each byte: what it is, and all ones where it has to be that; where it has to be a digit; where
  // it must be no zero, as other digits follow.
  unsigned char bytes[SHAPE_LIMIT + 64], fixed[SHAPE_LIMIT + 64], digit[SHAPE_LIMIT + 64],
      leading[SHAPE_LIMIT + 64];
} Shape;

static _Thread_local Shape shapes[SHAPES];
static _Thread_local uint64_t missed;
// The one that was met last: it is looked at before the text's hash is known.
static _Thread_local unsigned recent;

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
    __m256i differs = _mm256_xor_si256(bytes, _mm256_loadu_si256((const __m256i *)(shape->bytes + at)));
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
  const __m256i shift = _mm256_set1_epi64x((long long)(start | (uint64_t)start << 30));
  for (int i = 0; i < 8; i += 4) {
    __m256i values = _mm256_loadu_si256((const __m256i *)(shape->value + i));
    __m256i none = _mm256_cmpeq_epi64(values, _mm256_setzero_si256());
    values = _mm256_add_epi64(values, _mm256_andnot_si256(none, shift));
    _mm256_storeu_si256((__m256i *)(members->value + i), values);
  }
  members->seconds[0] = 0;
  for (unsigned times = shape->times; times != 0; times &= times - 1) {
    int i = __builtin_ctz(times);
    read_time(text + (shape->value[EXP + i] & 0x3fffffff), &members->seconds[i]);
  }
  return shape->result;
}

// Keeps the shape of a text that was read and has no escapes.
RARE void learn(
    Shape *shape, Text text, size_t start, size_t count, const uint64_t *marks,
    const jot_members *members, int result) {
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
    if (members->value[i] != 0) shape->value[i] = members->value[i] - shift;
    if (i >= EXP && (shape->value[i] >> 60 & 7) == NUMBER) shape->times |= 1u << (i - EXP);
  }
  shape->result = result;
  shape->count = count;
}

INLINE int read_members(
    unsigned char *buffer, size_t start, size_t count, jot_members *members, int is_header) {
  if (count < 2 || count > TEXT_LIMIT) return 0;
  Text text = buffer + start, limit = text + count;
  uint64_t marks[TEXT_LIMIT / 64 + 1], odd[TEXT_LIMIT / 64 + 1], any = 0;
  size_t block = 0;
  for (Text at = text;; at += 64, block++) {
    __m256i low = _mm256_loadu_si256((const __m256i *)at);
    __m256i high = _mm256_loadu_si256((const __m256i *)(at + 32));
    marks[block] = both(
        _mm256_cmpeq_epi8(low, _mm256_set1_epi8('"')),
        _mm256_cmpeq_epi8(high, _mm256_set1_epi8('"')));
    odd[block] = both(odd_in(low), odd_in(high));
    if (limit - at < 64) {
      uint64_t behind = ~(uint64_t)0 << (limit - at);
      marks[block] |= behind;
      odd[block] &= ~behind;
      any |= odd[block];
      break;
    }
    any |= odd[block];
  }
  if (*text != '{') return 0;
  int has_escapes = 0;
  if (any != 0) {
    int checked = check_odd(text, count, odd, marks);
    if (checked == 0) return 0;
    has_escapes = checked == 2;
  }
  Shape *shape = NULL;
  uint64_t hash = 0;
  if (!is_header && !has_escapes && count <= SHAPE_LIMIT) {
    shape = &shapes[recent];
    if (fits(shape, text, count, marks)) return shaped_members(shape, text, start, members);
    hash = shape_hash(marks, count);
    unsigned index = (unsigned)(hash / (UINT64_MAX / SHAPES + 1));
    shape = &shapes[index];
    if (index != recent && fits(shape, text, count, marks)) {
      recent = index;
      return shaped_members(shape, text, start, members);
    }
  }
  // No number and no literal goes on over a zero. It is stored once all is loaded: a load that meets
  // bytes just stored waits for them.
  memset(buffer + start + count, 0, 8);
  int result = walk(buffer, text, limit, marks, has_escapes, members, is_header);
  if (shape != NULL && result != 0) {
    // A shape that comes once may never come again.
    if (missed == hash) learn(shape, text, start, count, marks, members, result);
    missed = hash;
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
