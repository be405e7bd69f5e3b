/* The users door, asked again for a name when new mail for it has come. */
#include "send/owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/fdpass.h"
#include "lib/wire/door.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"

static uint64_t
owner_hash(const void *item)
{
	return ((const struct owner *)item)->hash;
}

static bool
owner_is(const void *item, const void *key)
{
	return span_eq(((const struct owner *)item)->name,
	    *(const struct span *)key);
}

void
owners_init(struct owners *o, int sock, uint64_t seed)
{
	*o = (struct owners){ .sock = sock, .seed = seed };
	table_init(&o->known, owner_hash);
	buf_init(&o->packet, PACKET_MAX);
}

static struct owner *
find(const struct owners *o, struct span name)
{
	return table_find(&o->known, table_hash(name, o->seed), owner_is,
	    &name);
}

/* What pointed into the answer is not looked at any more. */
static void
drop_answer(struct owner *w)
{
	free(w->answer);
	w->answer = NULL;
	w->state = OWNER_ASKED;
}

void
owners_forget(struct owners *o)
{
	struct table old = o->known;
	struct owner *w;
	size_t at = 0;

	table_init(&o->known, owner_hash);
	while ((w = table_next(&old, &at)) != NULL) {
		drop_answer(w);
		if (!w->asking || table_add(&o->known, w) == -1) {
			free(w->waiting);
			free(w);
		}
	}
	table_free(&old);
}

/* ---- questions ---- */

static void
asked_add(struct owners *o, struct owner *w)
{
	w->next_asked = NULL;
	w->prev_asked = o->last_asked;
	if (o->last_asked != NULL)
		o->last_asked->next_asked = w;
	else
		o->first_asked = w;
	o->last_asked = w;
	o->asked++;
}

static void
asked_remove(struct owners *o, struct owner *w)
{
	if (w->prev_asked != NULL)
		w->prev_asked->next_asked = w->next_asked;
	else
		o->first_asked = w->next_asked;
	if (w->next_asked != NULL)
		w->next_asked->prev_asked = w->prev_asked;
	else
		o->last_asked = w->prev_asked;
	o->asked--;
}

static int
ask(struct owners *o, uint64_t tag, struct span name)
{
	if (o->sock == -1) {
		errno = ENOTCONN;
		return -1;
	}
	packet_start(&o->packet, DOOR_OWNER);
	packet_num(&o->packet, tag);
	packet_str(&o->packet, name);
	return fdpass_send(o->sock, &o->packet, NULL, 0);
}

static struct owner *
owner_new(struct owners *o, struct span name)
{
	struct owner *w = calloc(1, sizeof *w + name.len);

	if (w == NULL)
		return NULL;
	if (name.len > 0)
		memcpy(w->bytes, name.p, name.len);
	w->name = (struct span){ w->bytes, name.len };
	w->hash = table_hash(name, o->seed);
	if (table_add(&o->known, w) == 0)
		return w;
	free(w);
	return NULL;
}

bool
owner_told(const struct owner *w, int64_t since_ms, int64_t now_ms)
{
	switch (w->state) {
	case OWNER_KNOWN:
		return w->answered_ms >= since_ms - OWNERS_KNOWN_MS;
	case OWNER_REFUSED:
		return w->answered_ms >= since_ms - OWNERS_REFUSED_MS;
	case OWNER_LATER:
		return w->answered_ms > now_ms - OWNERS_LATER_MS ||
		    (since_ms != OWNERS_ANY_TIME && w->answered_ms >= since_ms);
	default:
		return false;
	}
}

struct owner *
owners_look(struct owners *o, struct span name, int64_t since_ms,
    int64_t now_ms)
{
	struct owner *w = find(o, name);

	if (w != NULL && (w->asking || owner_told(w, since_ms, now_ms)))
		return w;
	if (o->asked >= OWNERS_ASKED_MAX) {
		errno = EAGAIN;
		return NULL;
	}
	if (w == NULL) {
		if (o->known.count >= OWNERS_MAX)
			owners_forget(o);
		w = owner_new(o, name);
	}
	if (w == NULL || ask(o, ++o->last_tag, w->name) == -1)
		return NULL;
	w->tag = o->last_tag;
	w->asking = true;
	w->until_ms = now_ms + DOOR_WAIT_MS;
	asked_add(o, w);
	return w;
}

