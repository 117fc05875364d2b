// Words of the tables: windows of a scalar, points in each, and two coordinates of so many words.
// The key's digits have 6 or 5 bits, the generator's 8.
#pragma once

enum {
  P256_WORDS = 43 * 32 * 2 * 4, P256_SHARED_WORDS = 32 * 128 * 2 * 4,
  P384_WORDS = 77 * 16 * 2 * 6, P384_SHARED_WORDS = 48 * 128 * 2 * 6,
  P521_WORDS = 105 * 16 * 2 * 9, P521_SHARED_WORDS = 66 * 128 * 2 * 9,
  SECP256K1_WORDS = 43 * 32 * 2 * 4, SECP256K1_SHARED_WORDS = 32 * 128 * 2 * 4,
};
