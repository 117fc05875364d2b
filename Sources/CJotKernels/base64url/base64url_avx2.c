// Base64url in AVX2, 32 characters (24 bytes) per step. The last step ends at the end of the text
// and overlaps the step before it, so no tail remains.
//
//   decode: hash of each character → its offset → 6-bit value → madd, madd, shuffle: 4 → 3 bytes
//   encode: shuffle 3 → 4 bytes, multiply to shift each 6-bit field, add its class's offset
#include "jot_kernels.h"

#if defined(JOT_X86_KERNELS)
#include "../opaque.h"
#include "../wipe_stack.h"
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX2

INLINE __m128i load(const unsigned char *source) {
  return _mm_loadu_si128((const __m128i *)source);
}

INLINE __m256i load_lanes(const unsigned char *low, const unsigned char *high) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(load(low)), load(high), 1);
}

INLINE void store(unsigned char *target, __m128i bytes) {
  _mm_storeu_si128((__m128i *)target, bytes);
}

INLINE void store_12(unsigned char *target, __m128i bytes) {
  _mm_storel_epi64((__m128i *)target, bytes);
  int last = _mm_extract_epi32(bytes, 2);
  __builtin_memcpy(target + 8, &last, 4);
}

INLINE __m256i both(__m128i lane) { return _mm256_broadcastsi128_si256(lane); }

// In the last step the high lane's text or bytes are `pad` short of a whole quad or triple. These
// move its bytes by that many and shift in zeros; the low lane stays. Adding 0x70 turns an index of
// 16 or more into 0x80 or more, for which a shuffle gives 0, as it does for a negative one.
INLINE __m256i high_lane(size_t pad) {
  return _mm256_inserti128_si256(_mm256_setzero_si256(), _mm_set1_epi8((char)pad), 1);
}

INLINE __m256i indices(void) {
  return both(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

INLINE __m256i down(__m256i pad) {
  return _mm256_add_epi8(_mm256_add_epi8(indices(), _mm256_set1_epi8(0x70)), pad);
}

INLINE __m256i up(__m256i pad) { return _mm256_sub_epi8(indices(), pad); }

// The errors of a text: a bit of 0xc0 in `values` if a sum is not a 6-bit value, any bit in `low`
// if a character is below the lowest legal one of its hash.
struct offences {
  __m256i values, low;
};

// The 6-bit values of 32 characters.
//
// A character's hash is twice its high nibble plus a number for its low nibble, modulo 16. The
// numbers, found by search, are such that all legal characters of a hash have the same offset to
// their values, and every other character is below them or its sum is outside 0...63. A byte above
// ASCII is negative, below any floor. The average keeps the two bits that the shift brings in from
// the neighbour out of the hash; they reach bit 7, for which a shuffle gives 0, only with bytes
// from 0xfc on. Most of this avoids the two units that shuffle and shift.
INLINE __m256i values_of(__m256i text, struct offences *offences) {
  __m256i hash = _mm256_avg_epu8(
      _mm256_shuffle_epi8(
          both(_mm_setr_epi8(0, 0, 0, 0, 30, 30, 30, 30, 29, 29, 0, 3, 2, 2, 12, 12)), text),
      _mm256_srli_epi32(text, 2));
  __m256i offset = _mm256_shuffle_epi8(
      both(_mm_setr_epi8(
          -65, 0, -32, 0, -71, 0, 4, 17, -65, -65, -65, -65, -71, -71, -71, -71)),
      hash);
  __m256i floor = _mm256_shuffle_epi8(
      both(_mm_setr_epi8(
          78, 127, 95, 127, 110, 127, 48, 45, 65, 74, 80, 75, 97, 106, 112, 107)),
      hash);
  __m256i values = _mm256_add_epi8(text, offset);
  offences->values = _mm256_or_si256(offences->values, values);
  offences->low = _mm256_or_si256(offences->low, _mm256_cmpgt_epi8(floor, text));
  return values;
}

// Joins four 6-bit values to three bytes each: 12 bytes at the front of each lane.
INLINE __m256i join(__m256i values) {
  __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
  __m256i triples = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  return _mm256_shuffle_epi8(
      triples, both(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1)));
}

// Decodes 32 characters to 12 bytes at the front of each lane.
INLINE __m256i decode_32(const unsigned char *source, struct offences *offences) {
  return join(values_of(_mm256_loadu_si256((const __m256i *)source), offences));
}

static AVX2 int decode(unsigned char *target, const unsigned char *source, size_t count) {
  if (count < 22) return 0;
  size_t pad = -count & 3, end = count + pad, needed = end / 4 * 3 - pad, done = 0;
  struct offences offences = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  unsigned char *place = target;
  // Each lane writes 16 bytes for 12 if there is space; the next write overwrites the rest.
#pragma clang loop unroll_count(2)
  for (; done + 38 <= count; done += 32, place += 24) {
    __m256i bytes = decode_32(source + done, &offences);
    store(place, _mm256_castsi256_si128(bytes));
    store(place + 12, _mm256_extracti128_si256(bytes, 1));
  }
  if (end - done > 32) {
    __m256i bytes = decode_32(source + done, &offences);
    store(place, _mm256_castsi256_si128(bytes));
    store_12(place + 12, _mm256_extracti128_si256(bytes, 1));
  }
  // The last 32 characters, or of a shorter text the first 16 and the last 16.
  size_t first = end > 32 ? end - 32 : 0;
  __m256i values = values_of(load_lanes(source + first, source + count - 16), &offences);
  // The unused bits of the last character.
  __m256i stray = _mm256_setr_epi64x(0, 0, 0, (long long)(0x0f0300 >> 8 * pad & 255) << 56);
  __m256i offence = _mm256_or_si256(
      _mm256_and_si256(stray, values),
      _mm256_or_si256(
          _mm256_and_si256(offences.values, _mm256_set1_epi8((char)0xc0)), offences.low));
  __m256i shift = high_lane(pad);
  __m256i bytes = join(_mm256_shuffle_epi8(values, down(shift)));
  // Moves the high lane's bytes to the lane's end. The bytes before them belong to the low lane,
  // which is stored after it and writes exactly its 12 bytes.
  bytes = _mm256_shuffle_epi8(
      bytes, _mm256_sub_epi8(
                 _mm256_setr_epi8(
                     0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -4, -3, -2, -1, 0, 1, 2,
                     3, 4, 5, 6, 7, 8, 9, 10, 11),
                 shift));
  store(target + needed - 16, _mm256_extracti128_si256(bytes, 1));
  store_12(target + first / 4 * 3, _mm256_castsi256_si128(bytes));
  return _mm256_testz_si256(offence, offence);
}

AVX2 int jot_base64url_decode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  int is_good = decode(target, source, count);
  // The text may be secret: Jot checks whether a secret is the text of a key.
  wipe_unoptimized_stack();
  return is_good;
}

