// Plain C for the intrinsics of Jot's kernels, as Intel's manual describes each instruction, so that
// the kernels run, as a test, on CPUs that lack the instructions. Slow, and of little-endian CPUs.
//
// A lanewise operation is defined once for all widths: x, y and z are the operands' lanes, `i` the
// lane of the result, `n` the immediate. IntrinsicsTests compares each that a kernel uses with the
// real instruction. A load or store touches only the bytes that the instruction touches: the
// sanitizers see the others.
#pragma once
#include <fenv.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The kernels' functions are compiled for the instructions that every CPU has.
#define target(instructions)

typedef long long __m128i __attribute__((__vector_size__(16), __aligned__(16)));
typedef long long __m256i __attribute__((__vector_size__(32), __aligned__(32)));
typedef long long __m512i __attribute__((__vector_size__(64), __aligned__(64)));
typedef double __m256d __attribute__((__vector_size__(32), __aligned__(32)));
typedef uint8_t __mmask8;
typedef uint64_t __mmask64;

// Only what touches memory is for the sanitizers to see: the rest would take them minutes. Inlined,
// an unrolled kernel would take the compiler minutes.
#define ACCESS static __attribute__((noinline, unused))
#define STAND_IN static __attribute__((noinline, unused, no_sanitize("address", "undefined")))

// MARK: - Lanewise operations

#define LANES_OF(VECTOR, LANE, x, from) \
  LANE x[sizeof(VECTOR) / sizeof(LANE)]; \
  memcpy(x, &from, sizeof x)

#define LANEWISE(VECTOR, LANE, VALUE) \
  LANE lanes[sizeof(VECTOR) / sizeof(LANE)]; \
  for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) lanes[i] = (LANE)(VALUE); \
  VECTOR result; \
  memcpy(&result, lanes, sizeof result); \
  return result

#define CONSTANT(VECTOR, NAME, LANE, SCALAR, VALUE) \
  STAND_IN VECTOR NAME(SCALAR n) { LANEWISE(VECTOR, LANE, VALUE); }

#define UNARY_N(VECTOR, NAME, LANE, VALUE) \
  STAND_IN VECTOR NAME(VECTOR a, unsigned n) { \
    LANES_OF(VECTOR, LANE, x, a); \
    LANEWISE(VECTOR, LANE, VALUE); \
  }

#define BINARY(VECTOR, NAME, LANE, VALUE) \
  STAND_IN VECTOR NAME(VECTOR a, VECTOR b) { \
    LANES_OF(VECTOR, LANE, x, a); \
    LANES_OF(VECTOR, LANE, y, b); \
    LANEWISE(VECTOR, LANE, VALUE); \
  }

#define BINARY_N(VECTOR, NAME, LANE, VALUE) \
  STAND_IN VECTOR NAME(VECTOR a, VECTOR b, unsigned n) { \
    LANES_OF(VECTOR, LANE, x, a); \
    LANES_OF(VECTOR, LANE, y, b); \
    LANEWISE(VECTOR, LANE, VALUE); \
  }

#define TERNARY(VECTOR, NAME, LANE, VALUE) \
  STAND_IN VECTOR NAME(VECTOR a, VECTOR b, VECTOR c) { \
    LANES_OF(VECTOR, LANE, x, a); \
    LANES_OF(VECTOR, LANE, y, b); \
    LANES_OF(VECTOR, LANE, z, c); \
    LANEWISE(VECTOR, LANE, VALUE); \
  }

#define TERNARY_N(VECTOR, NAME, LANE, VALUE) \
  STAND_IN VECTOR NAME(VECTOR a, VECTOR b, VECTOR c, unsigned n) { \
    LANES_OF(VECTOR, LANE, x, a); \
    LANES_OF(VECTOR, LANE, y, b); \
    LANES_OF(VECTOR, LANE, z, c); \
    LANEWISE(VECTOR, LANE, VALUE); \
  }

