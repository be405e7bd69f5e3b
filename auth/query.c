/* The packets to lspawn and to owners' workers. */
#include "auth/query.h"

#include <string.h>
#include <unistd.h>

#include "lib/os/fdpass.h"

enum { CODE_MAX = 15 };

int
query_spawn(struct query_worker *w, int lspawn, uint64_t tag,
    struct span local, const struct owner *o)
{
	struct buf b;
	int r;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_SPAWN);
	packet_num(&b, tag);
	packet_str(&b, local);
	r = fdpass_send(lspawn, &b, NULL, 0);
	buf_free(&b);
	if (r == -1)
		return -1;
	*w = (struct query_worker){ .state = QUERY_SPAWNING, .sock = -1,
	    .tag = tag, .uid = o->uid };
	w->until = deadline_in_ms(QUERY_START_MS);
	memcpy(w->home, o->home, sizeof w->home);
	return 0;
}

bool
query_is_for(const struct query_worker *w, const struct owner *o)
{
	return w->state != QUERY_NONE && w->uid == o->uid &&
	    strcmp(w->home, o->home) == 0;
}

int
query_ask(struct query_worker *w, uint64_t ask, const struct owner *o)
{
	struct buf b;
	int r;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_QUERY);
	packet_num(&b, ask);
	packet_str(&b, span_str(o->dash));
	packet_str(&b, span_str(o->ext));
	r = fdpass_send(w->sock, &b, NULL, 0);
	buf_free(&b);
	return r;
}

void
query_end(struct query_worker *w)
{
	if (w->sock != -1)
		close(w->sock);
	w->sock = -1;
	w->state = QUERY_NONE;
	w->waiting = 0;
}

static bool
take_words(struct packet *p, struct query_result *out)
{
	return packet_take_cstr(p, CODE_MAX, &out->code) == PARSE_OK &&
	    packet_take_cstr(p, WORK_TEXT_MAX, &out->text) == PARSE_OK;
}

int
query_result(struct packet *p, struct query_result *out)
{
	uint64_t position;

	out->class = p->type;
	if ((p->type != WORK_DONE && p->type != WORK_LATER &&
	    p->type != WORK_NEVER) ||
	    packet_take_num(p, UINT64_MAX, &out->ask) != PARSE_OK ||
	    packet_take_num(p, 0, &position) != PARSE_OK)
		return -1;
	return take_words(p, out) ? 0 : -1;
}

int
query_unready(struct packet *p, struct query_result *out)
{
	struct span class;

	out->ask = 0;
	out->class = WORK_LATER;
	if (packet_take_str(p, 1, &class) != PARSE_OK)
		return -1;
	return take_words(p, out) ? 0 : -1;
}
