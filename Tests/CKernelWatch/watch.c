// Records which of CJotKernels' functions this process calls, with a breakpoint at the start of each,
// removed when it is reached. So the record says what has run, not what a test believes to run.
//
// JOT_WATCH names a file, to which the process appends at its end a line for each function called:
// "native NAME", or "stand-ins NAME" in Tests/StandIns, or what JOT_WATCH_AS says; and "native portable"
// if it had no kernels and called any of the rest. .ci/kernels makes a table of the file.
#define _GNU_SOURCE
#include "kernel_watch.h"
#include "jot_kernels.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
typedef unsigned char Instruction;
static const Instruction breakpoint = 0xcc;  // int3; the address behind it is reported.
#define PLACE(context) (&(context)->uc_mcontext.gregs[REG_RIP])
enum { BEHIND = 1 };
#else
typedef uint32_t Instruction;
static const Instruction breakpoint = 0xd4200000;  // brk #0
#define PLACE(context) (&(context)->uc_mcontext.pc)
enum { BEHIND = 0 };
#endif

#if defined(JOT_STAND_INS)
#define HOW "stand-ins"
#else
#define HOW "native"
#endif

enum { MOST = 256 };
static struct {
  const char *name;
  Instruction *start, original;
  int is_called;
} functions[MOST];
static int count;

static void set(Instruction *place, Instruction to) {
  __atomic_store_n(place, to, __ATOMIC_SEQ_CST);
  __builtin___clear_cache((char *)place, (char *)(place + 1));
}

// Removes the breakpoint and continues there. Another thread may have been faster.
static void reached(int number, siginfo_t *information, void *context) {
  (void)information;
  Instruction *place = (Instruction *)(uintptr_t)(*PLACE((ucontext_t *)context) - BEHIND);
  for (int i = 0; i < count; i++) {
    if (functions[i].start != place) continue;
    functions[i].is_called = 1;
    set(place, functions[i].original);
    *PLACE((ucontext_t *)context) -= BEHIND;
    return;
  }
  // Not one of these: on return it happens again, and ends the process.
  signal(number, SIG_DFL);
}

// The first object is the program.
static int load_address(struct dl_phdr_info *object, size_t size, void *address) {
  (void)size;
  *(uintptr_t *)address = object->dlpi_addr;
  return 1;
}

// The program's own file, mapped; its symbols name functions that no other file sees.
static const char *own_file(void) {
  int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return NULL;
  const char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  return bytes == MAP_FAILED ? NULL : bytes;
}

static void find(const char *file, uintptr_t load) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + header->e_shoff);
  for (int i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const char *names = file + sections[sections[i].sh_link].sh_offset;
    const Elf64_Sym *symbol = (const Elf64_Sym *)(file + sections[i].sh_offset);
    const Elf64_Sym *end = symbol + sections[i].sh_size / sizeof *symbol;
    for (; symbol != end && count < MOST; symbol++) {
      // What JOT_KERNEL declares is hidden.
      if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF
          || ELF64_ST_VISIBILITY(symbol->st_other) != STV_HIDDEN
          || strncmp(names + symbol->st_name, "jot_", 4) != 0)
        continue;
      functions[count].name = names + symbol->st_name;
      functions[count].start = (Instruction *)(load + symbol->st_value);
      count++;
    }
  }
}

__attribute__((constructor)) static void start(void) {
  if (getenv("JOT_WATCH") == NULL) return;
  const char *file = own_file();
  uintptr_t load = 0;
  dl_iterate_phdr(load_address, &load);
  if (file == NULL) return;
  find(file, load);
  struct sigaction action = {.sa_sigaction = reached, .sa_flags = SA_SIGINFO | SA_RESTART};
  if (sigaction(SIGTRAP, &action, NULL) != 0) return;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < count; i++) {
    Instruction *place = functions[i].start;
    char *first = (char *)((uintptr_t)place & ~(page - 1));
    if (mprotect(first, page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) continue;
    functions[i].original = *place;
    set(place, breakpoint);
  }
}

__attribute__((destructor)) static void write_record(void) {
  const char *file = getenv("JOT_WATCH"), *as = getenv("JOT_WATCH_AS");
  if (file == NULL || count == 0) return;
  static char text[MOST * 128];
  size_t length = 0;
  int any = 0;
  for (int i = 0; i < count; i++) any |= functions[i].is_called;
  for (int i = 0; i <= count; i++) {
    int is_called = i < count ? functions[i].is_called : any && jot_kernels() == 0;
    if (!is_called) continue;
    const char *name = i < count ? functions[i].name : "portable";
    length += (size_t)snprintf(
        text + length, 128, "%s %s\n", as == NULL ? HOW : as, name);
  }
  int out = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) return;
  // One write, so that processes don't mix their lines.
  if (write(out, text, length) != (ssize_t)length) perror(file);
  close(out);
}
#endif
