// aklomp's base64 called as from C, over texts of one length; aklomp.py finds the library.
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef void encoder(const char *, size_t, char *, size_t *, int flags);
typedef int decoder(const char *, size_t, char *, size_t *, int flags);

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Runs `count` operations from text `at` on, of `texts` texts of `size` bytes, and returns the sum of
// their answers: the first and the last word of the `answer` bytes that count.
uint64_t run(
    void *function, int decodes, const char *all, size_t texts, size_t size, size_t answer,
    char *room, size_t at, size_t count, uint64_t *nanoseconds) {
  uint64_t sum = 0;
  uint64_t start = now();
  for (size_t i = 0; i < count; i++) {
    size_t written = 0;
    int done = 1;
    if (decodes) done = ((decoder *)function)(all + at * size, size, room, &written, 0);
    else ((encoder *)function)(all + at * size, size, room, &written, 0);
    if (done == 1 && written >= answer) {
      uint64_t first, last;
      memcpy(&first, room, sizeof first);
      memcpy(&last, room + answer - sizeof last, sizeof last);
      sum += first + last;
    }
    if (++at == texts) at = 0;
  }
  *nanoseconds = now() - start;
  return sum;
}
