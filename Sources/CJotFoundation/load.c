#include "CJotFoundation.h"

// In JotFoundation: stores one metatype, and needs nothing of Swift's runtime.
extern void jot_foundation_install(void);

__attribute__((constructor)) static void install(void) { jot_foundation_install(); }
