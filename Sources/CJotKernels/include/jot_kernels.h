// Instruction-set kernels: what Swift can't say. Each takes whole blocks, stops before anything
// odd, and leaves errors to the portable Swift code above it, so a kernel has no error paths.
#pragma once
#include <stddef.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// These touch nothing but their arguments, which Swift's allocation check is told.
#define JOT_KERNEL __attribute__((swift_attr("@_noAllocation"), visibility("hidden")))

/// Sets of instructions that kernels are written for; what a set's files are compiled for lies in it,
/// as PackageTests checks.
enum {
  /// AVX2, BMI1, BMI2 and FMA.
  JOT_AVX2 = 1,
  /// SHA extensions and SSE4.1.
  JOT_SHA = 2,
  /// JOT_AVX2 and AVX-512 F, BW, DQ, VL and IFMA.
  JOT_IFMA = 4,
  /// JOT_AVX2 and AVX-512 F, BW, DQ, VL and VBMI.
  JOT_VBMI = 8,
};

/// What an x86-64 CPU says of itself, and the system of the registers that it keeps.
typedef struct {
  /// CPUID's leaf 1, and leaf 7 of subleaf 0.
  unsigned leaf1_ecx, leaf7_ebx, leaf7_ecx;
  /// XCR0; 0 where the system has not enabled XGETBV.
  unsigned xcr0;
} jot_cpu;

/// The sets that such a CPU has.
JOT_KERNEL unsigned jot_kernels_of(const jot_cpu *cpu);

/// Those that this CPU has and the environment allows: JOT_KERNELS names avx2, sha, ifma, vbmi with
/// commas between; any other word, as in JOT_KERNELS=portable, allows none of them. Decided once,
/// before main.
extern unsigned jot_kernels_here __attribute__((visibility("hidden")));

__attribute__((swift_attr("@_noAllocation"))) static inline unsigned jot_kernels(void) {
  return jot_kernels_here;
}

/// Writes the 32 bytes of HMAC-SHA-256 of message[0..<count]: `states` are the key's after its inner
/// block and after its outer one, eight words each. Branches on `count` only.
JOT_KERNEL void jot_hmac_sha256_shani(
    unsigned char *tag, const unsigned states[16], const unsigned char *message, size_t count);

/// Writes the 32 bytes of SHA-256 of message[0..<count].
JOT_KERNEL void jot_sha256_shani(
    unsigned char *digest, const unsigned char *message, size_t count);

/// Notes the places of the first five dots of token[0..<count] and returns how many there are.
/// `count` is 32 or more.
JOT_KERNEL int jot_find_dots_avx2(const unsigned char *token, size_t count, size_t places[5]);

/// Returns the place of the first byte of text[at..<count] that is a quote, a backslash, a control
/// character or above ASCII; `count` where there is none. `at` is at most `count`.
JOT_KERNEL size_t jot_json_plain_avx2(const unsigned char *text, size_t at, size_t count);

/// The registered members of a payload or a header: seven values as JSONValue has them, 0 where there
/// is none (iss, sub, aud, jti, exp, nbf, iat; or alg, typ, kid, cty, crit, b64), and three times of a
/// payload in seconds (exp, nbf, iat). One array, as a vector of four words is stored over both.
typedef struct {
  unsigned long long words[10];
} jot_members;

/// Reads the JSON object buffer[start..<start + count] where it is plain: at most 12,288 bytes, 32 names
/// beside the registered ones, none with escapes, depth 64, no space but spaces, times in at most 15
/// digits. Returns 0 where it is not plain or no JSON, and then `members` means nothing; otherwise 1 in
/// bit 0; in bit 1 whether iss, sub and jti are strings and the times numbers, where they are there; from
/// bit 8 on which are there and not null. They are zeros before; those of absent claims stay so. Places count from the
/// buffer's front. Writes 8 bytes behind the text, reads 64 there.
JOT_KERNEL int jot_json_claims_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members);
JOT_KERNEL int jot_json_header_avx2(
    unsigned char *buffer, size_t start, size_t count, jot_members *members);

