// The operations of operations.h by real instructions and by stand-ins.
#pragma once
#include <stddef.h>

typedef struct {
  /// Three vectors of 64 bytes.
  unsigned char vectors[3][64];
  unsigned long long mask, number;
  /// Bits 13 and 14 of MXCSR, while the operation runs.
  unsigned rounding;
} intrinsics_operands;

/// What an operation gives, and what it stores.
typedef struct {
  unsigned char result[64], stored[128];
} intrinsics_result;

size_t intrinsics_count(void);
const char *intrinsics_expression(size_t index);

/// Whether this CPU has the instruction; only then may intrinsics_real be called.
int intrinsics_is_real(size_t index);
intrinsics_result intrinsics_real(size_t index, const intrinsics_operands *operands);
intrinsics_result intrinsics_stand_in(size_t index, const intrinsics_operands *operands);