int
owner_wait(struct owner *w, uint64_t id)
{
	if (w->waiting_count > 0 && w->waiting[w->waiting_count - 1] == id)
		return 0;
	if (w->waiting_count == w->waiting_room) {
		size_t room = w->waiting_room == 0 ? 4 : w->waiting_room * 2;
		uint64_t *more = realloc(w->waiting, room * sizeof *more);

		if (more == NULL)
			return -1;
		w->waiting = more;
		w->waiting_room = room;
	}
	w->waiting[w->waiting_count++] = id;
	return 1;
}

/* ---- answers ---- */

static void
answered(struct owners *o, struct owner *w, enum owner_state state,
    int64_t now_ms)
{
	asked_remove(o, w);
	w->asking = false;
	w->state = state;
	w->answered_ms = now_ms;
}

static void
set_later(struct owners *o, struct owner *w, int64_t now_ms,
    const char *text)
{
	answered(o, w, OWNER_LATER, now_ms);
	w->code = SPAN("4.3.0");
	w->text = span_str(text);
}

/* Keeps a copy of the packet's fields, which follow each other. */
static int
keep(struct owner *w, struct span fields)
{
	drop_answer(w);
	w->answer = malloc(fields.len + 1);
	if (w->answer == NULL)
		return -1;
	memcpy(w->answer, fields.p, fields.len);
	w->answer[fields.len] = '\0';
	return 0;
}

static int
take_owned(struct owner *w)
{
	struct packet p = { DOOR_OWNED, { w->answer, 0 } };
	struct span user, home;
	uint64_t uid, gid;

	p.rest = w->text;
	if (packet_take_str(&p, DOOR_USER_MAX, &user) != PARSE_OK ||
	    packet_take_num(&p, UINT32_MAX, &uid) != PARSE_OK ||
	    packet_take_num(&p, UINT32_MAX, &gid) != PARSE_OK ||
	    packet_take_str(&p, DOOR_HOME_MAX, &home) != PARSE_OK ||
	    packet_take_str(&p, WORK_ADDRESS_MAX, &w->dash) != PARSE_OK ||
	    packet_take_str(&p, WORK_ADDRESS_MAX, &w->ext) != PARSE_OK)
		return -1;
	w->identity = span_between(user.p, home.p + home.len);
	return 0;
}

static int
take_refusal(struct owner *w)
{
	struct packet p = { DOOR_NO, w->text };

	if (packet_take_str(&p, 16, &w->code) != PARSE_OK ||
	    packet_take_str(&p, WORK_TEXT_MAX, &w->text) != PARSE_OK)
		return -1;
	return 0;
}

static struct owner *
by_tag(const struct owners *o, uint64_t tag)
{
	struct owner *w = o->first_asked;

	while (w != NULL && w->tag != tag)
		w = w->next_asked;
	return w;
}

static bool
is_answer(char type)
{
	return type == DOOR_OWNED || type == DOOR_NO || type == DOOR_LATER;
}

static int
accept_answer(struct owners *o, struct packet p, int64_t now_ms,
    struct owner **out)
{
	uint64_t tag;
	struct owner *w;
	int r;

	if (!is_answer(p.type) ||
	    packet_take_num(&p, UINT64_MAX, &tag) != PARSE_OK)
		return -1;
	*out = w = by_tag(o, tag);
	if (w == NULL)
		return 1;	/* too late: it had been given up */
	if (keep(w, p.rest) == -1) {
		set_later(o, w, now_ms, "Out of memory. (#4.3.0)");
		return 1;
	}
	w->text = (struct span){ w->answer, p.rest.len };
	r = p.type == DOOR_OWNED ? take_owned(w) : take_refusal(w);
	if (r == -1)
		return -1;
	answered(o, w, p.type == DOOR_OWNED ? OWNER_KNOWN :
	    p.type == DOOR_NO ? OWNER_REFUSED : OWNER_LATER, now_ms);
	return 1;
}

int
owners_receive(struct owners *o, int64_t now_ms, struct owner **out)
{
	static char room[PACKET_MAX];
	struct span bytes;
	struct packet p;
	int r = fdpass_recv(o->sock, room, sizeof room, &bytes, NULL, 0);

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (r != 1 || packet_open(bytes, &p) == -1)
		return -1;
	return accept_answer(o, p, now_ms, out);
}

struct owner *
owners_overdue(struct owners *o, int64_t now_ms)
{
	struct owner *w = o->first_asked;

	if (w == NULL || now_ms < w->until_ms)
		return NULL;
	set_later(o, w, now_ms,
	    "Nobody could tell in time whose address this is. (#4.3.0)");
	return w;
}
