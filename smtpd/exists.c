/*
 * The users door from the asker's side. Questions may be many before the
 * first answer is read; each carries a number, and answers may come in any
 * order. No answer, a wrong one or none in time is "later", never "unknown".
 */
#include "smtpd/exists.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/table.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/wire/door.h"
#include "lib/wire/packet.h"

enum { ANSWER_MAX = 4096, BROKEN_MS = 10000, CODE_MAX = 11 };

void
exists_init(struct exists *e)
{
	e->sock = -1;
}

static void
give_up(struct exists *e)
{
	if (e->sock != -1)
		close(e->sock);
	e->sock = -1;
	e->broken_until_ms = clock_monotonic_ms() + BROKEN_MS;
}

/* ---- memory ---- */

bool
exists_known(const struct exists *e, struct span address,
    struct exists_answer *out)
{
	uint64_t h = table_hash(address, 0);
	const struct exists_memory *m = &e->memory[h % EXISTS_REMEMBERED];

	if (m->address == NULL || m->hash != h ||
	    !span_eq((struct span){ m->address, m->len }, address) ||
	    m->until_ms < clock_monotonic_ms())
		return false;
	*out = m->answer;
	return true;
}

void
exists_remember(struct exists *e, struct span address,
    const struct exists_answer *answer)
{
	uint64_t h = table_hash(address, 0);
	struct exists_memory *m = &e->memory[h % EXISTS_REMEMBERED];
	char *copy;

	if (answer->verdict == EXISTS_LATER || address.len == 0)
		return;
	copy = malloc(address.len);
	if (copy == NULL)
		return;
	memcpy(copy, address.p, address.len);
	free(m->address);
	*m = (struct exists_memory){
		.hash = h, .address = copy, .len = address.len,
		.answer = *answer,
		.until_ms = clock_monotonic_ms() + EXISTS_REMEMBER_MS,
	};
}

/* ---- the door ---- */

static bool
connected(struct exists *e)
{
	if (e->sock != -1)
		return true;
	if (clock_monotonic_ms() < e->broken_until_ms)
		return false;
	/* A door with a full waiting room is trouble, not worth a wait. */
	e->sock = unix_connect(path_queue(), "users",
	    SOCK_SEQPACKET | SOCK_NONBLOCK);
	if (e->sock == -1)
		give_up(e);
	return e->sock != -1;
}

void
exists_ask(struct exists *e, struct span address)
{
	struct buf b;
	uint64_t tag = e->next_tag++;

	if (!connected(e))
		return;
	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_EXISTS);
	packet_num(&b, tag);
	packet_str(&b, address);
	if (fdpass_send(e->sock, &b, NULL, 0) == -1)
		give_up(e);
	buf_free(&b);
}

static void
copy_text(struct span from, char *to, size_t size)
{
	size_t n = 0;

	for (; n < from.len && n < size - 1; n++) {
		char c = from.p[n];

		to[n] = c >= ' ' && c < 127 ? c : '?';
	}
	to[n] = '\0';
}

/* One packet to one answer. 0; -1 for what no door may say. */
static int
read_answer(struct span bytes, uint64_t *tag, struct exists_answer *out)
{
	struct packet p;
	struct span code = SPAN(""), text = SPAN("");

	if (packet_open(bytes, &p) == -1 ||
	    packet_take_num(&p, UINT64_MAX, tag) != PARSE_OK)
		return -1;
	if (p.type == DOOR_YES) {
		*out = (struct exists_answer){ .verdict = EXISTS_YES };
		return 0;
	}
	if ((p.type != DOOR_NO && p.type != DOOR_LATER) ||
	    packet_take_str(&p, CODE_MAX, &code) != PARSE_OK ||
	    packet_take_str(&p, ANSWER_MAX, &text) != PARSE_OK)
		return -1;
	out->verdict = p.type == DOOR_NO ? EXISTS_NO : EXISTS_LATER;
	copy_text(code, out->code, sizeof out->code);
	copy_text(text, out->text, sizeof out->text);
	return 0;
}

/* Waits for one more answer. 0; -1 in trouble. */
static int
next_answer(struct exists *e, struct deadline d, uint64_t *tag,
    struct exists_answer *out)
{
	char room[ANSWER_MAX];
	struct span packet;

	if (e->sock == -1 || deadline_wait(e->sock, POLLIN, d) == -1 ||
	    fdpass_recv(e->sock, room, sizeof room, &packet, NULL, 0) != 1)
		return -1;
	return read_answer(packet, tag, out);
}

void
exists_collect(struct exists *e, size_t count,
    struct exists_answer answers[EXISTS_ASKED_MAX])
{
	struct deadline d = deadline_in_ms(DOOR_WAIT_MS);
	uint64_t first = e->next_tag - count;
	size_t missing = count;

	for (size_t i = 0; i < count; i++)
		answers[i] = (struct exists_answer){
			.verdict = EXISTS_LATER, .code = "4.3.0",
			.text = "cannot look up recipients now",
		};
	while (missing > 0) {
		struct exists_answer got;
		uint64_t tag;

		if (next_answer(e, d, &tag, &got) == -1 ||
		    tag - first >= count) {
			give_up(e);
			return;
		}
		answers[tag - first] = got;
		missing--;
	}
}
