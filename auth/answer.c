/* Answers of the users door. A client that takes none is cut off. */
#include <sys/socket.h>

#include "auth/door.h"
#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"

static void
finish(struct door *d, struct ask *a, const struct buf *b)
{
	if (a->client != NULL && fdpass_send(a->client->fd, b, NULL, 0) == -1)
		(void)shutdown(a->client->fd, SHUT_RDWR);
	a->stage = ASK_FREE;
	d->nasks--;
}

struct ask *
answer_wanted(struct door *d, uint64_t id)
{
	for (size_t i = 0; i < DOOR_ASKS_MAX; i++)
		if (d->asks[i].stage != ASK_FREE && d->asks[i].id == id)
			return &d->asks[i];
	return NULL;
}

static void
begin(struct buf *b, char type, const struct ask *a)
{
	buf_init(b, PACKET_MAX);
	packet_start(b, type);
	packet_num(b, a->tag);
}

void
answer_owner(struct door *d, struct ask *a)
{
	const struct owner *o = &a->owner;
	struct buf b;

	begin(&b, DOOR_OWNED, a);
	packet_str(&b, span_str(o->user));
	packet_num(&b, o->uid);
	packet_num(&b, o->gid);
	packet_str(&b, span_str(o->home));
	packet_str(&b, span_str(o->dash));
	packet_str(&b, span_str(o->ext));
	finish(d, a, &b);
	buf_free(&b);
}

void
answer_yes(struct door *d, struct ask *a)
{
	struct buf b;

	begin(&b, DOOR_YES, a);
	finish(d, a, &b);
	buf_free(&b);
}

static void
words(struct door *d, struct ask *a, char type, const char *code,
    const char *text)
{
	struct buf b;

	begin(&b, type, a);
	packet_str(&b, span_str(code));
	packet_str(&b, span_trim_end(span_str(text)));
	finish(d, a, &b);
	buf_free(&b);
}

void
answer_no(struct door *d, struct ask *a, const char *code, const char *text)
{
	words(d, a, DOOR_NO, code, text);
}

void
answer_later(struct door *d, struct ask *a, const char *text)
{
	words(d, a, DOOR_LATER, "4.3.0", text);
}
