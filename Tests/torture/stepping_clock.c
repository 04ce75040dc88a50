/*
 * A system's clock that can be set: what it shows differs from the real one by the seconds in a file.
 *
 *     LD_PRELOAD=libstepping_clock.so STEPPING_CLOCK=/tmp/seconds program
 *
 * Without the file, the clock is right. The clocks that measure durations are not changed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

/* Leaves errno unchanged. */
static long long difference(void) {
    const char *name = getenv("STEPPING_CLOCK");
    char text[32] = "";
    int before = errno;
    int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t length = read(file, text, sizeof text - 1);
        text[length < 0 ? 0 : length] = '\0';
        close(file);
    }
    errno = before;
    return atoll(text);
}

int clock_gettime(clockid_t clock, struct timespec *shown) {
    int result = NEXT(clock_gettime)(clock, shown);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shown->tv_sec += difference();
    return result;
}

int gettimeofday(struct timeval *restrict shown, void *restrict zone) {
    int result = NEXT(gettimeofday)(shown, zone);
    if (result == 0) shown->tv_sec += difference();
    return result;
}

time_t time(time_t *shown) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (shown != NULL) *shown = now.tv_sec;
    return now.tv_sec;
}
