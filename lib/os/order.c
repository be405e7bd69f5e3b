/* One order, one answer; a user's waits ten seconds for a stuck postern-send. */
#include "lib/os/order.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/deadline.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/wire/order.h"
#include "lib/wire/packet.h"

enum { ANSWER_MS = 10000 };

int
order_connect(void)
{
	return unix_connect(path_queue(), "control", SOCK_SEQPACKET);
}

char
order_give(int sock, const struct buf *order, struct deadline d,
    struct span *text, int fds[2])
{
	static char room[PACKET_MAX];
	struct span bytes;
	struct packet p;

	if (fds != NULL)
		fds[0] = fds[1] = -1;
	if (fdpass_send(sock, order, NULL, 0) == -1 ||
	    deadline_wait(sock, POLLIN, d) == -1)
		return 0;
	if (fdpass_recv(sock, room, sizeof room, &bytes, fds,
	    fds != NULL ? 2 : 0) == 1 && packet_open(bytes, &p) == 0 &&
	    packet_take_str(&p, ORDER_TEXT_MAX, text) == PARSE_OK)
		return p.type;
	errno = EPROTO;
	return 0;
}

/* The same, of a user's order with a number. 0; -1 with errno. */
static int
ask(int sock, char order, uint64_t number, struct span *text, int fds[2])
{
	struct buf b;
	char type;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, order);
	packet_num(&b, number);
	type = order_give(sock, &b, deadline_in_ms(ANSWER_MS), text, fds);
	buf_free(&b);
	if (type == ORDER_DONE)
		return 0;
	if (type != 0)
		errno = type == ORDER_REFUSED ? EACCES : EPROTO;
	return -1;
}

/* The text is "messages N", and more. */
int
order_count(int sock, uint64_t *messages)
{
	struct span text, line;

	if (ask(sock, ORDER_STATUS, 0, &text, NULL) == -1)
		return -1;
	line = span_cut(&text, '\n');
	if (span_is(span_cut(&line, ' '), "messages"))
		return num_parse(line, UINT64_MAX, messages);
	errno = EPROTO;
	return -1;
}

int
order_own(int sock, uint64_t *place, struct span *ids)
{
	if (ask(sock, ORDER_OWN, *place, ids, NULL) == -1)
		return -1;
	return num_parse(span_cut(ids, '\n'), UINT64_MAX, place);
}

int
order_show(int sock, struct span id, int fds[2], bool *in_cur)
{
	struct span where;
	uint64_t number;

	if (num_parse(id, UINT64_MAX, &number) == -1 ||
	    ask(sock, ORDER_SHOW, number, &where, fds) == -1)
		return -1;
	*in_cur = span_is(where, "cur");
	return 0;
}

int
order_flush(void)
{
	int sock = order_connect();
	struct span text;
	int r, err;

	if (sock == -1)
		return -1;
	r = ask(sock, ORDER_RETRY, 0, &text, NULL);
	err = errno;
	close(sock);
	errno = err;
	return r;
}
