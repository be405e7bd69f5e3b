/*
 * Serving a session: read what is there, take it apart, answer each order. A
 * message that met trouble is read to its end and then answered with it, so
 * that both sides agree on where the next one begins.
 */
#include "queue/session.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/netstring.h"
#include "lib/os/deadline.h"
#include "lib/os/in.h"
#include "lib/os/out.h"
#include "queue/caller.h"

enum { ANSWER_ROOM = 128, ALARM_AGAIN_MS = 60 * 1000 };

/* "code id pid text" as a netstring. */
int
session_answer(int sock, unsigned pid, int code, const char *id,
    const char *text)
{
	char line[ANSWER_ROOM], whole[ANSWER_ROOM + NETSTRING_HEAD_MAX];
	struct span head;
	int n;

	n = snprintf(line, sizeof line, "%d %s %u %s", code, id, pid, text);
	head = netstring_head((size_t)n, whole);
	memcpy(whole + head.len, line, (size_t)n);
	whole[head.len + (size_t)n] = ',';
	return write_all(sock, whole, head.len + (size_t)n + 1) == -1 ?
	    CODE_WRITE : 0;
}

/* The 24 hours are per message; once a minute is often enough to say so. */
static void
restart_alarm(struct session *s)
{
	int64_t now = clock_monotonic_ms();

	if (s->alarm_ms != 0 && now - s->alarm_ms < ALARM_AGAIN_MS)
		return;
	caller_start_alarm();
	s->alarm_ms = now;
}

static void
begin(struct session *s)
{
	if (s->begun)
		return;
	s->begun = true;
	restart_alarm(s);
	arrival_begin(&s->arrival, s->uid, s->invoker);
}

static int
say(const struct session *s, int code, const char *id, const char *text)
{
	return session_answer(s->sock, s->arrival.pid, code, id, text);
}

static int
commit(struct session *s)
{
	int code;

	begin(s);
	code = arrival_commit(&s->arrival);
	s->begun = false;
	if (code != 0)
		return say(s, code, "-", "not queued");
	return say(s, 0, arrival_id(&s->arrival), "ok");
}

static void
discard(struct session *s)
{
	if (s->begun)
		arrival_abort(&s->arrival);
	s->begun = false;
}

static void
take_bytes(struct session *s, enum chunks_phase phase, struct span bytes)
{
	begin(s);
	if (phase == CHUNKS_MESSAGE) {
		arrival_message(&s->arrival, bytes);
		return;
	}
	(void)arrival_envelope(&s->arrival, &bytes);
	if (bytes.len > 0 && s->arrival.code == 0)
		s->arrival.code = CODE_ENVELOPE;	/* behind the end */
}

/* Takes all events of what was read. 0; else the code to end with. */
static int
take_events(struct session *s)
{
	struct span in = { s->bytes, s->len };
	int code = 0;

	while (code == 0) {
		enum chunks_phase phase = s->chunks.phase;
		struct span bytes;

		switch (chunks_take(&s->chunks, &in, &bytes)) {
		case CHUNKS_MORE:
			memmove(s->bytes, in.p, in.len);
			s->len = in.len;
			return 0;
		case CHUNKS_BYTES:
			take_bytes(s, phase, bytes);
			break;
		case CHUNKS_NEXT:
			break;
		case CHUNKS_COMMIT:
			code = commit(s);
			break;
		case CHUNKS_ABORT:
			discard(s);
			code = say(s, 0, "-", "discarded");
			break;
		case CHUNKS_BAD:
			(void)say(s, CODE_ENVELOPE, "-", "malformed");
			return CODE_ENVELOPE;
		}
	}
	return code;
}

/* 1; 0 at the end; -1 errno. */
static int
read_more(struct session *s)
{
	ssize_t n = read_some(s->sock, s->bytes + s->len,
	    SESSION_ROOM - s->len);

	if (n <= 0)
		return (int)n;
	s->len += (size_t)n;
	return 1;
}

int
session_run(struct session *s, int sock, unsigned uid, const char *invoker,
    struct spool *spool)
{
	int code = 0;
	int r = 1;

	s->sock = sock;
	s->uid = uid;
	s->begun = false;
	s->alarm_ms = 0;
	s->len = 0;
	s->invoker = invoker;
	chunks_init(&s->chunks);
	arrival_init(&s->arrival, spool);
	restart_alarm(s);
	while (code == 0 && (r = read_more(s)) == 1)
		code = take_events(s);
	discard(s);
	if (code != 0)
		return code;
	return r == 0 && !chunks_in_message(&s->chunks) && s->len == 0 ? 0 :
	    CODE_READ;
}
