// Tells the thread sanitizer what a contended Mutex of Swift's Synchronization module does.
//
// Without contention a Mutex is an atomic word, which the sanitizer follows. With contention the kernel passes the lock on
// (futex(2), FUTEX_LOCK_PI and FUTEX_UNLOCK_PI) within libswiftSynchronization, which is not instrumented: every
// access that the mutex guards would be reported as a race. The program's own definitions of those two functions take
// precedence over the library's (ld.so(8)); they call the library's functions and report what those do.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow(), by their mangled names. The handle is the word.
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT_METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
typedef SWIFT_METHOD void (*lock_function)(uint32_t thread, SELF);
typedef SWIFT_METHOD void (*unlock_function)(SELF);

SWIFT_METHOD void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT_METHOD void unlock_slow(SELF) __asm__(UNLOCK_SLOW);

static lock_function original_lock;
static unlock_function original_unlock;

__attribute__((constructor)) static void find_originals(void) {
    original_lock = (lock_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    original_unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT_METHOD void lock_slow(uint32_t thread, SELF) {
    original_lock(thread, self);
    __tsan_acquire(self);
}

SWIFT_METHOD void unlock_slow(SELF) {
    __tsan_release(self);
    original_unlock(self);
}
