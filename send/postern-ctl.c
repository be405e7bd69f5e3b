/*
 * postern-ctl - give postern-send an order
 *
 * runs as    whoever calls it; postern-send decides what that one may
 * hears      postern-send's answer
 * exits      0 done; 100 refused or misused; 111 trouble
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/out.h"
#include "lib/os/paths.h"
#include "lib/wire/order.h"
#include "lib/wire/packet.h"

static const struct verb {
	const char *name;
	char type;
	enum { NOTHING, MESSAGE, ANY_MESSAGE, PLACE } takes;
} verbs[] = {
	{ "status", ORDER_STATUS, NOTHING },
	{ "retry", ORDER_RETRY, ANY_MESSAGE },
	{ "hold", ORDER_HOLD, MESSAGE },
	{ "release", ORDER_RELEASE, MESSAGE },
	{ "delete", ORDER_DELETE, MESSAGE },
	{ "bounce", ORDER_BOUNCE, MESSAGE },
	{ "flush", ORDER_FLUSH, PLACE },
};

_Noreturn static void
usage(void)
{
	diex(100, "usage: postern-ctl status | retry [ID] | hold ID | "
	    "release ID | delete ID | bounce ID | flush DESTINATION");
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	usage();
}

static void
compose(struct buf *packet, int argc, char **argv)
{
	const struct verb *v;
	uint64_t id = 0;

	if (argc < 2)
		usage();
	v = find_verb(argv[1]);
	packet_start(packet, v->type);
	if (argc > 3 || (argc == 3 && v->takes == NOTHING) ||
	    (argc == 2 && (v->takes == MESSAGE || v->takes == PLACE)))
		usage();
	if (v->takes == PLACE)
		packet_str(packet, span_str(argv[2]));
	if (v->takes != MESSAGE && v->takes != ANY_MESSAGE)
		return;
	if (argc == 3 && (num_parse(span_str(argv[2]), UINT64_MAX, &id) ==
	    -1 || id == 0))
		diex(100, "not a message's number: %s", argv[2]);
	packet_num(packet, id);
}

static int
report(struct span bytes)
{
	struct packet p;
	struct span text;

	if (packet_open(bytes, &p) == -1 ||
	    packet_take_str(&p, ORDER_TEXT_MAX, &text) != PARSE_OK)
		diex(111, "postern-send makes no sense");
	if (write_all(p.type == ORDER_DONE ? 1 : 2, text.p, text.len) == -1 ||
	    (text.len > 0 && text.p[text.len - 1] != '\n' &&
	    write_all(p.type == ORDER_DONE ? 1 : 2, "\n", 1) == -1))
		die(111, "cannot write");
	return p.type == ORDER_DONE ? 0 : p.type == ORDER_REFUSED ? 100 : 111;
}

int
main(int argc, char **argv)
{
	static char room[PACKET_MAX];
	struct buf packet;
	struct span bytes;
	int sock;

	die_name("postern-ctl");
	buf_init(&packet, PACKET_MAX);
	compose(&packet, argc, argv);
	sock = unix_connect(path_queue(), "control", SOCK_SEQPACKET);
	if (sock == -1)
		die(111, "cannot reach postern-send");
	if (fdpass_send(sock, &packet, NULL, 0) == -1 ||
	    fdpass_recv(sock, room, sizeof room, &bytes, NULL, 0) != 1)
		diex(111, "postern-send gives no answer");
	return report(bytes);
}
