/* A wall clock that a test sets; see clock.py. The steady clocks, and all sleeping, stay real.

   TEST_CLOCK names a file of two 64-bit numbers, in nanoseconds: what is added to the time, and
   the time at which the clock stands still, or 0. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t none[2];
static volatile int64_t *set = none;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TEST_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (file < 0)
        return;
    void *shared = mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED)
        set = shared;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = real(clock, now);
    if (failed || clock != CLOCK_REALTIME)
        return failed;
    int64_t told = set[1] ? set[1] : now->tv_sec * 1000000000LL + now->tv_nsec + set[0];
    now->tv_sec = told / 1000000000LL;
    now->tv_nsec = told % 1000000000LL;
    return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec told;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &told);
    now->tv_sec = told.tv_sec;
    now->tv_usec = told.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept) {
    struct timespec told;
    clock_gettime(CLOCK_REALTIME, &told);
    if (kept)
        *kept = told.tv_sec;
    return told.tv_sec;
}
