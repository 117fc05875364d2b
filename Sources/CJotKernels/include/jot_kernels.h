// Kernels for instruction sets that Swift can't express. A kernel refuses what it does not support
// and reports no error: the portable Swift code above it finds the error.
#pragma once
#include <stddef.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// The kernels for x86-64 are compiled for it; and for every CPU in Tests/StandIns, where plain C
// stands in for their intrinsics.
#if defined(__x86_64__) || defined(JOT_STAND_INS)
#define JOT_X86_KERNELS
#endif

// These functions touch only their arguments; the attribute tells Swift's allocation check.
#define JOT_KERNEL __attribute__((swift_attr("@_noAllocation"), visibility("hidden")))

/// Instruction sets with kernels. The files of a set are compiled for no instructions beyond it, as
/// PackageTests checks.
enum {
  /// AVX2, BMI1, BMI2 and FMA.
  JOT_AVX2 = 1,
  /// SHA extensions and SSE4.1.
  JOT_SHA = 2,
  /// JOT_AVX2 and AVX-512 F, BW, DQ, VL and IFMA.
  JOT_IFMA = 4,
  /// JOT_AVX2 and AVX-512 F, BW, DQ, VL and VBMI.
  JOT_VBMI = 8,
  /// No set: OpenSSL's providers compute every hash, MAC and signature.
  JOT_OPENSSL = 16,
  /// BMI2 and ADX: MULX, ADCX and ADOX.
  JOT_ADX = 32,
};

/// What an x86-64 CPU reports, and which registers the system saves.
typedef struct {
  /// CPUID's leaf 1, and leaf 7 of subleaf 0.
  unsigned leaf1_ecx, leaf7_ebx, leaf7_ecx;
  /// XCR0; 0 if the system has not enabled XGETBV.
  unsigned xcr0;
} jot_cpu;

/// The sets of such a CPU.
JOT_KERNEL unsigned jot_kernels_of(const jot_cpu *cpu);

/// The sets that this CPU has and the environment allows. JOT_KERNELS lists avx2, adx, sha, ifma,
/// vbmi separated by commas; any other word, as in JOT_KERNELS=portable, allows none of them, and
/// with openssl among them it is JOT_OPENSSL alone. Determined once, before main; changed only by
/// jot_leave_to_openssl.
extern unsigned jot_kernels_here __attribute__((visibility("hidden")));

__attribute__((swift_attr("@_noAllocation"))) static inline unsigned jot_kernels(void) {
  return jot_kernels_here;
}

extern int jot_fast_sha_here __attribute__((visibility("hidden")));

/// Whether an instruction of the SHA extensions can start every two cycles, as on AMD's CPUs; on
/// Intel's every three. Determined once, before main.
__attribute__((swift_attr("@_noAllocation"))) static inline int jot_has_fast_sha(void) {
  return jot_fast_sha_here;
}

/// Makes jot_kernels JOT_OPENSSL alone and returns 1; or returns 0 if a key that needs Jot's own
/// code was made. Call it before other threads call Jot.
JOT_KERNEL int jot_leave_to_openssl(void);

/// Settles, before a key is made, what it is made for. Returns whether OpenSSL's providers.
JOT_KERNEL int jot_settle(void);

/// Writes the 32 bytes of HMAC-SHA-256 of message[0..<count]. `states` are the key's after its
/// inner block and after its outer block, eight words each. Branches on `count` only.
JOT_KERNEL void jot_hmac_sha256_shani(
    unsigned char *tag, const unsigned states[16], const unsigned char *message, size_t count);

/// Writes the 32 bytes of SHA-256 of message[0..<count].
JOT_KERNEL void jot_sha256_shani(
    unsigned char *digest, const unsigned char *message, size_t count);

/// Writes the offsets of the first five dots of token[0..<count] and returns how many there are.
/// `count` is 32 or more.
JOT_KERNEL int jot_find_dots_avx2(const unsigned char *token, size_t count, size_t places[5]);

