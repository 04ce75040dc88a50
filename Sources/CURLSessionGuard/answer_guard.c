// Rows 12, 22, 26 and 27 of urlsession.md: what URLSession makes of an answer costs far more than the answer, and some
// answers trap it. This file stands between libcurl, which reads answers well, and URLSession: it lets through the
// final status line with the header lines next to it and the beginning of the body, and nothing else.
//
// libcurl hands an answer over by two callbacks, a header line or a piece of the body at a time. This file stands in
// for curl_easy_setopt, by which URLSession sets them, and for curl_easy_cleanup, which ends a transfer.
#define _GNU_SOURCE
#include "urlsession_guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// From curl/curl.h: parts of libcurl's stable binary interface. The header itself is not needed to build.
enum {
    OPTION_BODY_USER = 10001,
    OPTION_BODY_FUNCTION = 20011,
    OPTION_HEADER_USER = 10029,
    OPTION_HEADER_FUNCTION = 20079
};
typedef size_t (*data_function)(char *bytes, size_t size, size_t count, void *user);
typedef int (*setopt_function)(void *easy, int option, ...);
typedef void (*cleanup_function)(void *easy);

enum {
    // Header lines of the final answer that URLSession sees: its time grows with the square of their number.
    MOST_LINES = 100,
    // Bytes of the body that it sees, inflated ones if the body is compressed.
    MOST_BODY = 64 << 10
};

// One request and what has come of its answer.
struct transfer {
    void *easy;
    void *header_user;
    void *body_user;
    // What the next header line belongs to; behind the headers it is a trailer.
    enum { BEFORE_ANSWER, IN_INTERIM_ANSWER, IN_HEADERS, BEHIND_HEADERS } place;
    unsigned lines;
    size_t body;
    struct transfer *next;
};

static setopt_function original_setopt;
static cleanup_function original_cleanup;
// URLSession has the same two functions for all of its transfers.
static data_function session_header, session_body;

// Those that have not been cleaned up: a few hundred at most.
static struct transfer *transfers;
static pthread_mutex_t transfers_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void find_originals(void) {
    original_setopt = (setopt_function)dlsym(RTLD_NEXT, "curl_easy_setopt");
    original_cleanup = (cleanup_function)dlsym(RTLD_NEXT, "curl_easy_cleanup");
}

// The transfer of a handle, made if it is new; NULL without memory.
static struct transfer *transfer_of(void *easy) {
    pthread_mutex_lock(&transfers_lock);
    struct transfer *found = transfers;
    while (found != NULL && found->easy != easy) found = found->next;
    if (found == NULL && (found = calloc(1, sizeof *found)) != NULL) {
        found->easy = easy;
        found->next = transfers;
        transfers = found;
    }
    pthread_mutex_unlock(&transfers_lock);
    return found;
}

// Takes the transfer of a handle out of the list; NULL if there is none.
static struct transfer *take(void *easy) {
    pthread_mutex_lock(&transfers_lock);
    struct transfer **link = &transfers;
    while (*link != NULL && (*link)->easy != easy) link = &(*link)->next;
    struct transfer *found = *link;
    if (found != NULL) *link = found->next;
    pthread_mutex_unlock(&transfers_lock);
    return found;
}

// 100 to 199 but for 101, behind which no answer follows (RFC 9110, 15.2).
static bool is_interim(const char *status_line, size_t length) {
    const char *space = memchr(status_line, ' ', length);
    size_t left = space == NULL ? 0 : length - (size_t)(space - status_line);
    return left > 3 && space[1] == '1' && !(space[2] == '0' && space[3] == '1');
}

static bool is_blank(const char *line, size_t length) { return length == 1 || (length == 2 && line[0] == '\r'); }

// Only the first line of an answer is its status line, whatever a later one looks like.
static bool is_let_through(struct transfer *transfer, const char *line, size_t length) {
    switch (transfer->place) {
    case BEFORE_ANSWER:
        transfer->place = is_interim(line, length) ? IN_INTERIM_ANSWER : IN_HEADERS;
        return transfer->place == IN_HEADERS;
    case IN_INTERIM_ANSWER:
        if (is_blank(line, length)) transfer->place = BEFORE_ANSWER;
        return false;
    case IN_HEADERS:
        if (is_blank(line, length)) transfer->place = BEHIND_HEADERS;
        return transfer->place == BEHIND_HEADERS || ++transfer->lines <= MOST_LINES;
    case BEHIND_HEADERS:
        return false;
    }
    return false;
}

static size_t guarded_header(char *line, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    if (!is_let_through(transfer, line, size * count)) return size * count;
    return session_header(line, size, count, transfer->header_user);
}

// What is not taken ends the transfer.
static size_t guarded_body(char *bytes, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    transfer->body += size * count;
    if (transfer->body > MOST_BODY) return 0;
    return session_body(bytes, size, count, transfer->body_user);
}

int curl_easy_setopt(void *easy, int option, ...) {
    va_list arguments;
    va_start(arguments, option);
    // Whatever its type, the value of an option is passed in one word, and so it is handed on.
    void *value = va_arg(arguments, void *);
    va_end(arguments);
    if (option == OPTION_HEADER_FUNCTION && value != NULL) {
        session_header = (data_function)value;
        value = (void *)guarded_header;
    } else if (option == OPTION_BODY_FUNCTION && value != NULL) {
        session_body = (data_function)value;
        value = (void *)guarded_body;
    } else if (option == OPTION_HEADER_USER || option == OPTION_BODY_USER) {
        struct transfer *transfer = transfer_of(easy);
        if (transfer == NULL) abort();
        if (option == OPTION_HEADER_USER) transfer->header_user = value;
        if (option == OPTION_BODY_USER) transfer->body_user = value;
        value = transfer;
    }
    return original_setopt(easy, option, value);
}

void curl_easy_cleanup(void *easy) {
    // First out of the list: as soon as the handle is gone, its address may be that of the next one.
    struct transfer *transfer = take(easy);
    original_cleanup(easy);
    free(transfer);
}
