#ifndef FLOCK_RELAY_URLSESSION_GUARD_H
#define FLOCK_RELAY_URLSESSION_GUARD_H

/// Stands in for libcurl's function of this name, whoever calls it in this process (row 25 of urlsession.md).
///
/// The value of an option is a pointer, a function or a long, as libcurl defines. Returns libcurl's own code.
int curl_multi_setopt(void *multi, int option, ...);

#endif
