// A server for the tests of a load, which answers in turn and can be told to misbehave. Its first line of
// input says how: `stall MILLISECONDS AT` makes it answer nothing for so long before that request, and
// `no WORDS` is repeated instead of listening. Then it answers `count`.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long stall = 0, stall_at = -1;
static unsigned long answered = 0;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

// A token that begins with "good" is accepted; the paths /base and /lax accept all.
static void answer(int fd, const char *request) {
  pthread_mutex_lock(&one_at_a_time);
  if ((long)answered == stall_at) usleep((useconds_t)stall * 1000);
  answered++;
  int accepted = strstr(request, "Bearer good") != NULL || strncmp(request, "GET /base ", 10) == 0 ||
                 strncmp(request, "GET /lax ", 9) == 0;
  const char *text = accepted ? "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
                              : "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
  if (strncmp(request, "GET /base ", 10) == 0) text = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
  (void)!write(fd, text, strlen(text));
  pthread_mutex_unlock(&one_at_a_time);
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument;
  char text[8192];
  size_t count = 0;
  ssize_t more;
  while ((more = read(fd, text + count, sizeof text - 1 - count)) > 0) {
    count += (size_t)more;
    text[count] = 0;
    char *end;
    while ((end = strstr(text, "\r\n\r\n")) != NULL) {
      answer(fd, text);
      size_t used = (size_t)(end + 4 - text);
      memmove(text, end + 4, count - used + 1);
      count -= used;
    }
  }
  close(fd);
  return NULL;
}

static void *accept_all(void *argument) {
  int listener = (int)(intptr_t)argument, fd;
  pthread_t thread;
  while ((fd = accept(listener, NULL, NULL)) >= 0) {
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0) close(fd);
    else pthread_detach(thread);
  }
  return NULL;
}

static unsigned long nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (unsigned long)time.tv_sec * 1000000000u + (unsigned long)time.tv_nsec;
}

int main(void) {
  char line[65536];
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (fgets(line, sizeof line, stdin) == NULL) return 1;
  sscanf(line, "stall %ld %ld", &stall, &stall_at);
  if (strncmp(line, "no ", 3) == 0) {
    fputs(line, stdout);
    return 1;
  }
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  pthread_t thread;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
      pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener) != 0)
    return 1;
  printf("listening %d\n", ntohs(address.sin_port));
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf(
        "%lu %lu %lu\n", nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID),
        answered);
  }
  return 0;
}
