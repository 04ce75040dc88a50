// Rows 12, 22, 26, 27, 29 and 30 of urlsession.md: what URLSession makes of an answer costs far more than the answer, and
// some answers trap it. This file stands between libcurl, which reads answers well, and URLSession: it lets through the
// final status line with the header lines next to it and the beginning of the body, and nothing else.
//
// libcurl hands an answer over by two callbacks, a header line or a piece of the body at a time. This file stands in
// for curl_easy_setopt, by which URLSession sets them, and for curl_easy_cleanup, which ends a transfer.
#define _GNU_SOURCE
#include "urlsession_guard.h"

#include <ctype.h>
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
    MOST_BODY = 64 << 10,
    // Bytes of a redirect's body, none of which it sees.
    MOST_REDIRECT_BODY = 1 << 20
};

// One request and what has come of its answer.
struct transfer {
    void *easy;
    void *header_user;
    void *body_user;
    // What the next header line belongs to; behind the headers it is a trailer.
    enum { BEFORE_ANSWER, IN_INTERIM_ANSWER, IN_HEADERS, BEHIND_HEADERS } place;
    int status;
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

// The three digits of a status line; 0 for anything else.
static int status_of(const char *line, size_t length) {
    const char *space = memchr(line, ' ', length);
    size_t left = space == NULL ? 0 : length - (size_t)(space - line);
    if (left < 5 || !isspace((unsigned char)space[4])) return 0;
    int status = 0;
    for (const char *digit = space + 1; digit < space + 4; digit++) {
        if (*digit < '0' || *digit > '9') return 0;
        status = status * 10 + (*digit - '0');
    }
    return status;
}

// Behind 101 no answer follows (RFC 9110, 15.2).
static bool is_interim(int status) { return status >= 100 && status < 200 && status != 101; }

// URLSession reports these only when their body is over.
static bool is_redirect(int status) { return status >= 301 && status <= 308 && status != 304; }

// libcurl takes any line that begins so for the end of the headers.
static bool is_end(const char *line) { return line[0] == '\r' || line[0] == '\n'; }

// Only the first line of an answer is its status line, whatever a later one looks like.
static bool is_let_through(struct transfer *transfer, const char *line, size_t length) {
    switch (transfer->place) {
    case BEFORE_ANSWER:
        transfer->status = status_of(line, length);
        transfer->place = is_interim(transfer->status) ? IN_INTERIM_ANSWER : IN_HEADERS;
        return transfer->place == IN_HEADERS;
    case IN_INTERIM_ANSWER:
        if (is_end(line)) transfer->place = BEFORE_ANSWER;
        return false;
    case IN_HEADERS:
        if (is_end(line)) transfer->place = BEHIND_HEADERS;
        return transfer->place == BEHIND_HEADERS || ++transfer->lines <= MOST_LINES;
    case BEHIND_HEADERS:
        return false;
    }
    return false;
}

static size_t guarded_header(char *line, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    size_t length = size * count;
    if (length == 0 || !is_let_through(transfer, line, length)) return length;
    if (transfer->place != BEHIND_HEADERS) return session_header(line, size, count, transfer->header_user);
    char end[] = "\r\n";
    return session_header(end, 1, 2, transfer->header_user) == 2 ? length : 0;
}

// What is not taken ends the transfer. A body without its headers would make URLSession invent a 200.
static size_t guarded_body(char *bytes, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    if (transfer->place != BEHIND_HEADERS) return 0;
    transfer->body += size * count;
    if (is_redirect(transfer->status)) return transfer->body > MOST_REDIRECT_BODY ? 0 : size * count;
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