// Shuffle indices for each triple of the 12 bytes from `first` on, in `spell`'s order: 1, 0, 2, 1.
INLINE __m128i triples_from(char first) {
  return _mm_add_epi8(
      _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10), _mm_set1_epi8(first));
}

INLINE __m256i triples_of_lanes(char low, char high) {
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(triples_from(low)), triples_from(high), 1);
}

// The 32 characters of eight triples.
INLINE __m256i spell(__m256i triples) {
  // If clang knows the factors, it generates shifts and a blend, which are slower.
  __m256i left = _mm256_set1_epi32(0x01000010);
  OPAQUE(left);
  // Each 16 bits hold two fields: one moves to the low byte, one to the high byte.
  __m256i even = _mm256_mulhi_epu16(triples, _mm256_set1_epi32(0x04000040));
  __m256i odd = _mm256_mullo_epi16(triples, left);
  __m256i fields = _mm256_blendv_epi8(even, odd, _mm256_set1_epi16((short)0xff00));
  __m256i values = _mm256_and_si256(fields, _mm256_set1_epi8(63));
  // The low nibble, by class: 3 for A...Z, 4 for a...z, 5 to 14 for the digits, 15 for - and 0
  // for _.
  __m256i class = _mm256_sub_epi8(
      _mm256_max_epu8(values, _mm256_set1_epi8(51)),
      _mm256_cmpgt_epi8(values, _mm256_set1_epi8(25)));
  __m256i offset = _mm256_shuffle_epi8(
      both(_mm_setr_epi8(32, 0, 0, 65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -17)), class);
  return _mm256_add_epi8(values, offset);
}

// The characters of 24 bytes; the lanes hold the bytes from the first and from the eighth on.
INLINE __m256i spell_24(__m256i lanes) {
  return spell(_mm256_shuffle_epi8(lanes, triples_of_lanes(0, 4)));
}

INLINE __m256i encode_24(const unsigned char *source) {
  return spell_24(load_lanes(source, source + 8));
}

// As above in fewer steps, if four bytes before and four behind can be read.
INLINE __m256i encode_inner_24(const unsigned char *source) {
  __m256i bytes = _mm256_loadu_si256((const __m256i *)(source - 4));
  return spell(_mm256_shuffle_epi8(bytes, triples_of_lanes(4, 0)));
}

// The characters of the last bytes, at the end of the high lane; zeros before them. The lanes hold
// the 12 bytes before the last four triples, and the last 16.
INLINE __m256i spell_last(__m256i lanes, __m256i pad) {
  __m256i triples = _mm256_add_epi8(triples_of_lanes(0x70, 0x74), pad);
  return _mm256_shuffle_epi8(spell(_mm256_shuffle_epi8(lanes, triples)), up(pad));
}

