// Row 25 of urlsession.md: URLSession asks the kernel whether a socket can be written, and never stops asking once
// libcurl wants to read only. A connected socket can nearly always be written, so one receiver that takes its time
// keeps a core busy.
//
// libcurl tells its user by a callback what to wait for on each socket. This file stands in for curl_multi_setopt, by
// which URLSession sets that callback: the program's own definition goes before libcurl's (ld.so(8), symbol lookup
// order). Where a socket is to be waited for in fewer ways than before, URLSession is first told to forget the socket,
// and then to wait anew: that it does right.
#define _GNU_SOURCE
#include "urlsession_guard.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>

// From curl/multi.h: parts of libcurl's stable binary interface. The header itself is not needed to build.
enum { OPTION_SOCKET_FUNCTION = 20001 };
enum { POLL_IN = 1, POLL_OUT = 2, POLL_REMOVE = 4 };
typedef int (*socket_function)(void *easy, int socket, int what, void *user, void *assigned);
typedef int (*setopt_function)(void *multi, int option, ...);

enum { MOST_SOCKETS = 1 << 16 };

// Written by the sessions' own queues. A socket is in one session at a time, and a process has one session that works.
static socket_function session_function;
static unsigned char waited_for[MOST_SOCKETS];

static int guarded(void *easy, int socket, int what, void *user, void *assigned) {
    if (socket >= 0 && socket < MOST_SOCKETS) {
        if (what == POLL_IN && (waited_for[socket] & POLL_OUT) && assigned != NULL) {
            session_function(easy, socket, POLL_REMOVE, user, assigned);
            assigned = NULL;
        }
        waited_for[socket] = what == POLL_REMOVE ? 0 : (unsigned char)what;
    }
    return session_function(easy, socket, what, user, assigned);
}

int curl_multi_setopt(void *multi, int option, ...) {
    setopt_function original = (setopt_function)dlsym(RTLD_NEXT, "curl_multi_setopt");
    va_list arguments;
    va_start(arguments, option);
    // Whatever its type, the value of an option is passed in one word, and so it is handed on.
    void *value = va_arg(arguments, void *);
    va_end(arguments);
    if (option == OPTION_SOCKET_FUNCTION && value != NULL) {
        session_function = (socket_function)value;
        value = (void *)guarded;
    }
    return original(multi, option, value);
}
