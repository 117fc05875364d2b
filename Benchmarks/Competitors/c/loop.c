// What the competitors in C and C++ share: Competitor.swift's requests, and the loop that is timed.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "competitor.h"

static char *line;
static size_t capacity;

// The next line without its end; nothing at the end of the input.
static char *next(void) {
  ssize_t length = getline(&line, &capacity, stdin);
  if (length <= 0) return NULL;
  if (line[length - 1] == '\n') line[length - 1] = 0;
  return line;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct item {
  char *text;
  int64_t expiry;
} *items;
static size_t count, at;
static bool signs;
// A randomised signature can't be foreseen: its signing input counts.
static bool is_randomised;
static char *last_token;

static void read_tokens(const char *request) {
  char operation[16], algorithm[16], audience[64];
  size_t key_lines;
  if (sscanf(request, "tokens %15s %15s %63s %zu %zu", operation, algorithm, audience, &key_lines,
             &count) != 5) exit(1);
  char *key = strdup("");
  for (size_t i = 0; i < key_lines; i++) {
    char *longer;
    if (!next() || asprintf(&longer, "%s%s%s", key, line, key_lines > 1 ? "\n" : "") < 0) exit(1);
    free(key);
    key = longer;
  }
  signs = strcmp(operation, "sign") == 0;
  is_randomised = strcmp(algorithm, "ES256") == 0;
  items = calloc(count, sizeof *items);
  for (size_t i = 0; i < count; i++) {
    if (!next()) exit(1);
    char *space = strchr(line, ' ');
    if (space) {
      items[i].expiry = atoll(space + 1);
      *space = 0;
    }
    items[i].text = strdup(line);
  }
  // The key and the audience stay: a library may keep pointers to them.
  const char *why = competitor_prepare(signs, algorithm, key, strdup(audience));
  if (why) printf("no %s\n", why);
  else puts("ok");
}

static void run(size_t operations) {
  uint64_t sum = 0;
  uint64_t start = now();
  for (size_t i = 0; i < operations; i++) {
    const struct item *item = items + at;
    if (signs) {
      char *token = competitor_sign(item->text, item->expiry);
      uint64_t last = 0;
      if (token) {
        const char *end = is_randomised ? strrchr(token, '.') : token + strlen(token);
        memcpy(&last, end - sizeof last, sizeof last);
        free(last_token);
        last_token = token;
      }
      sum += last;
    } else {
      uint64_t answer = 0;
      if (competitor_verify(item->text, &answer)) sum += answer;
    }
    if (++at == count) at = 0;
  }
  printf("%" PRIu64 ",%" PRIu64 "\n", now() - start, sum);
}

int competitor_main(void) {
  while (next()) {
    uint64_t answer;
    if (strcmp(line, "describe") == 0) {
      puts(competitor_description);
    } else if (strncmp(line, "tokens ", 7) == 0) {
      char *request = strdup(line);
      read_tokens(request);
      free(request);
    } else if (strncmp(line, "judge ", 6) == 0) {
      puts(competitor_verify(line + 6, &answer) ? "accepted" : "refused");
    } else if (strcmp(line, "make") == 0) {
      for (size_t i = 0; i < count; i++) {
        char *token = competitor_sign(items[i].text, items[i].expiry);
        puts(token ? token : "");
        free(token);
      }
    } else if (strncmp(line, "run ", 4) == 0) {
      run(strtoull(line + 4, NULL, 10));
    } else if (strcmp(line, "last") == 0) {
      puts(last_token ? last_token : "");
    }
    fflush(stdout);
  }
  return 0;
}