#define EACH_WIDTH(KIND, NAME, ...) \
  KIND(__m128i, _mm_##NAME, __VA_ARGS__) \
  KIND(__m256i, _mm256_##NAME, __VA_ARGS__) \
  KIND(__m512i, _mm512_##NAME, __VA_ARGS__)

// MARK: - Arithmetic

EACH_WIDTH(BINARY, add_epi8, uint8_t, x[i] + y[i])
EACH_WIDTH(BINARY, add_epi32, uint32_t, x[i] + y[i])
EACH_WIDTH(BINARY, add_epi64, uint64_t, x[i] + y[i])
EACH_WIDTH(BINARY, sub_epi8, uint8_t, x[i] - y[i])
EACH_WIDTH(BINARY, sub_epi64, uint64_t, x[i] - y[i])
EACH_WIDTH(BINARY, max_epu8, uint8_t, x[i] > y[i] ? x[i] : y[i])
EACH_WIDTH(BINARY, min_epu8, uint8_t, x[i] < y[i] ? x[i] : y[i])
EACH_WIDTH(BINARY, avg_epu8, uint8_t, (x[i] + y[i] + 1) >> 1)
EACH_WIDTH(BINARY, mullo_epi16, uint16_t, (unsigned)x[i] * y[i])
EACH_WIDTH(BINARY, mulhi_epu16, uint16_t, (unsigned)x[i] * y[i] >> 16)
EACH_WIDTH(BINARY, mul_epu32, uint64_t, (uint64_t)(uint32_t)x[i] * (uint32_t)y[i])

/// The sum of two products of an unsigned byte with a signed one, saturated.
STAND_IN int sum_of_bytes(uint16_t x, uint16_t y) {
  int sum = (x & 255) * (int8_t)(y & 255) + (x >> 8) * (int8_t)(y >> 8);
  return sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum;
}
EACH_WIDTH(BINARY, maddubs_epi16, uint16_t, sum_of_bytes(x[i], y[i]))

/// The sum of two products of signed words; modulo 2^32, as only four times 0x8000 overflows.
STAND_IN uint32_t sum_of_words(uint32_t x, uint32_t y) {
  return (uint32_t)((int16_t)x * (int16_t)y) + (uint32_t)((int16_t)(x >> 16) * (int16_t)(y >> 16));
}
EACH_WIDTH(BINARY, madd_epi16, uint32_t, sum_of_words(x[i], y[i]))

/// The product of the lowest 52 bits of both.
STAND_IN unsigned __int128 product_52(uint64_t x, uint64_t y) {
  return (unsigned __int128)(x & 0xfffffffffffff) * (y & 0xfffffffffffff);
}
EACH_WIDTH(
    TERNARY, madd52lo_epu64, uint64_t, x[i] + (uint64_t)(product_52(y[i], z[i]) & 0xfffffffffffff))
EACH_WIDTH(TERNARY, madd52hi_epu64, uint64_t, x[i] + (uint64_t)(product_52(y[i], z[i]) >> 52))

// MARK: - Bits

EACH_WIDTH(BINARY, and_si, uint64_t, x[i] & y[i])
EACH_WIDTH(BINARY, andnot_si, uint64_t, ~x[i] & y[i])
EACH_WIDTH(BINARY, or_si, uint64_t, x[i] | y[i])
EACH_WIDTH(BINARY, xor_si, uint64_t, x[i] ^ y[i])
#define _mm_and_si128 _mm_and_si
#define _mm256_and_si256 _mm256_and_si
#define _mm512_and_si512 _mm512_and_si
#define _mm256_andnot_si256 _mm256_andnot_si
#define _mm_or_si128 _mm_or_si
#define _mm256_or_si256 _mm256_or_si
#define _mm256_xor_si256 _mm256_xor_si

// A count of the lane's width or more shifts all bits out.
EACH_WIDTH(UNARY_N, slli_epi32, uint32_t, n > 31 ? 0 : x[i] << n)
EACH_WIDTH(UNARY_N, slli_epi64, uint64_t, n > 63 ? 0 : x[i] << n)
EACH_WIDTH(UNARY_N, srli_epi32, uint32_t, n > 31 ? 0 : x[i] >> n)
EACH_WIDTH(UNARY_N, srli_epi64, uint64_t, n > 63 ? 0 : x[i] >> n)
EACH_WIDTH(UNARY_N, ror_epi32, uint32_t, x[i] >> n % 32 | x[i] << (32 - n % 32) % 32)
EACH_WIDTH(UNARY_N, ror_epi64, uint64_t, x[i] >> n % 64 | x[i] << (64 - n % 64) % 64)

/// Bit by bit what the table `n` says; x is the highest bit of its index.
STAND_IN uint64_t by_table(uint64_t x, uint64_t y, uint64_t z, unsigned n) {
  uint64_t bits = 0;
  for (int index = 0; index < 8; index++)
    if (n >> index & 1)
      bits |= (index & 4 ? x : ~x) & (index & 2 ? y : ~y) & (index & 1 ? z : ~z);
  return bits;
}
EACH_WIDTH(TERNARY_N, ternarylogic_epi32, uint32_t, by_table(x[i], y[i], z[i], n))
EACH_WIDTH(TERNARY_N, ternarylogic_epi64, uint64_t, by_table(x[i], y[i], z[i], n))

// The eight bits of y's quadword from the bit that x names, around its end.
EACH_WIDTH(
    BINARY, multishift_epi64_epi8, uint8_t,
    y[i / 8 * 8 + x[i] / 8 % 8] >> x[i] % 8 | y[i / 8 * 8 + (x[i] / 8 + 1) % 8] << (8 - x[i] % 8))

/// Clears the bits of x from `n` on; the count is n's lowest byte.
STAND_IN unsigned long long _bzhi_u64(unsigned long long x, unsigned long long n) {
  return (n & 255) > 63 ? x : x & ((1ull << (n & 255)) - 1);
}

// MARK: - Comparisons

EACH_WIDTH(BINARY, cmpeq_epi8, uint8_t, x[i] == y[i] ? -1 : 0)
EACH_WIDTH(BINARY, cmpeq_epi64, uint64_t, x[i] == y[i] ? -1 : 0)
EACH_WIDTH(BINARY, cmpgt_epi8, int8_t, x[i] > y[i] ? -1 : 0)
EACH_WIDTH(BINARY, cmplt_epi8, int8_t, x[i] < y[i] ? -1 : 0)

/// The highest bit of each byte.
#define MOVEMASK(VECTOR, NAME, MASK) \
  STAND_IN MASK NAME(VECTOR a) { \
    LANES_OF(VECTOR, uint8_t, x, a); \
    uint64_t mask = 0; \
    for (size_t i = 0; i < sizeof x; i++) mask |= (uint64_t)(x[i] >> 7) << i; \
    return (MASK)mask; \
  }
MOVEMASK(__m128i, _mm_movemask_epi8, int)
MOVEMASK(__m256i, _mm256_movemask_epi8, int)
MOVEMASK(__m512i, _mm512_movepi8_mask, __mmask64)

/// A bit for each lane that fulfils the condition.
#define COMPARISON(NAME, LANE, CONDITION) \
  STAND_IN uint64_t NAME(__m512i a, __m512i b) { \
    LANES_OF(__m512i, LANE, x, a); \
    LANES_OF(__m512i, LANE, y, b); \
    uint64_t mask = 0; \
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) mask |= (uint64_t)(CONDITION) << i; \
    return mask; \
  }
COMPARISON(_mm512_cmpgt_epu64_mask, uint64_t, x[i] > y[i])
COMPARISON(_mm512_cmpeq_epi64_mask, uint64_t, x[i] == y[i])
COMPARISON(_mm512_test_epi64_mask, uint64_t, (x[i] & y[i]) != 0)
COMPARISON(_mm512_test_epi8_mask, uint8_t, (x[i] & y[i]) != 0)
COMPARISON(_mm512_cmpneq_epu8_mask, uint8_t, x[i] != y[i])

STAND_IN __mmask64 _mm512_mask_test_epi8_mask(__mmask64 k, __m512i a, __m512i b) {
  return k & _mm512_test_epi8_mask(a, b);
}
STAND_IN __mmask64 _mm512_mask_cmpneq_epu8_mask(__mmask64 k, __m512i a, __m512i b) {
  return k & _mm512_cmpneq_epu8_mask(a, b);
}

/// Whether no bit is set in both.
STAND_IN int _mm256_testz_si256(__m256i a, __m256i b) {
  LANES_OF(__m256i, uint64_t, x, a);
  LANES_OF(__m256i, uint64_t, y, b);
  return ((x[0] & y[0]) | (x[1] & y[1]) | (x[2] & y[2]) | (x[3] & y[3])) == 0;
}

// MARK: - Order of lanes

// Of each 16 bytes, those that the low four bits of an index name, or zero if its highest is set.
EACH_WIDTH(BINARY, shuffle_epi8, uint8_t, y[i] >> 7 ? 0 : x[i / 16 * 16 + y[i] % 16])
EACH_WIDTH(UNARY_N, shuffle_epi32, uint32_t, x[i / 4 * 4 + (n >> i % 4 * 2 & 3)])
EACH_WIDTH(BINARY, unpacklo_epi32, uint32_t, (i % 2 ? y : x)[i / 4 * 4 + i % 4 / 2])
EACH_WIDTH(BINARY, unpackhi_epi32, uint32_t, (i % 2 ? y : x)[i / 4 * 4 + 2 + i % 4 / 2])
EACH_WIDTH(BINARY, unpacklo_epi64, uint64_t, (i % 2 ? y : x)[i / 2 * 2])
EACH_WIDTH(BINARY, unpackhi_epi64, uint64_t, (i % 2 ? y : x)[i / 2 * 2 + 1])
EACH_WIDTH(BINARY_N, blend_epi16, uint16_t, (n >> i % 8 & 1 ? y : x)[i])
EACH_WIDTH(BINARY_N, blend_epi32, uint32_t, (n >> i % 8 & 1 ? y : x)[i])
EACH_WIDTH(TERNARY, blendv_epi8, uint8_t, (z[i] >> 7 ? y : x)[i])
UNARY_N(__m256i, _mm256_permute4x64_epi64, uint64_t, x[n >> 2 * i & 3])
BINARY(__m512i, _mm512_permutexvar_epi8, uint8_t, y[x[i] % 64])
BINARY(__m512i, _mm512_permutexvar_epi64, uint64_t, y[x[i] % 8])
TERNARY(__m512i, _mm512_permutex2var_epi8, uint8_t, (y[i] & 64 ? z : x)[y[i] % 64])

// Of each 16 bytes of x above those of y, from byte `n` on.
EACH_WIDTH(
    BINARY_N, alignr_epi8, uint8_t,
    i % 16 + n < 16 ? y[i + n] : i % 16 + n < 32 ? x[i + n - 16] : 0)
BINARY_N(__m512i, _mm512_alignr_epi64, uint64_t, i + n % 8 < 8 ? y[i + n % 8] : x[i + n % 8 - 8])

// Two quarters of x, then two of y.
BINARY_N(
    __m512i, _mm512_shuffle_i64x2, uint64_t, (i < 4 ? x : y)[2 * (n >> i / 2 * 2 & 3) + i % 2])
// Each half of the result is one of four halves, or zero.
BINARY_N(
    __m256i, _mm256_permute2x128_si256, uint64_t,
    n >> i / 2 * 4 & 8 ? 0 : (n >> i / 2 * 4 & 2 ? y : x)[(n >> i / 2 * 4 & 1) * 2 + i % 2])

STAND_IN __m512i _mm512_mask_blend_epi64(__mmask8 k, __m512i a, __m512i b) {
  LANES_OF(__m512i, uint64_t, x, a);
  LANES_OF(__m512i, uint64_t, y, b);
  LANEWISE(__m512i, uint64_t, (k >> i & 1 ? y : x)[i]);
}
STAND_IN __m512i _mm512_mask_add_epi64(__m512i other, __mmask8 k, __m512i a, __m512i b) {
  return _mm512_mask_blend_epi64(k, other, _mm512_add_epi64(a, b));
}
STAND_IN __m512i _mm512_mask_sub_epi64(__m512i other, __mmask8 k, __m512i a, __m512i b) {
  return _mm512_mask_blend_epi64(k, other, _mm512_sub_epi64(a, b));
}
STAND_IN __m512i _mm512_maskz_srli_epi64(__mmask8 k, __m512i a, unsigned n) {
  return _mm512_mask_blend_epi64(k, (__m512i){0}, _mm512_srli_epi64(a, n));
}

// MARK: - Widths

/// The first bytes of a vector, or the whole one and zeros behind it. Real casts leave those
/// undefined: no kernel may depend on them.
#define CAST(TO, NAME, FROM) \
  STAND_IN TO NAME(FROM from) { \
    TO result = {0}; \
    memcpy(&result, &from, sizeof from < sizeof result ? sizeof from : sizeof result); \
    return result; \
  }
CAST(__m128i, _mm256_castsi256_si128, __m256i)
CAST(__m128i, _mm512_castsi512_si128, __m512i)
CAST(__m256i, _mm512_castsi512_si256, __m512i)
CAST(__m256i, _mm256_zextsi128_si256, __m128i)
CAST(__m512i, _mm512_zextsi256_si512, __m256i)
CAST(__m256i, _mm256_castpd_si256, __m256d)
CAST(__m256d, _mm256_castsi256_pd, __m256i)

STAND_IN __m256i _mm256_set_m128i(__m128i high, __m128i low) {
  __m256i result;
  memcpy(&result, &low, 16);
  memcpy((char *)&result + 16, &high, 16);
  return result;
}
/// The upper half is undefined: a pattern, so that a kernel that uses it fails.
STAND_IN __m256i _mm256_castsi128_si256(__m128i low) {
  return _mm256_set_m128i((__m128i){0x5aa5c33c96690ff0, 0x5aa5c33c96690ff0}, low);
}
STAND_IN __m128i _mm256_extracti128_si256(__m256i a, unsigned n) {
  __m128i result;
  memcpy(&result, (char *)&a + n % 2 * 16, 16);
  return result;
}
STAND_IN __m256i _mm256_inserti128_si256(__m256i a, __m128i b, unsigned n) {
  memcpy((char *)&a + n % 2 * 16, &b, 16);
  return a;
}

STAND_IN __m512i _mm512_inserti64x4(__m512i a, __m256i b, unsigned n) {
  memcpy((char *)&a + n % 2 * 32, &b, 32);
  return a;
}

/// A vector of copies of one.
#define BROADCAST(TO, NAME, SIZE) \
  STAND_IN TO NAME(__m128i from) { \
    TO result; \
    for (size_t at = 0; at < sizeof result; at += SIZE) memcpy((char *)&result + at, &from, SIZE); \
    return result; \
  }
BROADCAST(__m256i, _mm256_broadcastsi128_si256, 16)
BROADCAST(__m512i, _mm512_broadcast_i32x4, 16)
BROADCAST(__m512i, _mm512_broadcastq_epi64, 8)

STAND_IN long long _mm_cvtsi128_si64(__m128i a) { return a[0]; }
STAND_IN __m128i _mm_cvtsi64_si128(long long a) { return (__m128i){a, 0}; }
STAND_IN int _mm_extract_epi32(__m128i a, unsigned n) {
  LANES_OF(__m128i, int, x, a);
  return x[n % 4];
}

// MARK: - Constants

CONSTANT(__m128i, _mm_set1_epi8, uint8_t, char, n)
CONSTANT(__m256i, _mm256_set1_epi8, uint8_t, char, n)
CONSTANT(__m512i, _mm512_set1_epi8, uint8_t, char, n)
CONSTANT(__m256i, _mm256_set1_epi16, uint16_t, short, n)
CONSTANT(__m256i, _mm256_set1_epi32, uint32_t, int, n)
CONSTANT(__m512i, _mm512_set1_epi32, uint32_t, int, n)
CONSTANT(__m256i, _mm256_set1_epi64x, uint64_t, long long, n)
CONSTANT(__m512i, _mm512_set1_epi64, uint64_t, long long, n)

STAND_IN __m128i _mm_setzero_si128(void) { return (__m128i){0}; }
STAND_IN __m256i _mm256_setzero_si256(void) { return (__m256i){0}; }
STAND_IN __m512i _mm512_setzero_si512(void) { return (__m512i){0}; }

STAND_IN __m128i _mm_set_epi64x(long long b, long long a) { return (__m128i){a, b}; }
STAND_IN __m256i _mm256_set_epi64x(long long d, long long c, long long b, long long a) {
  return (__m256i){a, b, c, d};
}
STAND_IN __m256i _mm256_setr_epi64x(long long a, long long b, long long c, long long d) {
  return (__m256i){a, b, c, d};
}
STAND_IN __m512i _mm512_set_epi64(
    long long h, long long g, long long f, long long e, long long d, long long c, long long b,
    long long a) {
  return (__m512i){a, b, c, d, e, f, g, h};
}

/// The lanes as listed, the first lowest.
#define LISTED(VECTOR, LANE, ...) \
  ({ \
    LANE lanes[sizeof(VECTOR) / sizeof(LANE)] = {__VA_ARGS__}; \
    VECTOR listed; \
    memcpy(&listed, lanes, sizeof listed); \
    listed; \
  })
#define _mm_setr_epi8(...) LISTED(__m128i, int8_t, __VA_ARGS__)
#define _mm256_setr_epi8(...) LISTED(__m256i, int8_t, __VA_ARGS__)
#define _mm_set_epi32(d, c, b, a) LISTED(__m128i, int, a, b, c, d)

// MARK: - Memory

/// A load and a store at any address, and those that an address which is not a multiple of the
/// vector's length traps.
ACCESS void require_aligned(const void *at, size_t size) {
  if ((uintptr_t)at % size != 0) __builtin_trap();
}
#define MEMORY(VECTOR, PREFIX, SUFFIX, POINTEE) \
  ACCESS VECTOR PREFIX##_loadu_##SUFFIX(const POINTEE *at) { \
    VECTOR result; \
    memcpy(&result, (const void *)at, sizeof result); \
    return result; \
  } \
  ACCESS VECTOR PREFIX##_load_##SUFFIX(const POINTEE *at) { \
    require_aligned(at, sizeof(VECTOR)); \
    return PREFIX##_loadu_##SUFFIX(at); \
  } \
  ACCESS void PREFIX##_storeu_##SUFFIX(POINTEE *at, VECTOR a) { \
    memcpy((void *)at, &a, sizeof a); \
  } \
  ACCESS void PREFIX##_store_##SUFFIX(POINTEE *at, VECTOR a) { \
    require_aligned(at, sizeof(VECTOR)); \
    PREFIX##_storeu_##SUFFIX(at, a); \
  }
