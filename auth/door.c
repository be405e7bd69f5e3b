/*
 * The users door. One loop, nothing in it waits: clients are non-blocking, and
 * one that does not take its answers is closed rather than waited for.
 */
#include "auth/door.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/database.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/wire/packet.h"

enum { CLIENTS_MAX = 4096, EVENTS = 64, QUESTION_MAX = 4096 };

enum kind { LISTENER, CLIENT, LSPAWN, LIFELINE };

struct end {			/* a descriptor that the poller watches */
	enum kind kind;
	int fd;
};

struct door {
	struct poller poller;
	struct end listener, lspawn, lifeline;
	size_t clients;
	struct database assign;
	char assign_path[PATH_MAX];
	bool over;
};

static void
hang_up(struct door *d, struct end *client)
{
	poller_remove(&d->poller, client->fd);
	close(client->fd);
	free(client);
	d->clients--;
}

static void
answer(struct end *client, const struct buf *b)
{
	if (fdpass_send(client->fd, b, NULL, 0) == -1)
		(void)shutdown(client->fd, SHUT_RDWR);
}

static void
say_later(struct end *client, uint64_t tag, const char *text)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_LATER);
	packet_num(&b, tag);
	packet_str(&b, SPAN("4.3.0"));
	packet_str(&b, span_str(text));
	answer(client, &b);
	buf_free(&b);
}

static void
say_owner(struct end *client, uint64_t tag, const struct owner *o)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_OWNED);
	packet_num(&b, tag);
	packet_str(&b, span_str(o->user));
	packet_num(&b, o->uid);
	packet_num(&b, o->gid);
	packet_str(&b, span_str(o->home));
	packet_str(&b, span_str(o->dash));
	packet_str(&b, span_str(o->ext));
	answer(client, &b);
	buf_free(&b);
}

/* 1 with *o; -1 cannot tell now, *why says why. */
static int
find_owner(struct door *d, struct span local, struct owner *o,
    const char **why)
{
	int r = database_refresh(&d->assign, d->assign_path);

	if (r == 0 && d->assign.bytes.len > 0)
		r = assign_find(d->assign.bytes, local, o);
	if (r == -1) {
		warn_errno("cannot use %s", d->assign_path);
		*why = "Unable to read users/cdb. (#4.3.0)";
		return -1;
	}
	return r == 1 ? 1 : passwd_find(local, o, why);
}

static void
on_owner(struct door *d, struct end *client, uint64_t tag, struct span local)
{
	const char *why = "";
	struct owner o;

	if (find_owner(d, local, &o, &why) == 1)
		say_owner(client, tag, &o);
	else
		say_later(client, tag, why);
}

/* 0; -1: nonsense. */
static int
take_question(struct door *d, struct end *client, struct span bytes)
{
	struct packet p;
	struct span what;
	uint64_t tag;

	if (packet_open(bytes, &p) == -1 ||
	    packet_take_num(&p, UINT64_MAX, &tag) != PARSE_OK ||
	    packet_take_str(&p, WORK_ADDRESS_MAX, &what) != PARSE_OK ||
	    !packet_at_end(&p))
		return -1;
	if (p.type == DOOR_OWNER)
		on_owner(d, client, tag, what);
	else
		return -1;
	return 0;
}

static void
on_client(struct door *d, struct end *client)
{
	char room[QUESTION_MAX];
	struct span bytes;
	int none;
	int r = fdpass_recv(client->fd, room, sizeof room, &bytes, &none, 0);

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r != 1 || take_question(d, client, bytes) == -1)
		hang_up(d, client);
}

static int
add_client(struct door *d, int fd)
{
	struct end *client = malloc(sizeof *client);
	int flags = fcntl(fd, F_GETFL);

	if (client == NULL)
		return -1;
	*client = (struct end){ CLIENT, fd };
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    poller_add(&d->poller, fd, POLLER_IN, client) == -1) {
		free(client);
		return -1;
	}
	d->clients++;
	return 0;
}

static void
on_listener(struct door *d)
{
	int fd = accept4(d->listener.fd, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1)
		return;
	if (d->clients >= CLIENTS_MAX || add_client(d, fd) == -1) {
		warn_plain("too many clients");
		close(fd);
	}
}

static void
on_event(struct door *d, struct end *e)
{
	switch (e->kind) {
	case LISTENER:
		on_listener(d);
		break;
	case CLIENT:
		on_client(d, e);
		break;
	case LSPAWN:
		poller_remove(&d->poller, e->fd);
		break;
	case LIFELINE:
		d->over = true;
		break;
	}
}

static int
watch(struct door *d, struct end *e, enum kind kind, int fd)
{
	*e = (struct end){ kind, fd };
	if (fd == -1)
		return 0;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	return poller_add(&d->poller, fd, POLLER_IN, e);
}

struct door *
door_new(int listener, int lspawn, int client, int lifeline)
{
	struct door *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	snprintf(d->assign_path, sizeof d->assign_path, "%s/users/cdb",
	    path_control());
	if (poller_init(&d->poller) == -1 ||
	    watch(d, &d->listener, LISTENER, listener) == -1 ||
	    watch(d, &d->lspawn, LSPAWN, lspawn) == -1 ||
	    watch(d, &d->lifeline, LIFELINE, lifeline) == -1 ||
	    (client != -1 && add_client(d, client) == -1)) {
		free(d);
		return NULL;
	}
	return d;
}

int
door_serve(struct door *d)
{
	while (!d->over) {
		struct poller_event events[EVENTS];
		int n = poller_wait(&d->poller, events, EVENTS, -1);

		if (n == -1)
			return -1;
		for (int i = 0; i < n; i++)
			on_event(d, events[i].what);
	}
	return 0;
}
