// The arguments of the process as the C library has them. Swift reads them from /proc/self/cmdline,
// so where /proc is not mounted it has none, and a tool would do what it does without any.
#pragma once

/// How many arguments there are, the program's name included; -1 where this C library does not hand
/// them to constructors, so that only Swift knows.
int arguments_count(void);

/// The argument at `index`, which lives as long as the process; NULL outside 0..<arguments_count().
const char *arguments_at(int index);
