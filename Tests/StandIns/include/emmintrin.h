// The part that jot_kernels.h includes.
#include "immintrin.h"
