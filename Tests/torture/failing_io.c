/*
 * A disk that fails: while a switch file exists, writes and syncs of the files under a directory fail with EIO.
 *
 *     LD_PRELOAD=libfailing_io.so FAILING_IO_DIRECTORY=/state FAILING_IO_SWITCH=/tmp/switch program
 *
* /tmp/switch makes writing, syncing and truncating fail, /tmp/switch.syncs only syncing. Reading still works, as cached
 * data can be read from a broken disk, too. The directory must be an absolute path without symbolic links.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

enum kind { WRITES, SYNCS };

static bool is_on(enum kind kind) {
    const char *name = getenv("FAILING_IO_SWITCH");
    char syncs[PATH_MAX];
    if (name == NULL) return false;
    if (access(name, F_OK) == 0) return true;
    snprintf(syncs, sizeof syncs, "%s.syncs", name);
    return kind == SYNCS && access(syncs, F_OK) == 0;
}

/* The directory itself is included, because its entries are synced, too. */
static bool is_inside(int file) {
    const char *directory = getenv("FAILING_IO_DIRECTORY");
    char link[64], path[PATH_MAX];
    if (directory == NULL) return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t prefix = strlen(directory);
    if (length < (ssize_t)prefix) return false;
    path[length] = '\0';
    return strncmp(path, directory, prefix) == 0 && (path[prefix] == '/' || path[prefix] == '\0');
}

/* Leaves errno unchanged, or sets EIO. */
static bool fails(int file, enum kind kind) {
    int before = errno;
    bool found = is_on(kind) && is_inside(file);
    errno = found ? EIO : before;
    return found;
}

ssize_t write(int file, const void *bytes, size_t count) {
    return fails(file, WRITES) ? -1 : NEXT(write)(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return fails(file, WRITES) ? -1 : NEXT(pwrite)(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return fails(file, WRITES) ? -1 : NEXT(pwrite64)(file, bytes, count, offset);
}

int ftruncate(int file, off_t length) { return fails(file, WRITES) ? -1 : NEXT(ftruncate)(file, length); }

int ftruncate64(int file, off64_t length) { return fails(file, WRITES) ? -1 : NEXT(ftruncate64)(file, length); }

int fsync(int file) { return fails(file, SYNCS) ? -1 : NEXT(fsync)(file); }

int fdatasync(int file) { return fails(file, SYNCS) ? -1 : NEXT(fdatasync)(file); }
