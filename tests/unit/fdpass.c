/* Packets and descriptors: what was not asked for is never opened. */
#include "lib/os/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/tap.h"

/* How many descriptors are open? */
static int
count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* A packet of len bytes with nfds descriptors through sv. */
static void
put(int sock, size_t len, size_t nfds)
{
	static const int fds[FDPASS_MAX] = { 1, 1, 1, 1 };
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < len; i++)
		buf_char(&b, 'x');
	if (fdpass_send(sock, &b, fds, nfds) == -1)
		ok(false, "sent");
	buf_free(&b);
}

static void
packets(void)
{
	char room[10];
	struct span packet;
	int sv[2], fds[FDPASS_MAX];
	int before;

	if (fdpass_pair(sv) == -1)
		return;
	before = count_open();
	for (size_t nfds = 1; nfds <= FDPASS_MAX; nfds++) {
		put(sv[0], 3, nfds);
		ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds,
		    nfds) == 1 && packet.len == 3 &&
		    count_open() == before + (int)nfds,
		    "as many descriptors as are asked for");
		for (size_t i = 0; i < nfds; i++)
			close(fds[i]);
		if (nfds == FDPASS_MAX)
			break;
		put(sv[0], 3, nfds + 1);
		ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds,
		    nfds) == -1 && errno == EMSGSIZE && fds[0] == -1,
		    "one more: refused");
		ok(count_open() == before, "  and nothing stays open");
	}
	put(sv[0], 3, 1);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 2) == 1 &&
	    fds[0] != -1 && fds[1] == -1, "one less");
	close(fds[0]);
	put(sv[0], 3, 2);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, NULL, 0) == 1 &&
	    count_open() == before, "who wants none gets none");
	put(sv[0], 11, 1);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 1) == -1 &&
	    errno == EMSGSIZE && count_open() == before,
	    "a packet too large: refused, nothing open");
	put(sv[0], 0, 1);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 1) == 0 &&
	    count_open() == before, "a packet of nothing: the end");
	close(sv[0]);
	close(sv[1]);
}

int
main(void)
{
	packets();
	return tap_done();
}
