#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void close_pair(int pair[2]) {
  if (pair[0] >= 0) close(pair[0]);
  if (pair[1] >= 0) close(pair[1]);
}

static int start(bench_child *child, char *const arguments[], int input, int output, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, errors, 2);
#if defined(__GLIBC__)
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
  sigset_t defaults, none;
  sigfillset(&defaults);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
      &attributes,
      POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  pid_t id = 0;
  int error = posix_spawn(&id, arguments[0], &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  child->id = id;
  return error;
}

int bench_child_start(bench_child *child, char *const arguments[], int log) {
  int input[2] = {-1, -1}, output[2] = {-1, -1}, errors[2] = {-1, -1};
  *child = (bench_child){0, -1, -1, -1};
  int error = 0;
  if (pipe2(input, O_CLOEXEC) != 0) error = errno;
  if (error == 0 && log < 0 && pipe2(output, O_CLOEXEC) != 0) error = errno;
  if (error == 0 && log < 0 && pipe2(errors, O_CLOEXEC) != 0) error = errno;
  if (error == 0) {
    error = start(
        child, arguments, input[0], log < 0 ? output[1] : log, log < 0 ? errors[1] : log);
  }
  if (error != 0) {
    close_pair(input);
    close_pair(output);
    close_pair(errors);
    return error;
  }
  close(input[0]);
  child->input = input[1];
  if (log < 0) {
    close(output[1]);
    close(errors[1]);
    child->output = output[0];
    child->errors = errors[0];
  }
  return 0;
}

int bench_child_end(int id, int *is_signal) {
  siginfo_t information = {0};
  // It stays a zombie, so that its process ID and its group's are not reused before the kill below.
  int result = waitid(P_PID, (id_t)id, &information, WEXITED | WNOHANG | WNOWAIT);
  if (result != 0 || information.si_pid == 0) return -1;
  *is_signal = information.si_code != CLD_EXITED;
  return information.si_status;
}

void bench_child_interrupt(int id) { kill(-id, SIGINT); }

void bench_child_kill(int id) {
  kill(-id, SIGKILL);
  for (int tries = 0; tries < 2000 && waitpid(id, NULL, WNOHANG) == 0; tries++) usleep(1000);
}
