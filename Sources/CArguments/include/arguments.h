// The program's arguments as the kernel handed them over. Swift 6.3 reads them from /proc/self/cmdline,
// and has none where /proc is not mounted.
#pragma once

/// How many arguments there are, the program's name being the first; -1 where the C library does not
/// hand them to constructors.
int arguments_count(void);

/// The argument at `index`, which is below the count: a text that lives as long as the process.
const char *arguments_text(int index);
