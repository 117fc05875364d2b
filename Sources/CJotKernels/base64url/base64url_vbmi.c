// Base64url in AVX-512 with byte permutations, 64 characters (48 bytes) per step; the last step is
// masked to the remaining characters and bytes.
//
//   decode: look up in 128 bytes of registers → 6-bit value → madd, madd, permute: 4 → 3 bytes
//   encode: permute 3 → 4 bytes, shift each 6-bit field, look up in 64 bytes of registers
#include "jot_kernels.h"

#if defined(JOT_X86_KERNELS)
#include "../opaque.h"
#include "../wipe_stack.h"
#include <immintrin.h>

#define VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi2")))
#define INLINE static inline __attribute__((always_inline)) VBMI

static const char alphabet[65] __attribute__((aligned(64))) =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The value of each ASCII character, 0x80 for one outside the alphabet.
static const unsigned char values[128] __attribute__((aligned(64))) = {
#define NONE8 128, 128, 128, 128, 128, 128, 128, 128
    NONE8, NONE8, NONE8, NONE8, NONE8,
    128, 128, 128, 128, 128, 62, 128, 128,  // -
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 128, 128, 128, 128, 128, 128,
    128, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 128, 128, 128, 128, 63,
    128, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 128, 128, 128, 128, 128,
};

// The source of each output byte: the three low bytes of each 32 bits of four values, last first.
static const unsigned char packed[64] __attribute__((aligned(64))) = {
#define PACKED(at) at + 2, at + 1, at, at + 6, at + 5, at + 4, at + 10, at + 9, at + 8, \
    at + 14, at + 13, at + 12
    PACKED(0), PACKED(16), PACKED(32), PACKED(48),
};

// Of each triple the bytes 1, 0, 2, 1.
static const unsigned char spread[64] __attribute__((aligned(64))) = {
#define SPREAD(at) at + 1, at, at + 2, at + 1, at + 4, at + 3, at + 5, at + 4, \
    at + 7, at + 6, at + 8, at + 7, at + 10, at + 9, at + 11, at + 10
    SPREAD(0), SPREAD(12), SPREAD(24), SPREAD(36),
};

static const unsigned char iota[64] __attribute__((aligned(64))) = {
#define EIGHT(at) at, at + 1, at + 2, at + 3, at + 4, at + 5, at + 6, at + 7
    EIGHT(0), EIGHT(8), EIGHT(16), EIGHT(24), EIGHT(32), EIGHT(40), EIGHT(48), EIGHT(56),
};

// A mask of the first `count` of 64.
INLINE __mmask64 first(size_t count) { return _bzhi_u64(~0ull, (unsigned)count); }

// Decodes 64 characters to 48 bytes at the front; sets a bit in `foreign` if one has no value.
INLINE __m512i decode_64(__m512i text, __m512i *foreign) {
  __m512i sextets = _mm512_permutex2var_epi8(
      _mm512_load_si512(values), text, _mm512_load_si512(values + 64));
  *foreign = _mm512_ternarylogic_epi32(*foreign, text, sextets, 0xfe);
  __m512i pairs = _mm512_maddubs_epi16(sextets, _mm512_set1_epi32(0x01400140));
  __m512i triples = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
  return _mm512_permutexvar_epi8(_mm512_load_si512(packed), triples);
}

static VBMI int decode(unsigned char *target, const unsigned char *source, size_t count) {
  __m512i foreign = _mm512_setzero_si512();
  __mmask64 whole = first(48);
  for (; count > 64; count -= 64, source += 64, target += 48) {
    __m512i bytes = decode_64(_mm512_loadu_si512(source), &foreign);
    _mm512_mask_storeu_epi8(target, whole, bytes);
  }
  // Missing characters count as A, which is 0.
  __m512i text = _mm512_mask_loadu_epi8(_mm512_set1_epi8('A'), first(count), source);
  __m512i bytes = decode_64(text, &foreign);
  __mmask64 needed = first(count * 3 / 4);
  _mm512_mask_storeu_epi8(target, needed, bytes);
  // The unused bits of the last character were moved to the byte behind.
  __mmask64 stray = _mm512_mask_test_epi8_mask(whole & ~needed, bytes, bytes);
  return (stray | _mm512_movepi8_mask(foreign)) == 0;
}

VBMI int jot_base64url_decode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count) {
  int is_good = decode(target, source, count);
  // The text may be secret: Jot checks whether a secret is the text of a key.
  wipe_unoptimized_stack();
  return is_good;
}

