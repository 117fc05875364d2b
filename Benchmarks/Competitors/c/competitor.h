// What a competitor in C or C++ defines; loop.h has the requests and the loop that is timed.
#ifndef COMPETITOR_H
#define COMPETITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// The first and the last eight bytes of a subject, and the expiry; the subject has 16 bytes or more.
static inline uint64_t claims_answer(const char *subject, int64_t expiry) {
  uint64_t first, last;
  size_t length = strlen(subject);
  if (length < 16) return 0;
  memcpy(&first, subject, sizeof first);
  memcpy(&last, subject + length - sizeof last, sizeof last);
  return first + last + (uint64_t)expiry;
}

// Name, version, language, how it is driven; with tabs between.
extern const char *const competitor_description;

// Keeps the key and what else can be made once; returns nothing, or why it can't.
const char *competitor_prepare(
    bool signs, const char *algorithm, const char *key, const char *audience);

// Whether the token's signature, expiry and audience are right, and then its answer.
bool competitor_verify(const char *token, uint64_t *answer);

// Returns a token, freed by the loop, or nothing.
char *competitor_sign(const char *subject, int64_t expiry);

// Answers requests until the input ends.
int competitor_main(void);

#endif
