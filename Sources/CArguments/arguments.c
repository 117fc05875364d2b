#include "arguments.h"

#include <stdlib.h>

static int count = -1;
static char **texts;

// glibc and Darwin call constructors with main's arguments; musl calls them with none.
#if defined(__GLIBC__) || defined(__APPLE__)
__attribute__((constructor)) static void remember(int argc, char **argv) {
  count = argc;
  texts = argv;
}
#endif

int arguments_count(void) { return count; }

const char *arguments_text(int index) { return texts[index]; }
