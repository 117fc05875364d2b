// The curve P-521 (FIPS 186-4, D.1.2.5): y^2 = x^3 - 3 x + b over the integers modulo `prime`.
#define LIMBS 9
#define BITS 521
#define A_IS_ZERO 0

#include "ec_sizes.h"
#include "ec_words.h"

enum {
  /// Bytes of a coordinate and of a scalar.
  BYTES = 66,
  /// Bits of a digit, and digits of a scalar: of the key's table, and of the generator's.
  OWN_WIDTH = 5, OWN_WINDOWS = 105, SHARED_WIDTH = 8, SHARED_WINDOWS = 66,
  TABLE_WORDS = P521_WORDS, SHARED_WORDS = P521_SHARED_WORDS,
};

static const Words prime = {{
    0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
    0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
    0x00000000000001ff,
}};
static const Words curve_b = {{
    0xef451fd46b503f00, 0x3573df883d2c34f1, 0x1652c0bd3bb1bf07, 0x56193951ec7e937b,
    0xb8b489918ef109e1, 0xa2da725b99b315f3, 0x929a21a0b68540ee, 0x953eb9618e1c9a1f,
    0x0000000000000051,
}};
static const Words generator_x = {{
    0xf97e7e31c2e5bd66, 0x3348b3c1856a429b, 0xfe1dc127a2ffa8de, 0xa14b5e77efe75928,
    0xf828af606b4d3dba, 0x9c648139053fb521, 0x9e3ecb662395b442, 0x858e06b70404e9cd,
    0x00000000000000c6,
}};
static const Words generator_y = {{
    0x88be94769fd16650, 0x353c7086a272c240, 0xc550b9013fad0761, 0x97ee72995ef42640,
    0x17afbd17273e662c, 0x98f54449579b4468, 0x5c8a5fb42c7d1bd9, 0x39296a789a3bc004,
    0x0000000000000118,
}};

/// n, the number of points, a prime; -1/n modulo 2^64; 2^(128 LIMBS) modulo n.
static const Words order = {{
    0xbb6fb71e91386409, 0x3bb5c9b8899c47ae, 0x7fcc0148f709a5d0, 0x51868783bf2f966b,
    0xfffffffffffffffa, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
    0x00000000000001ff,
}};
static const Limb order_inverse = 0x1d2f5ccd79a995c7;
static const Words order_square = {{
    0x137cd04dcf15dd04, 0xf707badce5547ea3, 0x12a78d38794573ff, 0xd3721ef557f75e06,
    0xdd6e23d82e49c7db, 0xcff3d142b7756e3e, 0x5bcc6d61a8e567bc, 0x2d8e03d1492d0d45,
    0x000000000000003d,
}};
