/*
 * postern-ctl - give postern-send an order
 *
 * runs as    whoever calls it; postern-send decides what that one may
 * hears      postern-send's answer
 * runs       postern-queue, for the copy that redirect makes
 * exits      0 done; 100 refused or misused; 111 trouble
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/die.h"
#include "lib/os/in.h"
#include "lib/os/order.h"
#include "lib/os/out.h"
#include "lib/wire/order.h"
#include "lib/wire/packet.h"
#include "queue/injector.h"
#include "queue/store.h"

enum { CHUNK = 65536 };

static const struct verb {
	const char *name;
	char type;
	enum { NOTHING, MESSAGE, ANY_MESSAGE, PLACE, REDIRECTED } takes;
} verbs[] = {
	{ "status", ORDER_STATUS, NOTHING },
	{ "retry", ORDER_RETRY, ANY_MESSAGE },
	{ "hold", ORDER_HOLD, MESSAGE },
	{ "release", ORDER_RELEASE, MESSAGE },
	{ "delete", ORDER_DELETE, MESSAGE },
	{ "bounce", ORDER_BOUNCE, MESSAGE },
	{ "flush", ORDER_FLUSH, PLACE },
	{ "redirect", ORDER_HOLD, REDIRECTED },
};

_Noreturn static void
usage(void)
{
	diex(100, "usage: postern-ctl status | retry [ID] | hold ID | "
	    "release ID | delete ID | bounce ID | redirect ID ADDRESS | "
	    "flush DESTINATION");
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	usage();
}

/* Are there as many arguments as it takes? */
static bool
is_complete(const struct verb *v, int argc)
{
	switch (v->takes) {
	case NOTHING:
		return argc == 2;
	case ANY_MESSAGE:
		return argc == 2 || argc == 3;
	case REDIRECTED:
		return argc == 4;
	default:
		return argc == 3;
	}
}

static uint64_t
number_of(const char *word)
{
	uint64_t id;

	if (num_parse(span_str(word), UINT64_MAX, &id) == -1 || id == 0)
		diex(100, "not a message's number: %s", word);
	return id;
}

static void
compose(struct buf *packet, const struct verb *v, const char *word)
{
	packet_start(packet, v->type);
	if (v->takes == PLACE)
		packet_str(packet, span_str(word));
	else if (v->takes != NOTHING)
		packet_num(packet, word != NULL ? number_of(word) : 0);
}

/* Its type, as order_give, whose other arguments these are. */
static char
order(int sock, const struct buf *packet, struct span *text, int fds[2])
{
	char type = order_give(sock, packet, deadline_never(), text, fds);

	if (type == 0)
		die(111, "postern-send gives no answer");
	return type;
}

static int
report(char type, struct span text)
{
	int to = type == ORDER_DONE ? 1 : 2;

	if (write_all(to, text.p, text.len) == -1 ||
	    (text.len > 0 && text.p[text.len - 1] != '\n' &&
	    write_all(to, "\n", 1) == -1))
		die(111, "cannot write");
	return type == ORDER_DONE ? 0 : type == ORDER_REFUSED ? 100 : 111;
}

/* ---- redirect: it is held, a copy is queued, then it is deleted ---- */

/* Nothing is lost by what goes wrong. */
static const char held[] = "; the message stays held";

/* An order about a message, as order(). */
static char
about(int sock, char type, const char *id, struct span *text, int fds[2])
{
	struct buf packet;

	buf_init(&packet, PACKET_MAX);
	packet_start(&packet, type);
	packet_num(&packet, number_of(id));
	type = order(sock, &packet, text, fds);
	buf_free(&packet);
	return type;
}

static int
copy_message(const struct stored *m, struct injector *q)
{
	static char chunk[CHUNK];

	for (uint64_t at = 0; at < m->header.message_len;) {
		uint64_t left = m->header.message_len - at;
		ssize_t n = pread_full(m->fd, chunk,
		    left < CHUNK ? (size_t)left : CHUNK,
		    QUEUE_HEADER_SIZE + at);

		if (n <= 0)
			return -1;
		injector_data(q, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

static void
queue_copy(const struct stored *m, struct span address)
{
	static struct injector q;
	struct queue_recipient to = { .address = address };
	struct queue_sender sender;
	struct injector_verdict v;
	struct buf envelope;
	struct span rest;

	buf_init(&envelope, QUEUE_ENVELOPE_MAX);
	if (store_read_envelope(m, &envelope) == -1 ||
	    buf_get(&envelope, &rest) == -1 ||
	    queue_sender_take(&rest, &sender) != PARSE_OK)
		diex(111, "cannot read the envelope%s", held);
	if (injector_spawn(&q) == -1)
		diex(111, "cannot run postern-queue%s", held);
	if (copy_message(m, &q) == -1) {
		injector_abort(&q);
		injector_close(&q);
		diex(111, "cannot read the message%s", held);
	}
	injector_envelope_begin(&q);
	injector_sender(&q, &sender);
	injector_recipient(&q, &to);
	injector_commit(&q, &v);
	injector_close(&q);
	buf_free(&envelope);
	if (v.code != 0)
		diex(v.text[0] == 'D' ? 100 : 111, "%s%s", v.text + 1, held);
}

/* With a domain, and nothing that would need quotes in a log. */
static void
check_address(struct span s)
{
	size_t at = span_rfind(s, '@');
	bool good = at > 0 && at + 1 < s.len && s.len <= QUEUE_ADDRESS_MAX;

	for (size_t i = 0; i < s.len; i++)
		good = good && (unsigned char)s.p[i] > ' ' && s.p[i] != 127;
	if (!good)
		diex(100, "not an address with its domain: %.*s", (int)s.len,
		    s.p);
}

/* The message is held. As order(). */
static char
redirect(int sock, const char *id, struct span address, struct span *text)
{
	int fds[2];
	struct stored m;
	char type = about(sock, ORDER_SHOW, id, text, fds);

	if (type != ORDER_DONE)
		return type;
	if (store_adopt(fds[0], &m) != STORE_OK)
		diex(111, "cannot read the message%s", held);
	queue_copy(&m, address);
	return about(sock, ORDER_DELETE, id, text, NULL);
}

int
main(int argc, char **argv)
{
	const struct verb *v;
	struct buf packet;
	struct span text;
	char type;
	int sock;

	die_name("postern-ctl");
	if (argc < 2)
		usage();
	v = find_verb(argv[1]);
	if (!is_complete(v, argc))
		usage();
	if (v->takes == REDIRECTED)
		check_address(span_str(argv[3]));
	buf_init(&packet, PACKET_MAX);
	compose(&packet, v, argv[2]);
	sock = order_connect();
	if (sock == -1)
		die(111, "cannot reach postern-send");
	type = order(sock, &packet, &text, NULL);
	if (type == ORDER_DONE && v->takes == REDIRECTED)
		type = redirect(sock, argv[2], span_str(argv[3]), &text);
	return report(type, text);
}
