// What the relay calls of libidn2.
#include <idn2.h>
