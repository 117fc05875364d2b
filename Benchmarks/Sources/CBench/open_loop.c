// A client of HTTP/1.1 that sends at planned times, whatever the server does: an open loop. A request
// whose time has come waits only for a connection, and its latency counts from the planned time, so a
// stalled server is not measured less often than a fast one (no coordinated omission).
#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_CAPACITY = 4096, NONE = -1 };

typedef struct {
  size_t request;       // the one in flight
  uint64_t free_since;  // when the last answer was complete
  size_t received;
  char answer[ANSWER_CAPACITY + 1];
} connection;

typedef struct {
  const bench_open_plan *plan;
  bench_open_sample *samples;
  struct pollfd *sockets;
  connection *connections;
  int *idle;  // a ring: the connection that has been free longest is the next one
  int idle_first, idle_count;
  uint64_t start;
  size_t next, done, refused;
} client;

static int connect_to(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return NONE;
  struct sockaddr_in address = {
      .sin_family = AF_INET,
      .sin_port = htons((uint16_t)port),
      .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int on = 1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    int error = errno;
    close(fd);
    errno = error;
    return NONE;
  }
  return fd;
}

static void make_idle(client *c, int index) {
  int capacity = c->plan->connections;
  c->idle[(c->idle_first + c->idle_count) % capacity] = index;
  c->idle_count++;
}

// Sends the next request. A request is smaller than a socket's buffer, so it is written whole.
static int send_next(client *c, uint64_t now) {
  const bench_open_plan *plan = c->plan;
  int index = c->idle[c->idle_first];
  c->idle_first = (c->idle_first + 1) % plan->connections;
  c->idle_count--;
  connection *it = &c->connections[index];
  uint64_t due = c->start + plan->planned[c->next];
  uint64_t possible = due > it->free_since ? due : it->free_since;
  c->samples[c->next].lateness = now > possible ? now - possible : 0;
  size_t which = c->next % plan->request_count;
  size_t from = plan->borders[which], length = plan->borders[which + 1] - from;
  ssize_t sent = send(c->sockets[index].fd, plan->requests + from, length, MSG_NOSIGNAL);
  if (sent != (ssize_t)length) return sent < 0 ? errno : EMSGSIZE;
  it->request = c->next++;
  it->received = 0;
  return 0;
}

// The length of a whole answer; 0 for an incomplete one, -1 for one without a stated length.
static long answer_length(const connection *it) {
  const char *end = memmem(it->answer, it->received, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  const char *field = strcasestr(it->answer, "\r\ncontent-length:");
  if (field == NULL || field > end) return -1;
  long length = strtol(field + 17, NULL, 10);
  return length < 0 || length > ANSWER_CAPACITY ? -1 : (end + 4 - it->answer) + length;
}

static int receive(client *c, int index) {
  connection *it = &c->connections[index];
  ssize_t count = recv(
      c->sockets[index].fd, it->answer + it->received, ANSWER_CAPACITY - it->received, MSG_DONTWAIT);
  uint64_t now = bench_now();
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
  if (count == 0) return it->received == ANSWER_CAPACITY ? EMSGSIZE : ECONNRESET;
  it->received += (size_t)count;
  it->answer[it->received] = 0;
  long length = answer_length(it);
  if (length < 0 || (length > 0 && it->received > (size_t)length)) return EPROTO;
  if (length == 0 || it->received < (size_t)length) return 0;
  if (strncmp(it->answer, "HTTP/1.1 200", 12) != 0) c->refused++;
  c->samples[it->request].latency = now - (c->start + c->plan->planned[it->request]);
  it->free_since = now;
  c->done++;
  make_idle(c, index);
  return 0;
}

// Waits for an answer or the next planned time: asleep until shortly before it, since a sleep may
// take longer than asked.
static int wait_for(client *c, uint64_t now, uint64_t end) {
  const uint64_t margin = 60000, longest = 10000000;
  uint64_t until = end;
  if (c->next < c->plan->count && c->idle_count > 0) until = c->start + c->plan->planned[c->next];
  uint64_t rest = until > now + margin ? until - now - margin : 0;
  if (rest > longest) rest = longest;
  struct timespec pause = {0, (long)rest};
  int ready = ppoll(c->sockets, (nfds_t)c->plan->connections, &pause, NULL);
  if (ready < 0) return errno == EINTR ? 0 : errno;
  for (int index = 0; ready > 0 && index < c->plan->connections; index++) {
    if (c->sockets[index].revents == 0) continue;
    ready--;
    int error = receive(c, index);
    if (error != 0) return error;
  }
  return 0;
}

static int run(client *c) {
  const bench_open_plan *plan = c->plan;
  for (int index = 0; index < plan->connections; index++) {
    c->sockets[index] = (struct pollfd){connect_to(plan->port), POLLIN, 0};
    if (c->sockets[index].fd < 0) return errno;
    make_idle(c, index);
  }
  // The first answers are late while the server accepts the connections: a moment for that.
  c->start = bench_now() + 20000000;
  uint64_t end = c->start + plan->planned[plan->count - 1] + plan->patience;
  while (c->done < plan->count) {
    uint64_t now = bench_now();
    if (now > end) return 0;
    while (c->next < plan->count && c->idle_count > 0 &&
           c->start + plan->planned[c->next] <= now) {
      int error = send_next(c, now);
      if (error != 0) return error;
      now = bench_now();
    }
    int error = wait_for(c, now, end);
    if (error != 0) return error;
  }
  return 0;
}

int bench_open_loop(const bench_open_plan *plan, bench_open_sample *samples, size_t *refused) {
  *refused = 0;
  memset(samples, 0, plan->count * sizeof *samples);
  if (plan->count == 0 || plan->request_count == 0 || plan->connections < 1) return EINVAL;
  size_t connections = (size_t)plan->connections;
  client c = {.plan = plan, .samples = samples};
  c.sockets = malloc(connections * sizeof *c.sockets);
  c.connections = calloc(connections, sizeof *c.connections);
  c.idle = malloc(connections * sizeof *c.idle);
  int error = ENOMEM;
  if (c.sockets != NULL && c.connections != NULL && c.idle != NULL) {
    for (size_t index = 0; index < connections; index++) c.sockets[index].fd = NONE;
    // A sleep may otherwise be 50 us longer.
    prctl(PR_SET_TIMERSLACK, 1000);
    error = run(&c);
    prctl(PR_SET_TIMERSLACK, 0);
    for (size_t index = 0; index < connections; index++) {
      if (c.sockets[index].fd >= 0) close(c.sockets[index].fd);
    }
  }
  *refused = c.refused;
  free(c.sockets);
  free(c.connections);
  free(c.idle);
  return error;
}
