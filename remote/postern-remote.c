/*
 * postern-remote - deliver mail to one destination over SMTP
 *
 * runs as    postern-r, one process per destination, started by
 *            postern-rspawn: -w key, its client on descriptor 0
 * hears      name servers and mail exchangers: believes neither
 * reads      control files and resolv.conf, all before confine()
 * starts     nothing; $QMAILREMOTE, when that is set, instead of its own work
 * never      opens a file after that: messages come as descriptors
 * exits      0; 111 trouble on our side
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/die.h"
#include "remote/byhand.h"
#include "remote/worker.h"
#include "remote/wrapped.h"

enum { CLIENT = 0, FIND_MS = 5 * 60 * 1000 };

static int
send_job(void *self, struct job *job)
{
	return client_send(self, &job->message);
}

static int
watch(void *self)
{
	const struct client *c = self;

	return c->peer.fd;
}

/* Between transactions a server has nothing to say but farewell. */
static void
talks(void *self)
{
	client_drop(self);
}

static int
unready(const struct client *c)
{
	if (c->why.class == 0)
		return 0;	/* nobody is waiting any more */
	if (worker_say_unready(CLIENT, &c->why, c->peer.name) == -1)
		die(111, "cannot answer");
	return 0;
}

static int
work(const char *key)
{
	static struct settings settings;
	static struct client client;
	struct worker worker = { .send = send_job, .watch = watch,
	    .talks = talks, .self = &client };
	struct route route;
	const char *what;

	client_init(&client, &settings, CLIENT);
	if (settings_read(&settings, &what) == -1) {
		why_set(&client.why, 'Z', "4.3.5", "Cannot read %s: %s.",
		    what, strerror(errno));
		return unready(&client);
	}
	if (client_confine() == -1)
		die(111, "cannot confine myself");
	worker.idle_ms = settings.idle_ms;
	if (!route_parse_key(span_str(key), &route)) {
		if (span_starts(span_str(key), SPAN("r:")))
			why_no_relay(&client.why);
		else
			why_set(&client.why, 'D', "5.1.2",
			    "That is not a host to send mail to.");
		return unready(&client);
	}
	if (targets_find(&settings, &route, deadline_in_ms(FIND_MS),
	    &client.targets, &client.why) == -1 ||
	    client_connect(&client) == -1)
		return unready(&client);
	if (worker_say_ready(CLIENT, client.peer.name) == -1 ||
	    worker_serve(&worker, CLIENT) == -1)
		die(111, "lost my client");
	client_quit(&client);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *wrapped = getenv("QMAILREMOTE");

	die_name("postern-remote");
	if (argc != 3 || strcmp(argv[1], "-w") != 0)
		return byhand(argc - 1, argv + 1);
	if (wrapped != NULL && wrapped[0] != '\0')
		return wrapped_work(wrapped, CLIENT);
	return work(argv[2]);
}
