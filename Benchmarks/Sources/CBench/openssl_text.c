// The engine `openssl` for texts: EVP_DecodeBlock and EVP_EncodeBlock, over the standard alphabet.
#include "bench.h"

#include <openssl/evp.h>
#include <string.h>

static uint64_t words(const bench_texts *pool) {
  uint64_t first, last;
  memcpy(&first, pool->room, sizeof first);
  memcpy(&last, pool->room + pool->answer_count - sizeof last, sizeof last);
  return first + last;
}

uint64_t bench_run_decode(const bench_texts *pool, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = pool->texts + at * pool->size;
    if (EVP_DecodeBlock(pool->room, text, (int)pool->size) >= 0) sum += words(pool);
    if (++at == pool->count) at = 0;
  }
  *cursor = at;
  return sum;
}

uint64_t bench_run_encode(const bench_texts *pool, size_t *cursor, size_t count) {
  uint64_t sum = 0;
  size_t at = *cursor;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = pool->texts + at * pool->size;
    if (EVP_EncodeBlock(pool->room, text, (int)pool->size) > 0) sum += words(pool);
    if (++at == pool->count) at = 0;
  }
  *cursor = at;
  return sum;
}
