// SHA-256 of one message with the SHA extensions, and HMAC from a key's two prepared states. The
// state stays in registers from the first block to the tag, and the inner digest becomes the outer
// block without touching memory. Branches and addresses depend on the length only.
//
// 64 rounds are a chain of 32 instructions of four cycles each. Everything else fits beside it if
// nothing waits. So the last block is assembled first: bytes stored with one width and loaded with
// another must have reached the cache.
#include "jot_sha2_batch.h"

#if defined(JOT_X86_KERNELS)
#include "sha256_shani.h"
#include "../wipe_stack.h"
#include <string.h>

/// Compresses one block of sixteen words into the state.
INLINE_SHANI State compress(State state, __m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  __m128i abef = state.abef, cdgh = state.cdgh;
#pragma clang loop unroll(full)
  for (int four = 0; four < 16; four++) {
    __m128i sum = with_constants(w0, four);
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    __m128i next = four < 12 ? schedule(w0, w1, w2, w3) : w0;
    w0 = w1, w1 = w2, w2 = w3, w3 = next;
  }
  return (State){_mm_add_epi32(abef, state.abef), _mm_add_epi32(cdgh, state.cdgh)};
}

INLINE_SHANI State block(State state, const unsigned char *bytes) {
  const __m128i *w = (const __m128i *)bytes;
  return compress(
      state, swapped(_mm_loadu_si128(w)), swapped(_mm_loadu_si128(w + 1)),
      swapped(_mm_loadu_si128(w + 2)), swapped(_mm_loadu_si128(w + 3)));
}

/// Continues from the state of eight words, reached after `before` bytes, with message[0..<count]
/// and the padding.
INLINE_SHANI State hash(
    const void *words, size_t before, const unsigned char *message, size_t count) {
  // The rest of the message, a one bit, zeros, the length in bits: one block or two. The message
  // ends at buffer + 64, so that its last 64 bytes can be copied at once, if there are as many.
  unsigned char buffer[64 + 128] __attribute__((aligned(16)));
  size_t rest = count % 64;
  const unsigned char *end = message + (count - rest);
  unsigned char *last = buffer + 64 - rest;
  memset(buffer + 64, 0, 128);
  if (count >= 64)
    memcpy(buffer, end + rest - 64, 64);
  else if (rest != 0)
    memcpy(last, message, rest);
  last[rest] = 0x80;
  unsigned char *after = last + (rest < 56 ? 64 : 128);
  unsigned long long bits = __builtin_bswap64(((unsigned long long)count + before) * 8);
  memcpy(after - 8, &bits, 8);

  // Not earlier: a call above would spill the key's state to the stack.
  State state = load(words);
  for (; message != end; message += 64) state = block(state, message);
  for (; last != after; last += 64) state = block(state, last);
  return state;
}

static SHANI void hash_one(
    unsigned char *digest, const void *inner, const void *outer, const unsigned char *message,
    size_t count) {
  State state = hash(inner, outer == NULL ? 0 : 64, message, count);
  if (outer != NULL) {
    // The outer block is the digest, a one bit, zeros, and the length of key block and digest.
    __m128i abcd, efgh;
    split(state, &abcd, &efgh);
    state = compress(
        load(outer), abcd, efgh, _mm_set_epi32(0, 0, 0, (int)0x80000000u),
        _mm_set_epi32((64 + 32) * 8, 0, 0, 0));
  }
  store(state, digest);
}

SHANI void sha256_one_shani(
    unsigned char *digest, const void *inner, const void *outer, const unsigned char *message,
    size_t count) {
  hash_one(digest, inner, outer, message, count);
  wipe_unoptimized_stack();
}

void jot_hmac_sha256_shani(
    unsigned char *tag, const unsigned states[16], const unsigned char *message, size_t count) {
  sha256_one_shani(tag, states, states + 8, message, count);
}

void jot_sha256_shani(unsigned char *digest, const unsigned char *message, size_t count) {
  sha256_one_shani(digest, jot_sha2_initial(32), NULL, message, count);
}

#else
void jot_hmac_sha256_shani(
    unsigned char *tag, const unsigned states[16], const unsigned char *message, size_t count) {
}
void jot_sha256_shani(unsigned char *digest, const unsigned char *message, size_t count) {}
#endif