MEMORY(__m128i, _mm, si128, __m128i)
MEMORY(__m256i, _mm256, si256, __m256i)
MEMORY(__m512i, _mm512, si512, void)

ACCESS void _mm_storel_epi64(__m128i *at, __m128i a) { memcpy((void *)at, &a, 8); }

/// Touches only the bytes whose bit is set, as the instructions do.
ACCESS __m512i _mm512_mask_loadu_epi8(__m512i other, __mmask64 k, const void *at) {
  LANES_OF(__m512i, uint8_t, x, other);
  LANEWISE(__m512i, uint8_t, k >> i & 1 ? ((const uint8_t *)at)[i] : x[i]);
}
ACCESS __m512i _mm512_maskz_loadu_epi8(__mmask64 k, const void *at) {
  return _mm512_mask_loadu_epi8((__m512i){0}, k, at);
}
ACCESS void _mm512_mask_storeu_epi8(void *at, __mmask64 k, __m512i a) {
  LANES_OF(__m512i, uint8_t, x, a);
  for (size_t i = 0; i < sizeof x; i++)
    if (k >> i & 1) ((uint8_t *)at)[i] = x[i];
}

// MARK: - Doubles

BINARY(__m256d, _mm256_add_pd, double, x[i] + y[i])
BINARY(__m256d, _mm256_sub_pd, double, x[i] - y[i])
TERNARY(__m256d, _mm256_fmadd_pd, double, __builtin_fma(x[i], y[i], z[i]))
BINARY(__m256d, _mm256_or_pd, uint64_t, x[i] | y[i])

