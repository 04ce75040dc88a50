// What Swift's Glibc module lacks: epoll(7), and functions that need _GNU_SOURCE.
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int accept4(int, struct sockaddr *, socklen_t *, int);
void *memmem(const void *, size_t, const void *, size_t);
