/*
 * Last words and warnings, one line each on descriptor 2:
 *   postern-smtpd: fatal: cannot open control/me: Permission denied
 * Only programs die; libraries return.
 */
#ifndef LIB_OS_DIE_H
#define LIB_OS_DIE_H

#include <stdbool.h>

/* Who speaks; set first thing in main. The string must live on. */
void die_name(const char *program);

/* Writes the line, with errno's text behind it, and exits. */
_Noreturn void die(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same without errno. */
_Noreturn void diex(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Until it is said otherwise, what dies sends text to fd first: a client that
 * waits for an answer gets one, if it can without a wait. text must live on;
 * NULL: no more.
 */
void die_answer(int fd, const char *text);
/* "warning:" instead of "fatal:", and life goes on; errno is kept. */
void warn_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn_plain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line of a log, without a kind: "postern-smtpd: 192.0.2.1 end ...". */
void note_plain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Lines go to syslog(3) (facility mail) from now on: fd 2 is a stranger's. */
void die_to_syslog(void);

/* Is descriptor 2 the same connection as client, as under inetd? */
bool die_is_heard_by(int client);

/*
 * Makes of descriptor 2 the socket of the system log, where each write is a
 * line, or /dev/null: for us, and for all that we start. 0; -1 with errno.
 */
int die_turn_away(void);

#endif
