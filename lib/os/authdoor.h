/* The auth door from outside: ask, wait, read the answer. */
#ifndef LIB_OS_AUTHDOOR_H
#define LIB_OS_AUTHDOOR_H

#include "lib/wire/auth.h"

/* Connects to queue/auth. A descriptor; -1 with errno. */
int authdoor_connect(void);

/*
 * Asks one question (made by auth_put_...) and waits for the answer, at most
 * AUTH_WAIT_MS. room takes the answer's bytes, AUTH_PACKET_MAX of them, and out
 * points into it. 0; -1 with errno.
 */
int authdoor_ask(int sock, const struct buf *question, char *room,
    struct auth_answer *out);

#endif
