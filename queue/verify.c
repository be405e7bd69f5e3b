/* Asking the users door, one address after another. */
#include "queue/verify.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/wire/door.h"
#include "lib/wire/packet.h"

enum { TEXT_MAX = 1024 };

static int
ask(int door, struct span address)
{
	struct buf b;
	int r;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_EXISTS);
	packet_num(&b, 1);
	packet_str(&b, address);
	r = fdpass_send(door, &b, NULL, 0);
	buf_free(&b);
	return r;
}

/* The answer; text, which may be empty, lies in room. */
static enum verify_answer
listen_to(int door, char room[PACKET_MAX], struct span *text)
{
	struct packet p;
	struct span bytes, code;
	uint64_t tag;
	int r;

	if (deadline_wait(door, POLLIN, deadline_in_ms(DOOR_WAIT_MS)) == -1)
		return VERIFY_TROUBLE;
	r = fdpass_recv(door, room, PACKET_MAX, &bytes, NULL, 0);
	if (r != 1) {
		errno = r == 0 ? ECONNRESET : errno;
		return VERIFY_TROUBLE;
	}
	*text = SPAN("");
	if (packet_open(bytes, &p) == -1 ||
	    packet_take_num(&p, UINT64_MAX, &tag) != PARSE_OK) {
		errno = EPROTO;
		return VERIFY_TROUBLE;
	}
	if (p.type == DOOR_YES)
		return VERIFY_YES;
	if (packet_take_str(&p, TEXT_MAX, &code) == PARSE_OK &&
	    packet_take_str(&p, TEXT_MAX, text) != PARSE_OK)
		*text = SPAN("");
	return p.type == DOOR_NO ? VERIFY_NO : VERIFY_LATER;
}

static void
tell(struct out *out, struct span address, enum verify_answer a,
    struct span text)
{
	out_span(out, address);
	out_str(out, a == VERIFY_YES ? "... deliverable" : a == VERIFY_NO ?
	    "... undeliverable" : "... cannot tell now");
	if (text.len > 0) {
		out_str(out, ": ");
		out_span(out, text);
	}
	out_str(out, "\n");
}

enum verify_answer
verify(struct span addresses, struct out *out)
{
	static char room[PACKET_MAX];
	enum verify_answer worst = VERIFY_YES;
	int door = unix_connect(path_queue(), "users", SOCK_SEQPACKET);

	if (door == -1)
		return VERIFY_TROUBLE;
	while (addresses.len > 0 && worst != VERIFY_TROUBLE) {
		struct span address = span_cut(&addresses, '\0');
		enum verify_answer a = VERIFY_TROUBLE;
		struct span text = SPAN("");

		if (ask(door, address) == 0)
			a = listen_to(door, room, &text);
		if (a != VERIFY_TROUBLE)
			tell(out, address, a, text);
		if (a > worst)
			worst = a;
	}
	if (out_flush(out) == -1)
		worst = VERIFY_TROUBLE;
	close(door);
	return worst;
}
