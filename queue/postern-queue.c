/*
 * postern-queue - put mail into the queue
 *
 * runs as    the queue user, set-uid, whoever calls it
 * hears      its caller: a message, an envelope; believes nothing
 * reads      control/syncdir
 * writes     queue/new, queue/trigger
 * starts     nothing
 * says       nothing but its exit code and, in a session, answers; -l a line
 *            on descriptor 2 when it cannot take clients
 *
 * Three ways in, one way to write (queue/arrival.c):
 *   postern-queue       one message by qmail-queue's interface
 *   postern-queue -s    a session on the socket that is descriptor 0
 *   postern-queue -l    the second entrance: sessions on a listening socket
 */
#include <string.h>
#include <unistd.h>

#include "lib/os/confine.h"
#include "lib/os/die.h"
#include "queue/caller.h"
#include "queue/listener.h"
#include "queue/once.h"
#include "queue/relay.h"
#include "queue/session.h"

enum { LIFELINE = 5 };

static bool
is_option(int argc, char **argv, const char *option)
{
	return argc == 2 && strcmp(argv[1], option) == 0;
}

/* Without the queue's uid. */
static int
by_second_entrance(const struct caller *c, bool session)
{
	static struct injector injector;

	if (session)
		return relay_session();
	return relay_once(&injector, c);
}

/*
 * All that is left: files in new/, and the trigger. A session winds its alarm
 * up for each message. The second entrance also accepts, forks, and looks who
 * owns what to tell its callers' names.
 */
static int
give_up_the_rest(const struct spool *spool, bool is_session, bool is_listener)
{
	const struct confine_path paths[] = {
		{ spool->new_path, CONFINE_WPATH | CONFINE_CPATH },
		{ spool->trigger_path, CONFINE_WPATH },
	};
	const struct confine_profile profile = {
		.name = "postern-queue",
		.may = CONFINE_WPATH | CONFINE_CPATH |
		    (is_session || is_listener ? CONFINE_TOOLS : 0) |
		    (is_listener ? CONFINE_RPATH | CONFINE_FORK : 0),
		.paths = paths,
		.npaths = 2,
	};

	return confine(&profile);
}

/* Only whoever could as well write the queue may serve as the queue's user. */
static int
listen_for_others(struct session *s, struct spool *spool,
    const struct caller *c)
{
	if (c->uid != 0 && c->uid != spool->owner)
		return CODE_BUG;
	alarm(0);		/* that is for its children */
	die_name("postern-queue");
	return listener_run(s, spool, 0, LIFELINE);
}

int
main(int argc, char **argv)
{
	static struct session session;
	bool is_session = is_option(argc, argv, "-s");
	bool is_listener = is_option(argc, argv, "-l");
	static struct spool spool;
	struct caller caller;
	char invoker[SPOOL_INVOKER_ROOM];
	int code;

	if (caller_shake_off(&caller, is_listener) == -1)
		_exit(CODE_MEMORY);
	if (!caller.has_message ||
	    (!caller.has_envelope && !is_session && !is_listener))
		_exit(CODE_READ);
	code = spool_open(&spool);
	if (code != 0 && is_session)
		(void)session_answer(0, (unsigned)getpid(), code, "-",
		    "no queue");
	if (code != 0)
		_exit(code);
	caller_start_alarm();
	if (!spool.ours && !is_listener)
		_exit(by_second_entrance(&caller, is_session));
	spool_invoker(caller.uid, invoker);
	if (!spool.ours ||
	    give_up_the_rest(&spool, is_session, is_listener) == -1)
		_exit(CODE_BUG);
	if (is_listener)
		_exit(listen_for_others(&session, &spool, &caller));
	if (is_session)
		_exit(session_run(&session, 0, caller.uid, invoker, &spool));
	_exit(once_run(&session.arrival, caller.uid, invoker, &spool));
}