/// Returns the offset of the first byte of text[at..<count] that is a quote, a backslash, a control
/// character or above ASCII; `count` if there is none. `at` is at most `count`.
JOT_KERNEL size_t jot_json_plain_avx2(const unsigned char *text, size_t at, size_t count);

/// The registered members of a payload or a header: seven values in JSONValue's form, 0 if absent
/// (iss, sub, aud, exp, nbf, iat, jti; or alg, typ, kid, cty, crit, b64), and three times of a
/// payload in seconds (exp, nbf, iat). One array, because a vector of four words is stored across
/// both.
typedef struct {
  unsigned long long words[10];
} jot_members;

/// Reads the JSON object buffer[start..<start + count] if it is plain: at most 12,288 bytes, 32
/// names besides the registered ones, all without escapes, depth 64, no whitespace but spaces,
/// times in at most 15 digits. Returns 0 if it is not plain or not JSON; `members` is then
/// unspecified. Otherwise bit 0 is 1; bit 1 tells whether iss, sub and jti, if present, are strings
/// and the times numbers; the bits from 8 on tell which members are present and not null. `members`
/// must be zeros before; those of absent claims stay zero. Offsets count from the buffer's front.
/// Writes 8 bytes behind the text, reads 64 there.
JOT_KERNEL int jot_json_claims_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members);
JOT_KERNEL int jot_json_header_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members);

/// Writes source[0..<count] in quotes if JSON needs no escape for it: ASCII without control
/// characters, quotes, backslashes and DEL; after a comma if `comma` is 1, without one if it is 0.
/// Returns 1; or 0 if it needs an escape; the target's count + 3 bytes are then unspecified.
JOT_KERNEL int jot_json_string(
    unsigned char *target, const unsigned char *source, size_t count, size_t comma);

/// As above, for a member name of three lower-case letters, such as the registered claims, with its
/// colon: six bytes, and the comma. Returns 0 and writes nothing if the name has other characters.
__attribute__((swift_attr("@_noAllocation"))) static inline int jot_json_name_3(
    unsigned char *target, const unsigned char *source, size_t comma) {
  unsigned short two, last = '"' | ':' << 8;
  __builtin_memcpy(&two, source, 2);
  unsigned name = two | (unsigned)source[2] << 16;
  // Of the characters from 0x60 on, only DEL is escaped: adding one sets its top bit.
  if ((name & 0xe0e0e0u) != 0x606060u || ((name + 0x010101u) & 0x808080u) != 0) return 0;
  unsigned first = '"' | name << 8;
  *target = ',';
  target += comma;
  __builtin_memcpy(target, &first, 4);
  __builtin_memcpy(target + 4, &last, 2);
  return 1;
}

/// Decodes base64url, source[0..<count], and returns 1. Returns 0 if a character is outside the
/// alphabet, the last one has unused bits set, or the text is too short for the kernel (AVX2: below
/// 22 characters). `count` is not 1 modulo 4. Reads source[0..<count], writes within
/// target[0..<3 * count / 4].
JOT_KERNEL int jot_base64url_decode_avx2(
    unsigned char *target, const unsigned char *source, size_t count);
JOT_KERNEL int jot_base64url_decode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count);

/// Encodes source[0..<count] and returns 1. Returns 0 and writes nothing if it is too short for the
/// kernel (AVX2: below 16 bytes). Branches on `count` only, and looks nothing up in memory: safe
/// for secret bytes. Reads source[0..<count], writes (4 * count + 2) / 3 characters.
JOT_KERNEL int jot_base64url_encode_avx2(
    unsigned char *target, const unsigned char *source, size_t count);
JOT_KERNEL int jot_base64url_encode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count);

/// Returns whether the (4 * count + 2) / 3 characters at `text` are the base64url of
/// bytes[0..<count], in a time that depends on `count` only. Reads no other character. `count` is
/// 16 or more.
JOT_KERNEL int jot_base64url_matches_avx2(
    const unsigned char *text, const unsigned char *bytes, size_t count);
