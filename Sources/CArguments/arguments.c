#include "arguments.h"

// Says which C library this is.
#include <stdlib.h>

// glibc and Darwin call constructors with main's arguments, musl without any.
#if defined(__GLIBC__) || defined(__APPLE__)
static int count = 0;
static char **values = NULL;

__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  values = argv;
}

int arguments_count(void) { return count; }

const char *arguments_at(int index) {
  return index >= 0 && index < count ? values[index] : NULL;
}
#else
int arguments_count(void) { return -1; }

const char *arguments_at(int index) {
  (void)index;
  return NULL;
}
#endif
