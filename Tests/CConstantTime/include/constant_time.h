// What the tests of constant time need: valgrind's requests, a clock, and code that leaks on purpose.
#pragma once
#include <stddef.h>

/// Whether valgrind runs this process.
int ct_is_watched(void);

/// Tells memcheck that the bytes are undefined: a branch or an address that depends on them is an
/// error from now on, and so is one that depends on what is computed from them.
void ct_hide(void *bytes, size_t count);

/// Tells memcheck that the bytes are public.
void ct_reveal(void *bytes, size_t count);

/// The errors that memcheck has counted; those that it suppresses are not among them.
size_t ct_errors(void);

/// Does nothing; a compiler can't remove what computes the value.
void ct_use(size_t value);

/// Starts and ends a measurement in cycles of the time-stamp counter; earlier instructions have ended.
unsigned long long ct_begin(void);
unsigned long long ct_end(void);

/// Planted leaks, each of which a test must find.

/// Compares bytes and returns at the first that differs.
int ct_planted_compare(const unsigned char *left, const unsigned char *right, size_t count);

/// Returns how many of the bytes are odd, by a branch for each.
size_t ct_planted_branch(const unsigned char *bytes, size_t count);

/// Returns the sum of a table's elements at the bytes.
size_t ct_planted_access(const unsigned char *bytes, size_t count);

/// The same in code with the SHA extensions and AVX-512, for CPUs that need not have them: each reads
/// 64 bytes.
int ct_planted_branch_shani(const unsigned char *bytes);
int ct_planted_access_shani(const unsigned char *bytes);
int ct_planted_branch_vbmi(const unsigned char *bytes);
int ct_planted_access_vbmi(const unsigned char *bytes);
