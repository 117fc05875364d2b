// Which of CJotKernels' functions a test process has called: see watch.c. Linked into every test
// bundle; it has no functions, but acts if JOT_WATCH is in the environment.
#pragma once
