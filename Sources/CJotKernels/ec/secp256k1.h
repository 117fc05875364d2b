// The curve secp256k1 (SEC 2, 2.4.1): y^2 = x^3 + b over the integers modulo `prime`.
#define LIMBS 4
#define BITS 256
#define A_IS_ZERO 1

#include "ec_sizes.h"
#include "ec_words.h"

enum {
  /// Bytes of a coordinate and of a scalar.
  BYTES = 32,
  /// Bits of a digit, and digits of a scalar: of the key's table, and of the generator's.
  OWN_WIDTH = 6, OWN_WINDOWS = 43, SHARED_WIDTH = 8, SHARED_WINDOWS = 32,
  TABLE_WORDS = SECP256K1_WORDS, SHARED_WORDS = SECP256K1_SHARED_WORDS,
};

static const Words prime = {{
    0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
}};
static const Words curve_b = {{
    0x0000000000000007, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
}};
static const Words generator_x = {{
    0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac,
}};
static const Words generator_y = {{
    0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465,
}};

/// n, the number of points, a prime; -1/n modulo 2^64; 2^(128 LIMBS) modulo n.
static const Words order = {{
    0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff,
}};
static const Limb order_inverse = 0x4b0dff665588b13f;
static const Words order_square = {{
    0x896cf21467d7d140, 0x741496c20e7cf878, 0xe697f5e45bcd07c6, 0x9d671cd581c69bc5,
}};