JOT_KERNEL int jot_base64url_matches_vbmi(
    const unsigned char *text, const unsigned char *bytes, size_t count);

/// Returns whether the bytes are equal; not for secrets. Headers and audiences have 4 to 64 bytes,
/// which two or four loads, overlapping from both ends, compare without a call.
__attribute__((swift_attr("@_noAllocation"))) static inline int jot_equal(
    const unsigned char *left, const unsigned char *right, size_t count) {
#if defined(__SSE2__)
#define JOT_SAME(at) \
  _mm_cmpeq_epi8( \
      _mm_loadu_si128((const __m128i *)(left + (at))), \
      _mm_loadu_si128((const __m128i *)(right + (at))))
  if (count >= 16 && count <= 64) {
    size_t step = count > 32 ? 16 : 0;
    __m128i same = _mm_and_si128(
        _mm_and_si128(JOT_SAME(0), JOT_SAME(step)),
        _mm_and_si128(JOT_SAME(count - 16 - step), JOT_SAME(count - 16)));
    return _mm_movemask_epi8(same) == 0xffff;
  }
#undef JOT_SAME
#endif
#define JOT_DIFFER(type, at) \
  (__extension__({ \
    type one, other; \
    __builtin_memcpy(&one, left + (at), sizeof one); \
    __builtin_memcpy(&other, right + (at), sizeof other); \
    one ^ other; \
  }))
  if (count >= 4 && count < 16) {
    if (count >= 8) {
      return (JOT_DIFFER(unsigned long long, 0) | JOT_DIFFER(unsigned long long, count - 8)) == 0;
    }
    return (JOT_DIFFER(unsigned, 0) | JOT_DIFFER(unsigned, count - 4)) == 0;
  }
#undef JOT_DIFFER
  return __builtin_memcmp(left, right, count) == 0;
}

/// Copies `count` bytes; up to 64 without a call, in overlapping parts.
__attribute__((swift_attr("@_noAllocation"))) static inline void jot_copy_short(
    unsigned char *restrict target, const unsigned char *restrict source, size_t count) {
#define JOT_COPY(at, size) __builtin_memcpy(target + (at), source + (at), size)
  if (count > 64) {
    __builtin_memcpy(target, source, count);
  } else if (count >= 16) {
    // Copy the end first: a reader from the front on then finds each 16 bytes in a single store.
    JOT_COPY(count - 16, 16);
    JOT_COPY(0, 16);
    if (count > 32) {
      JOT_COPY(16, 16);
      if (count > 48) JOT_COPY(32, 16);
    }
  } else if (count >= 8) {
    JOT_COPY(0, 8);
    JOT_COPY(count - 8, 8);
  } else if (count >= 4) {
    JOT_COPY(0, 4);
    JOT_COPY(count - 4, 4);
  } else if (count > 0) {
    target[0] = source[0];
    target[count / 2] = source[count / 2];
    target[count - 1] = source[count - 1];
  }
#undef JOT_COPY
}

/// Begins to load the cache line of any address, valid or not.
__attribute__((swift_attr("@_noAllocation"))) static inline void jot_prefetch(size_t address) {
  __builtin_prefetch((const void *)address);
}

enum { JOT_MOST_CPUS = 64 };

extern unsigned jot_cpus_here __attribute__((visibility("hidden")));

/// Returns how many CPUs this process may use, 1 to JOT_MOST_CPUS; determined once, before main.
__attribute__((swift_attr("@_noAllocation"))) static inline unsigned jot_cpus(void) {
  return jot_cpus_here;
}

/// The CPU of this thread, or 0 if unknown: a hint to keep threads apart.
JOT_KERNEL int jot_current_cpu(void);

/// Lets another thread run.
JOT_KERNEL void jot_yield(void);
