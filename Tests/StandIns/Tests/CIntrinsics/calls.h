// A function for each operation, and one that calls them by index; a part of real.c and stand_in.c.
#include "intrinsics.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef __m128i X;
typedef __m256i Y;
typedef __m512i Z;
typedef __m256d D;
typedef long long i64;

/// Addresses for an operation: whole vectors, and the end of a page behind which none can be touched.
typedef struct {
  unsigned char *from, *to, *whole, *target;
} Places;

/// A finite number of any size that a sum or product of three leaves finite.
static inline uint64_t finite(uint64_t bits) {
  return (bits & 0x800fffffffffffff) | (0x3bf + (bits >> 52 & 0x7f)) << 52;
}

#define OPERANDS \
  X xa, xb, xc; \
  Y ya, yb, yc; \
  Z za, zb, zc; \
  D da, db, dc; \
  uint64_t doubles[3][4]; \
  memcpy(doubles[0], in->vectors[0], 32), memcpy(doubles[1], in->vectors[1], 32); \
  memcpy(doubles[2], in->vectors[2], 32); \
  for (int i = 0; i < 12; i++) doubles[i / 4][i % 4] = finite(doubles[i / 4][i % 4]); \
  memcpy(&xa, in->vectors[0], sizeof xa), memcpy(&ya, in->vectors[0], sizeof ya); \
  memcpy(&xb, in->vectors[1], sizeof xb), memcpy(&yb, in->vectors[1], sizeof yb); \
  memcpy(&xc, in->vectors[2], sizeof xc), memcpy(&yc, in->vectors[2], sizeof yc); \
  memcpy(&za, in->vectors[0], sizeof za), memcpy(&da, doubles[0], sizeof da); \
  memcpy(&zb, in->vectors[1], sizeof zb), memcpy(&db, doubles[1], sizeof db); \
  memcpy(&zc, in->vectors[2], sizeof zc), memcpy(&dc, doubles[2], sizeof dc); \
  uint64_t k = in->mask, n = in->number; \
  unsigned char *from = places->from, *to = places->to; \
  unsigned char *whole = places->whole, *target = places->target; \
  (void)xa, (void)xb, (void)xc, (void)ya, (void)yb, (void)yc, (void)za, (void)zb, (void)zc; \
  (void)da, (void)db, (void)dc, (void)k, (void)n; \
  (void)from, (void)to, (void)whole, (void)target

#define JOINED(name, line) name##line
#define NAME(line) JOINED(operation_, line)
#define OPERATION(SET, RESULT, ...) \
  IN_##SET static __attribute__((noinline)) void NAME(__LINE__)( \
      const intrinsics_operands *in, const Places *places, unsigned char *out) { \
    OPERANDS; \
    RESULT result = __VA_ARGS__; \
    memcpy(out, &result, sizeof result); \
  }
#include "operations.h"
#undef OPERATION

typedef void (*Operation)(const intrinsics_operands *, const Places *, unsigned char *);
static const Operation operations[] = {
#define OPERATION(SET, RESULT, ...) NAME(__LINE__),
#include "operations.h"
#undef OPERATION
};

/// A page, and one behind it that can't be touched.
static unsigned char *edge(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *pages =
      mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) __builtin_trap();
  return pages + page;
}

static intrinsics_result call(size_t index, const intrinsics_operands *operands) {
  static __thread unsigned char *readable, *writable;
  if (readable == NULL) readable = edge(), writable = edge();
  // The last byte that the mask selects is the last that can be touched.
  size_t count = operands->mask == 0 ? 0 : 64 - (size_t)__builtin_clzll(operands->mask);
  unsigned char bytes[128] __attribute__((aligned(64)));
  memcpy(bytes, operands->vectors[1], 64), memcpy(bytes + 64, operands->vectors[2], 64);
  unsigned char target[128] __attribute__((aligned(64)));
  memset(target, 0xa5, sizeof target);
  memcpy(readable - count, bytes, count);
  memset(writable - count, 0xa5, count);
  Places places = {readable - count, writable - count, bytes, target};
  intrinsics_result result;
  memset(&result, 0, sizeof result);
  unsigned before = _mm_getcsr();
  _mm_setcsr(0x1f80 | (operands->rounding & 0x6000));
  operations[index](operands, &places, result.result);
  _mm_setcsr(before);
  memcpy(result.stored, target, sizeof target);
  for (size_t i = 0; i < count; i++) result.stored[i] ^= writable[i - (ptrdiff_t)count] ^ 0xa5;
  return result;
}