// The characters of the 48 bytes at the front.
INLINE __m512i encode_48(__m512i bytes) {
  __m512i triples = _mm512_permutexvar_epi8(_mm512_load_si512(spread), bytes);
  // The first bit of each 6-bit field of eight bytes. The look-up ignores the bits above the field.
  __m512i fields =
      _mm512_multishift_epi64_epi8(_mm512_set1_epi64(0x3036242a1016040a), triples);
  return _mm512_permutexvar_epi8(fields, _mm512_load_si512(alphabet));
}

// A digest of 32 bytes is usually a MAC just computed, so it is read in the halves in which it was
// written: a load that spans two stores must wait for both. Clang would join the two loads.
INLINE __m512i load_32(const unsigned char *bytes) {
  __m128i low = _mm_loadu_si128((const __m128i *)bytes);
  __m128i high = _mm_loadu_si128((const __m128i *)(bytes + 16));
  OPAQUE(high);
  return _mm512_zextsi256_si512(_mm256_set_m128i(high, low));
}

// Moves the characters from `first` on to the front.
INLINE __m512i from(size_t first, __m512i characters) {
  const __m512i places = _mm512_load_si512(iota);
  return _mm512_permutexvar_epi8(
      _mm512_add_epi8(places, _mm512_set1_epi8((char)first)), characters);
}

// Stores the first `count` characters in two overlapping parts. A masked store is not forwarded to
// loads, and a hash is about to read these characters.
INLINE void store_characters(unsigned char *target, __m512i characters, size_t count) {
  if (count >= 32) {
    _mm256_storeu_si256((__m256i *)target, _mm512_castsi512_si256(characters));
    __m512i last = from(count - 32, characters);
    _mm256_storeu_si256((__m256i *)(target + count - 32), _mm512_castsi512_si256(last));
  } else if (count >= 16) {
    _mm_storeu_si128((__m128i *)target, _mm512_castsi512_si128(characters));
    __m512i last = from(count - 16, characters);
    _mm_storeu_si128((__m128i *)(target + count - 16), _mm512_castsi512_si128(last));
  } else {
    _mm512_mask_storeu_epi8(target, first(count), characters);
  }
}

VBMI int jot_base64url_encode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count) {
  if (count == 32) {
    store_characters(target, encode_48(load_32(source)), 43);
    return 1;
  }
  __mmask64 whole = first(48);
  for (; count > 48; count -= 48, source += 48, target += 64) {
    // An unmasked load takes one step, a masked one two.
    __m512i bytes =
        count >= 64 ? _mm512_loadu_si512(source) : _mm512_maskz_loadu_epi8(whole, source);
    _mm512_storeu_si512(target, encode_48(bytes));
  }
  __m512i characters = encode_48(_mm512_maskz_loadu_epi8(first(count), source));
  store_characters(target, characters, (count * 4 + 2) / 3);
  return 1;
}

// The mask of the present characters of `text` that differ from the base64url of `bytes`.
INLINE __mmask64 difference_of(const unsigned char *text, __mmask64 there, __m512i bytes) {
  __m512i here = _mm512_maskz_loadu_epi8(there, text);
  return _mm512_mask_cmpneq_epu8_mask(there, here, encode_48(bytes));
}

static VBMI int matches(const unsigned char *text, const unsigned char *bytes, size_t count) {
  if (count == 32) return difference_of(text, first(43), load_32(bytes)) == 0;
  __mmask64 difference = 0;
#pragma clang loop unroll(disable)
  for (; count > 48; count -= 48, bytes += 48, text += 64) {
    difference |= difference_of(text, first(64), _mm512_maskz_loadu_epi8(first(48), bytes));
  }
  __m512i last = _mm512_maskz_loadu_epi8(first(count), bytes);
  difference |= difference_of(text, first((count * 4 + 2) / 3), last);
  return difference == 0;
}

VBMI int jot_base64url_matches_vbmi(
    const unsigned char *text, const unsigned char *bytes, size_t count) {
  int is_same = matches(text, bytes, count);
  wipe_unoptimized_stack();
  return is_same;
}

#else
int jot_base64url_decode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count) {
  return 0;
}
int jot_base64url_encode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count) {
  return 0;
}
int jot_base64url_matches_vbmi(
    const unsigned char *text, const unsigned char *bytes, size_t count) {
  return 0;
}
#endif
