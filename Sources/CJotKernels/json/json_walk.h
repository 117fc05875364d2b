// Walks a plain JSON object whose quotes are marked: it takes strings two quotes at a time and
// reads no byte inside them. A part of json_avx2.c.
#pragma once
#include "jot_kernels.h"
#include "json_tokens.h"

enum { NAME_LIMIT = 32, DEPTH_LIMIT = 64 };

// The quotes of the text in order; the next one is the lowest bit.
typedef struct {
  uint64_t bits;
  Text base;
  const uint64_t *word;
} Quotes;

// There are marks behind the text too, so there always is a next one.
INLINE Text next_quote(Quotes *quotes) {
  while (__builtin_expect(quotes->bits == 0, 0)) {
    quotes->bits = *++quotes->word;
    quotes->base += 64;
  }
  Text place = quotes->base + __builtin_ctzll(quotes->bits);
  quotes->bits &= quotes->bits - 1;
  return place;
}

// The names so far, except registered claims. A filter of 64 bits shows for most that they are new.
typedef struct {
  uint64_t seen;
  unsigned count;
  // The number of objects so far below the top level; each object has its number.
  unsigned objects;
  // Whether the text has escapes: names with escapes are left to the scanner.
  int has_escapes;
  struct {
    Text start;
    uint32_t length, object;
  } name[NAME_LIMIT];
} Names;

// The first eight bytes of a name, zero-padded.
INLINE uint64_t first_word(Text name, size_t length) {
  return _bzhi_u64(load8(name), length < 8 ? (unsigned)(8 * length) : 64);
}

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

// Records a name; 0 if its object already has it or the table is full.
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

// A perfect hash of names of three bytes: three bits of a product are the index.
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

// The index of a name of `length` bytes; by table, because a branch per claim would mispredict.
INLINE unsigned registered(Text name, size_t length, int is_header) {
  if (is_header && length == 4) return (uint32_t)load8(name) == 0x74697263 ? CRIT : OTHER;
  const Registered *names = is_header ? &parameters : &claims;
  uint32_t word = (uint32_t)load8(name) & 0xffffff;
  uint32_t slot = word * names->factor >> 29;
  return length == 3 && names->word[slot] == word ? names->place[slot] : OTHER;
}

// The end of the array or object at `at`, or NULL. A loop over the innermost container. For each
// open container it records whether it is an object, the innermost lowest, and the object's number.
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

// A value in JSONValue's form: start, end, kind; and whether a string has escapes.
INLINE unsigned long long value(Text buffer, uint64_t kind, Text start, Text end) {
  return (uint64_t)(start - buffer) | (uint64_t)(end - buffer) << 30 | kind << 60;
}

// Walks the object text[..<limit], whose quotes are marked.
INLINE int walk(
    unsigned char *buffer, Text text, Text limit, const uint64_t *marks, int has_escapes,
    jot_members *members, int is_header) {
  Quotes quotes = {marks[0], text, marks};
  Names names;
  names.seen = 0;
  names.count = 0;
  names.objects = 0;
  names.has_escapes = has_escapes;
  // Bits of registered members that are present and not null, and of those of an unusual kind.
  unsigned present = 0, unusual_kinds = 0;
  unsigned long long other;

  Text at = skip_space(text + 1);
  if (*at == '}') return skip_space(at + 1) == limit ? 3 : 0;
  // The usual kinds of claims, by index.
  const unsigned texts = 1 << ISS | 1 << SUB | 1 << JTI, times = 1 << EXP | 1 << NBF | 1 << IAT;
  for (;;) {
    if (*at != '"') return 0;
    Text from = next_quote(&quotes) + 1;
    Text end = next_quote(&quotes);
    if (end >= limit) return 0;
    unsigned place = registered(from, (size_t)(end - from), is_header);
    unsigned long long *target = &other;
    if (place != OTHER) {
      target = &members->words[place];
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
      unusual_kinds |= times & 1u << place;
      *target = value(buffer, STRING, from, end);
      if (__builtin_expect(has_escapes, 0) && has_escape(from, end)) *target |= ESCAPED;
      at = end + 1;
    } else if (*at <= '9') {
      at = !is_header && place >= EXP && place <= IAT
          ? read_time(from, &members->words[SECONDS + place - EXP])
          : skip_number(from);
      if (at == NULL) return 0;
      unusual_kinds |= texts & 1u << place;
      *target = value(buffer, NUMBER, from, at);
    } else if (*at == '[' || *at == '{') {
      uint64_t kind = *at == '{' ? OBJECT : ARRAY;
      // Pass a copy: its address is taken, so the walk's own stays in registers.
      Quotes inner = quotes;
      at = skip_container(from, limit, &inner, &names);
      quotes = inner;
      if (at == NULL) return 0;
      unusual_kinds |= (texts | times) & 1u << place;
      *target = value(buffer, kind, from, at);
    } else {
      uint64_t kind = *at == 't' ? TRUE : *at == 'f' ? FALSE : NIL;
      at = skip_literal(from);
      if (at == NULL) return 0;
      unusual_kinds |= (texts | times) & 1u << place;
      if (kind == NIL) present &= ~(1u << place);
      *target = value(buffer, kind, from, at);
    }
    at = skip_space(at);
    if (*at != ',') break;
    at = skip_space(at + 1);
  }
  if (*at != '}' || skip_space(at + 1) != limit) return 0;
  return (int)(1 | (unusual_kinds == 0) << 1 | (present & 0x7f) << 8);
}
