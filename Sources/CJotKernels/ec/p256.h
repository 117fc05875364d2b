// The curve P-256 (FIPS 186-4, D.1.2.3): y^2 = x^3 - 3 x + b over the integers modulo `prime`.
#define LIMBS 4
#define BITS 256
#define A_IS_ZERO 0

#include "ec_sizes.h"
#include "ec_words.h"

enum {
  /// Bytes of a coordinate and of a scalar.
  BYTES = 32,
  /// Bits of a digit, and digits of a scalar: of the key's table, and of the generator's.
  OWN_WIDTH = 6, OWN_WINDOWS = 43, SHARED_WIDTH = 8, SHARED_WINDOWS = 32,
  TABLE_WORDS = P256_WORDS, SHARED_WORDS = P256_SHARED_WORDS,
};

static const Words prime = {{
    0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001,
}};
/// 2^(128 LIMBS) modulo the prime.
static const Words prime_square = {{
    0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd,
}};
static const Words curve_b = {{
    0x3bce3c3e27d2604b, 0x651d06b0cc53b0f6, 0xb3ebbd55769886bc, 0x5ac635d8aa3a93e7,
}};
static const Words generator_x = {{
    0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247,
}};
static const Words generator_y = {{
    0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b,
}};

/// n, the number of points, a prime; -1/n modulo 2^64; 2^(128 LIMBS) modulo n.
static const Words order = {{
    0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000,
}};
static const Limb order_inverse = 0xccd1c8aaee00bc4f;
static const Words order_square = {{
    0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620,
}};