// Encodes a digest of 32 bytes. It is usually a MAC just computed, so it is read in the halves in
// which it was written: a load that spans two stores must wait for both.
INLINE void encode_digest(unsigned char *target, const unsigned char *bytes) {
  __m128i low = load(bytes), high = load(bytes + 16);
  __m256i start = spell_24(_mm256_set_m128i(_mm_alignr_epi8(high, low, 8), low));
  __m256i lanes = _mm256_set_m128i(high, _mm_alignr_epi8(high, low, 9));
  __m256i last = spell_last(lanes, high_lane(1));
  store(target + 27, _mm256_extracti128_si256(last, 1));
  _mm256_storeu_si256((__m256i *)target, start);
}

AVX2 int jot_base64url_encode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  if (count < 16) return 0;
  if (count == 32) {
    encode_digest(target, source);
    return 1;
  }
  size_t triples = (count + 2) / 3, end = triples * 3, pad = end - count, done = 0;
  unsigned char *place = target;
  if (end > 24) {
    _mm256_storeu_si256((__m256i *)place, encode_24(source));
    done = 24, place += 32;
    for (; done + 28 <= count; done += 24, place += 32) {
      _mm256_storeu_si256((__m256i *)place, encode_inner_24(source + done));
    }
    if (end - done > 24) _mm256_storeu_si256((__m256i *)place, encode_24(source + done));
  }
  size_t first = triples > 8 ? triples - 8 : 0;
  __m256i lanes = load_lanes(source + first * 3, source + count - 16);
  __m256i last = spell_last(lanes, high_lane(pad));
  store(target + triples * 4 - pad - 16, _mm256_extracti128_si256(last, 1));
  store(target + first * 4, _mm256_castsi256_si128(last));
  return 1;
}

// The differences in the last characters; the low lane has those before the high lane's.
INLINE __m256i last_difference(__m256i text, __m256i lanes, __m256i pad) {
  __m256i before = _mm256_cmpgt_epi8(pad, indices());
  return _mm256_andnot_si256(before, _mm256_xor_si256(text, spell_last(lanes, pad)));
}

// A digest of 32 bytes is usually a MAC just computed, so it is read in the halves in which it was
// written: a load that spans two stores must wait for both.
INLINE __m256i difference_32(const unsigned char *text, const unsigned char *bytes) {
  __m128i low = load(bytes), high = load(bytes + 16);
  __m256i start = spell_24(_mm256_set_m128i(_mm_alignr_epi8(high, low, 8), low));
  __m256i other = _mm256_xor_si256(start, _mm256_loadu_si256((const __m256i *)text));
  __m256i lanes = _mm256_set_m128i(high, _mm_alignr_epi8(high, low, 9));
  // Otherwise clang assembles these characters from those loaded above.
  __asm__("" : "+r"(text));
  __m256i here = load_lanes(text + 12, text + 27);
  return _mm256_or_si256(other, last_difference(here, lanes, high_lane(1)));
}

static AVX2 int matches(const unsigned char *text, const unsigned char *bytes, size_t count) {
  __m256i difference = _mm256_setzero_si256();
  if (count == 32) {
    difference = difference_32(text, bytes);
  } else {
    size_t triples = (count + 2) / 3, end = triples * 3, pad = end - count;
    const unsigned char *place = text;
    for (size_t done = 0; done + 24 < end; done += 24, place += 32) {
      __m256i here = _mm256_loadu_si256((const __m256i *)place);
      __m256i other = _mm256_xor_si256(here, encode_24(bytes + done));
      difference = _mm256_or_si256(difference, other);
    }
    size_t first = triples > 8 ? triples - 8 : 0;
    __m256i here = load_lanes(text + first * 4, text + triples * 4 - pad - 16);
    __m256i lanes = load_lanes(bytes + first * 3, bytes + count - 16);
    __m256i other = last_difference(here, lanes, high_lane(pad));
    difference = _mm256_or_si256(difference, other);
  }
  return _mm256_testz_si256(difference, difference);
}

AVX2 int jot_base64url_matches_avx2(
    const unsigned char *text, const unsigned char *bytes, size_t count) {
  int is_same = matches(text, bytes, count);
  wipe_unoptimized_stack();
  return is_same;
}

#else
int jot_base64url_decode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  return 0;
}
int jot_base64url_encode_avx2(
    unsigned char *target, const unsigned char *source, size_t count) {
  return 0;
}
int jot_base64url_matches_avx2(
    const unsigned char *text, const unsigned char *bytes, size_t count) {
  return 0;
}
#endif
