/* A client of the auth door. */
#include "lib/os/authdoor.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "lib/os/deadline.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"

int
authdoor_connect(void)
{
	return unix_connect(path_queue(), "auth", SOCK_SEQPACKET);
}

int
authdoor_ask(int sock, const struct buf *question, char *room,
    struct auth_answer *out)
{
	struct deadline d = deadline_in_ms(AUTH_WAIT_MS);
	struct span packet;
	int r;

	if (fdpass_send(sock, question, NULL, 0) == -1 ||
	    deadline_wait(sock, POLLIN, d) == -1)
		return -1;
	r = fdpass_recv(sock, room, AUTH_PACKET_MAX, &packet, NULL, 0);
	if (r == 0 || (r == 1 &&
	    auth_take_answer(packet, out) != PARSE_OK)) {
		errno = EPROTO;
		r = -1;
	}
	return r == 1 ? 0 : -1;
}
