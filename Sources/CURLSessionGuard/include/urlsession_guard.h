#ifndef FLOCK_RELAY_URLSESSION_GUARD_H
#define FLOCK_RELAY_URLSESSION_GUARD_H

// Stand in for libcurl's functions of these names, whoever calls them in this process. Each option has one value, a
// pointer, a function or a long, as libcurl defines; the setters return libcurl's own codes.

/// Row 25 of urlsession.md.
int curl_multi_setopt(void *multi, int option, ...);

/// Rows 12, 22, 26, 27, 29 and 30 of urlsession.md.
int curl_easy_setopt(void *easy, int option, ...);
void curl_easy_cleanup(void *easy);

#endif
