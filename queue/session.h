/*
 * The session form, the server's side: many messages from one caller over one
 * socket. Each is durable before it is answered.
 */
#ifndef QUEUE_SESSION_H
#define QUEUE_SESSION_H

#include "queue/arrival.h"
#include "queue/chunks.h"

enum { SESSION_ROOM = CHUNKS_MAX + 4096 };

struct session {
	int sock;
	unsigned uid;			/* of the caller */
	const char *invoker;
	struct chunks chunks;
	bool begun;			/* arrival_begin was called */
	int64_t alarm_ms;		/* when the alarm was started */
	size_t len;			/* bytes not taken yet */
	struct arrival arrival;
	char bytes[SESSION_ROOM];
};

/*
 * Serves the caller with that uid, invoker as from spool_invoker, until the
 * end of input. 0; CODE_READ when that came within a message,
 * CODE_ENVELOPE after a malformed netstring, CODE_WRITE when the caller does
 * not take answers.
 */
int session_run(struct session *s, int sock, unsigned uid,
    const char *invoker, struct spool *spool);

/*
 * One answer on sock. text is of our own making. 0; CODE_WRITE. Also for who
 * cannot serve at all: the client finds it when it looks for its answer.
 */
int session_answer(int sock, unsigned pid, int code, const char *id,
    const char *text);

#endif
