#ifndef FLOCK_RELAY_PROCESSORS_H
#define FLOCK_RELAY_PROCESSORS_H

#include <stdbool.h>

// Glibc shows Swift neither sched_setaffinity(2) nor the CPU_ macros.

/// Whether the calling process may run on this processor, by the kernel's number.
bool processor_is_allowed(int processor);

/// The number behind the last one that can be asked for.
int processor_limit(void);

/// Lets the calling thread, and those it starts from now on, run on this processor only. False if the kernel refuses.
bool pin_to_processor(int processor);

#endif