/// Writes source[0..<count] between quotes where JSON has it as it stands: ASCII without control
/// characters, quotes, backslashes and DEL; before that a comma if `comma` is 1 and not 0. Returns 1,
/// or 0 where it is not so; then the target's count + 3 bytes mean nothing.
JOT_KERNEL int jot_json_string(
    unsigned char *target, const unsigned char *source, size_t count, size_t comma);

/// The same for a member's name of three lower-case letters, as the registered claims are, with its
/// colon: six bytes, and the comma. Returns 0 where the name has other characters, and then nothing is
/// written.
__attribute__((swift_attr("@_noAllocation"))) static inline int jot_json_name_3(
    unsigned char *target, const unsigned char *source, size_t comma) {
  unsigned short two, last = '"' | ':' << 8;
  __builtin_memcpy(&two, source, 2);
  unsigned name = two | (unsigned)source[2] << 16;
  // Of the characters from 0x60 on, DEL alone is escaped: one more, and its top bit is set.
  if ((name & 0xe0e0e0u) != 0x606060u || ((name + 0x010101u) & 0x808080u) != 0) return 0;
  unsigned first = '"' | name << 8;
  *target = ',';
  target += comma;
  __builtin_memcpy(target, &first, 4);
  __builtin_memcpy(target + 4, &last, 2);
  return 1;
}

/// Decodes base64url, source[0..<count], and returns 1; or 0 if a character is foreign or the last
/// one has stray bits, or if the text is too short for the kernel: below 22 characters for AVX2's.
/// `count` is not 1 modulo 4. Reads source[0..<count], writes within target[0..<3 * count / 4].
JOT_KERNEL int jot_base64url_decode_avx2(
    unsigned char *target, const unsigned char *source, size_t count);
JOT_KERNEL int jot_base64url_decode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count);

/// Encodes source[0..<count] and returns 1; or 0, with nothing written, if it is too short for the
/// kernel: below 16 bytes for AVX2's. Branches on `count` only, and looks nothing up in memory: safe
/// for secret bytes. Reads source[0..<count], writes the text's (4 * count + 2) / 3 characters.
JOT_KERNEL int jot_base64url_encode_avx2(
    unsigned char *target, const unsigned char *source, size_t count);
JOT_KERNEL int jot_base64url_encode_vbmi(
    unsigned char *target, const unsigned char *source, size_t count);

/// Returns whether the (4 * count + 2) / 3 characters at `text`, and no more are read, are the
/// base64url of bytes[0..<count], in a time that depends on `count` only. `count` is 16 or more.
JOT_KERNEL int jot_base64url_spells_avx2(
    const unsigned char *text, const unsigned char *bytes, size_t count);
JOT_KERNEL int jot_base64url_spells_vbmi(
    const unsigned char *text, const unsigned char *bytes, size_t count);

/// Returns whether the bytes are the same; not for secrets. Headers and audiences have 16 to 64, which
/// two or four loads at either end take without a call.
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
  return __builtin_memcmp(left, right, count) == 0;
}

/// Copies what is mostly 64 bytes or fewer: these without a call, in parts that overlap.
__attribute__((swift_attr("@_noAllocation"))) static inline void jot_copy_short(
    unsigned char *restrict target, const unsigned char *restrict source, size_t count) {
#define JOT_COPY(at, size) __builtin_memcpy(target + (at), source + (at), size)
  if (count > 64) {
    __builtin_memcpy(target, source, count);
  } else if (count >= 16) {
    // The end comes first: what reads from the front on then finds each 16 bytes in one store.
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

enum { JOT_MOST_CPUS = 64 };

extern unsigned jot_cpus_here __attribute__((visibility("hidden")));

/// Returns how many CPUs this process may use, 1 to JOT_MOST_CPUS; decided once, before main.
__attribute__((swift_attr("@_noAllocation"))) static inline unsigned jot_cpus(void) {
  return jot_cpus_here;
}

/// The CPU that this thread runs on, or 0 where nobody can say: a hint to keep threads apart.
JOT_KERNEL int jot_current_cpu(void);

/// Lets another thread run.
JOT_KERNEL void jot_yield(void);