// Of MXCSR only the rounding, bits 13 and 14: to nearest, down, up, towards zero.
static const int roundings[4] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
STAND_IN unsigned _mm_getcsr(void) {
  unsigned number = 0;
  while (roundings[number] != fegetround()) number++;
  return 0x1f80 | number << 13;
}
STAND_IN void _mm_setcsr(unsigned csr) { fesetround(roundings[csr >> 13 & 3]); }

// MARK: - SHA-256 (FIPS 180-4 §4.1.2, §6.2.2)

STAND_IN uint32_t rotated(uint32_t x, int n) { return x >> n | x << (32 - n); }

/// Two rounds: `cdgh` and `abef` have their first letter highest; the sums of words and constants
/// are the two lowest lanes. Returns the new a, b, e and f; the new c, d, g and h are `abef`.
STAND_IN __m128i _mm_sha256rnds2_epu32(__m128i cdgh, __m128i abef, __m128i sums) {
  LANES_OF(__m128i, uint32_t, x, cdgh);
  LANES_OF(__m128i, uint32_t, y, abef);
  LANES_OF(__m128i, uint32_t, sum, sums);
  uint32_t a = y[3], b = y[2], c = x[3], d = x[2], e = y[1], f = y[0], g = x[1], h = x[0];
  for (int round = 0; round < 2; round++) {
    uint32_t sigma1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    uint32_t sigma0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    uint32_t t1 = h + sigma1 + ((e & f) ^ (~e & g)) + sum[round];
    uint32_t t2 = sigma0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  return _mm_set_epi32((int)a, (int)b, (int)e, (int)f);
}

/// w[i] + sigma0(w[i + 1]) for four i; the last of the five words is the lowest of `later`.
STAND_IN __m128i _mm_sha256msg1_epu32(__m128i words, __m128i later) {
  LANES_OF(__m128i, uint32_t, w, words);
  LANES_OF(__m128i, uint32_t, next, later);
  LANEWISE(
      __m128i, uint32_t,
      w[i] + ({
        uint32_t x = i < 3 ? w[i + 1] : next[0];
        rotated(x, 7) ^ rotated(x, 18) ^ x >> 3;
      }));
}

/// Adds sigma1(w[i - 2]) for four i: of the first two from `before`'s highest lanes, of the others
/// from the first two.
STAND_IN __m128i _mm_sha256msg2_epu32(__m128i sums, __m128i before) {
  LANES_OF(__m128i, uint32_t, w, sums);
  LANES_OF(__m128i, uint32_t, last, before);
  for (int i = 0; i < 4; i++) {
    uint32_t x = i < 2 ? last[i + 2] : w[i - 2];
    w[i] += rotated(x, 17) ^ rotated(x, 19) ^ x >> 10;
  }
  LANEWISE(__m128i, uint32_t, w[i]);
}

#undef LANES_OF
