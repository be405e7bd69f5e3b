/*
 * The users door. One loop, nothing in it waits: clients are non-blocking, and
 * one that does not take its answers is closed rather than waited for.
 */
#include "auth/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/wire/packet.h"

enum { EVENTS = 64, QUESTION_MAX = 16384 };

static void
hang_up(struct door *d, struct end *client)
{
	ask_drop(d, client);
	poller_remove(&d->poller, client->fd);
	close(client->fd);
	free(client);
	d->clients--;
}

static struct ask *
new_ask(struct door *d)
{
	for (size_t i = 0; i < DOOR_ASKS_MAX; i++)
		if (d->asks[i].stage == ASK_FREE) {
			d->nasks++;
			d->asks[i].stage = ASK_NEW;
			d->asks[i].id = d->next_id++;
			return &d->asks[i];
		}
	return NULL;
}

static void
refuse(struct end *client, uint64_t tag)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_LATER);
	packet_num(&b, tag);
	packet_str(&b, SPAN("4.3.2"));
	packet_str(&b, SPAN("Too many questions at the moment. (#4.3.2)"));
	if (fdpass_send(client->fd, &b, NULL, 0) == -1)
		(void)shutdown(client->fd, SHUT_RDWR);
	buf_free(&b);
}

/* 0; -1: nonsense. */
static int
take_question(struct door *d, struct end *client, struct span bytes)
{
	struct packet p;
	struct ask *a;
	struct span what;
	uint64_t tag;

	if (packet_open(bytes, &p) == -1 ||
	    packet_take_num(&p, UINT64_MAX, &tag) != PARSE_OK ||
	    packet_take_str(&p, QUESTION_MAX, &what) != PARSE_OK ||
	    !packet_at_end(&p) ||
	    (p.type != DOOR_OWNER && p.type != DOOR_EXISTS))
		return -1;
	a = p.type == DOOR_EXISTS && d->nasks >= DOOR_EXISTS_MAX ? NULL :
	    new_ask(d);
	if (a == NULL) {
		refuse(client, tag);
		return 0;
	}
	a->client = client;
	a->tag = tag;
	a->exists = p.type == DOOR_EXISTS;
	if (what.len > WORK_ADDRESS_MAX)	/* virtualdomains can do that */
		answer_no(d, a, "5.1.3", "Address too long. (#5.1.3)");
	else
		ask_begin(d, a, what);
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
	*client = (struct end){ END_CLIENT, fd, 0 };
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
	int fd = acceptor_take(&d->acceptor, SOCK_NONBLOCK);

	if (fd == -1)
		return;
	if (d->clients >= d->clients_max || add_client(d, fd) == -1) {
		warn_plain("too many clients");
		close(fd);
	}
}

static void
on_event(struct door *d, struct end *e)
{
	switch (e->kind) {
	case END_LISTENER:
		on_listener(d);
		break;
	case END_CLIENT:
		on_client(d, e);
		break;
	case END_LSPAWN:
		exists_on_lspawn(d);
		break;
	case END_LIFELINE:
		d->over = true;
		break;
	case END_HELPER:
		whose_on_helper(d, e->index);
		break;
	case END_WORKER:
		exists_on_worker(d, e->index);
		break;
	}
}

static int
watch(struct door *d, struct end *e, int kind, int fd)
{
	*e = (struct end){ .kind = kind, .fd = fd };
	if (fd == -1)
		return 0;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	return poller_add(&d->poller, fd, POLLER_IN, e);
}

/*
 * As many clients as there are descriptors, some kept for our own use: without
 * one left, a client that waits could not even be turned away.
 */
static size_t
clients_max(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return DOOR_CLIENTS_MIN;
	if (r.rlim_cur < DOOR_CLIENTS_MAX + DOOR_OWN_FDS) {
		r.rlim_cur = DOOR_CLIENTS_MAX + DOOR_OWN_FDS;
		if (r.rlim_cur > r.rlim_max)
			r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
		(void)getrlimit(RLIMIT_NOFILE, &r);
	}
	if (r.rlim_cur >= DOOR_CLIENTS_MAX + DOOR_OWN_FDS)
		return DOOR_CLIENTS_MAX;
	return r.rlim_cur > DOOR_CLIENTS_MIN + DOOR_OWN_FDS ?
	    (size_t)r.rlim_cur - DOOR_OWN_FDS : DOOR_CLIENTS_MIN;
}

struct door *
door_new(int listener, int lspawn, int client, int lifeline)
{
	struct door *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	snprintf(d->assign_path, sizeof d->assign_path, "%s/users/cdb",
	    path_control());
	for (size_t i = 0; i < QUERY_WORKERS; i++)
		d->workers[i].sock = -1;
	d->next_id = 1;
	acceptor_init(&d->acceptor, listener);
	d->clients_max = clients_max();
	buf_init(&d->scratch, 2 * WORK_ADDRESS_MAX);
	d->control = control_open();
	if (d->control == -1 || rules_init(&d->rules) == -1 ||
	    poller_init(&d->poller) == -1 ||
	    watch(d, &d->listener, END_LISTENER, listener) == -1 ||
	    watch(d, &d->lspawn, END_LSPAWN, lspawn) == -1 ||
	    watch(d, &d->lifeline, END_LIFELINE, lifeline) == -1 ||
	    (client != -1 && add_client(d, client) == -1)) {
		free(d);
		return NULL;
	}
	return d;
}

/* An earlier event of the same wait may have ended a helper or worker. */
static bool
still_there(const struct door *d, const struct end *e)
{
	if (e->kind == END_HELPER)
		return d->helpers[e->index].pid != 0;
	if (e->kind == END_WORKER)
		return d->workers[e->index].sock != -1;
	return true;
}

/* Until somebody's time is over, or the rest of the listening socket. */
static int
wait_ms(struct door *d)
{
	int ms = ask_wait_ms(d);
	int rest_ms = d->listener.fd == -1 ? 0 :
	    acceptor_watch(&d->acceptor, &d->poller, &d->listener);

	return rest_ms > 0 && (ms == -1 || ms > rest_ms) ? rest_ms : ms;
}

int
door_serve(struct door *d)
{
	while (!d->over) {
		struct poller_event events[EVENTS];
		int n = poller_wait(&d->poller, events, EVENTS, wait_ms(d));

		if (n == -1)
			return -1;
		for (int i = 0; i < n; i++)
			if (still_there(d, events[i].what))
				on_event(d, events[i].what);
		ask_on_time(d);
	}
	whose_end(d);
	return 0;
}
