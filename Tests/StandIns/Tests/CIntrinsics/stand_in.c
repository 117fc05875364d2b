// The operations by plain C.
#include "../../include/immintrin.h"

#define IN_SSE2
#define IN_SHA
#define IN_AVX2
#define IN_FMA
#define IN_BMI2
#define IN_AVX512
#define IN_IFMA
#define IN_VBMI
#include "calls.h"

size_t intrinsics_count(void) { return sizeof operations / sizeof *operations; }

const char *intrinsics_expression(size_t index) {
  static const char *const expressions[] = {
#define OPERATION(SET, RESULT, ...) #__VA_ARGS__,
#include "operations.h"
#undef OPERATION
  };
  return expressions[index];
}

intrinsics_result intrinsics_stand_in(size_t index, const intrinsics_operands *operands) {
  return call(index, operands);
}
