// The program's arguments as the kernel passed them. Swift 6.3 reads them from /proc/self/cmdline,
// and has none if /proc is not mounted.
#pragma once

/// The number of arguments, including the program's name; -1 if the C library does not pass them.
int arguments_count(void);

/// The argument at `index`, which must be below the count; the text lives as long as the process.
const char *arguments_text(int index);
