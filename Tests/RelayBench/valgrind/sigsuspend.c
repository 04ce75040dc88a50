// Debian 12's valgrind (3.19) writes into the mask of sigsuspend(2); libdispatch's is read-only. Preloaded: uses a copy.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return syscall(SYS_rt_sigsuspend, &copy, 8);
}
