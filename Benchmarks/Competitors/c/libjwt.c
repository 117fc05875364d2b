#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "competitor.h"

const char *const competitor_description =
    "libjwt\t" VERSION
    "\tC\tjwt_decode, and jwt_add_grant and jwt_encode_str; this version checks neither exp nor aud, so"
    " its driver does, and it takes keys as text, so PEM is read each time";

static jwt_alg_t algorithm;
static const unsigned char *key;
static int key_length;
static char audiences[80];

const char *competitor_prepare(bool signs, const char *name, const char *text, const char *audience) {
  (void)signs;
  algorithm = jwt_str_alg(name);
  if (algorithm == JWT_ALG_INVAL) {
    static char why[40];
    snprintf(why, sizeof why, "no %s", name);
    return why;
  }
  key = (const unsigned char *)text;
  key_length = (int)strlen(text);
  snprintf(audiences, sizeof audiences, "[\"%s\"]", audience);
  return NULL;
}

bool competitor_verify(const char *token, uint64_t *answer) {
  jwt_t *jwt = NULL;
  if (jwt_decode(&jwt, token, key, key_length) != 0) return false;
  // A token may name another algorithm than the one that is asked for.
  bool good = jwt_get_alg(jwt) == algorithm;
  long expiry = jwt_get_grant_int(jwt, "exp");
  const char *subject = jwt_get_grant(jwt, "sub");
  char *audience = jwt_get_grants_json(jwt, "aud");
  good = good && subject && expiry > (long)time(NULL);
  good = good && audience && strcmp(audience, audiences) == 0;
  if (good) *answer = claims_answer(subject, expiry);
  free(audience);
  jwt_free(jwt);
  return good;
}

char *competitor_sign(const char *subject, int64_t expiry) {
  jwt_t *jwt = NULL;
  char claims[80];
  if (jwt_new(&jwt) != 0) return NULL;
  snprintf(claims, sizeof claims, "{\"aud\":%s}", audiences);
  jwt_add_grant(jwt, "sub", subject);
  jwt_add_grants_json(jwt, claims);
  jwt_add_grant_int(jwt, "exp", (long)expiry);
  jwt_set_alg(jwt, algorithm, key, key_length);
  char *token = jwt_encode_str(jwt);
  jwt_free(jwt);
  return token;
}

int main(void) { return competitor_main(); }
