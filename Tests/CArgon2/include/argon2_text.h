// Argon2id for the tests, by libargon2 if it is installed: no header, no link.
#pragma once
#include <stddef.h>

int argon2_is_available(void);

/// Writes the encoded hash of `text` with a random salt and returns its length; 0 on failure.
int argon2_hash_text(const char *text, char *encoded, size_t room);

/// Returns 0 where `encoded` is a hash of `text`.
int argon2_verify_text(const char *encoded, const char *text);
