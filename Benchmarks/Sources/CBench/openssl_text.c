// The engine `openssl` for texts: EVP_DecodeBlock and EVP_EncodeBlock, over the standard alphabet.
#include "bench.h"

#include <openssl/evp.h>
#include <string.h>

static uint64_t words(const bench_texts *pool) {
  uint64_t first, last;
  memcpy(&first, pool->buffer, sizeof first);
  memcpy(&last, pool->buffer + pool->answer_count - sizeof last, sizeof last);
  return first + last;
}

uint64_t bench_run_decode(const bench_texts *pool, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t index = *cursor;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = pool->texts + index * pool->size;
    if (EVP_DecodeBlock(pool->buffer, text, (int)pool->size) >= 0) sum += words(pool);
    if (++index == pool->count) index = 0;
  }
  *cursor = index;
  return sum;
}

uint64_t bench_run_encode(const bench_texts *pool, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t index = *cursor;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = pool->texts + index * pool->size;
    if (EVP_EncodeBlock(pool->buffer, text, (int)pool->size) > 0) sum += words(pool);
    if (++index == pool->count) index = 0;
  }
  *cursor = index;
  return sum;
}
