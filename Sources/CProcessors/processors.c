#define _GNU_SOURCE
#include "processors.h"

#include <sched.h>

int processor_limit(void) { return CPU_SETSIZE; }

bool processor_is_allowed(int processor) {
    cpu_set_t set;
    return processor >= 0 && processor < CPU_SETSIZE && sched_getaffinity(0, sizeof set, &set) == 0 &&
           CPU_ISSET(processor, &set);
}

bool pin_to_processor(int processor) {
    if (processor < 0 || processor >= CPU_SETSIZE) return false;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}
