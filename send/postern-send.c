/*
 * postern-send - the queue manager: delivers what is in the queue
 *
 * runs as    postern-s, one process and a child that waits for disks
 * started by postern-start, with descriptors 0 (the control socket,
 *            listening), 3 and 4 (lspawn, rspawn), 5 (the companions' lifeline)
 *            and the companions' process IDs as arguments
 * hears      the companions that start opened sockets to, orders from clients
 *            of the control socket: believes what makes sense
 * reads      control files, the queue
 * writes     queue/cur, queue/report, state bytes; log lines on descriptor 2
 * starts     nothing; with $POSTERNQUEUE or $QMAILQUEUE a launcher, forked
 *            before confine(), runs that for each notice
 * never      talks to the network, waits for a disk
 * signals    TERM drain and exit; HUP read the control files again; ALRM try
 *            everything now
 * exits      0 told to; 111 trouble on our side, a companion died
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf.h"
#include "lib/base/num.h"
#include "lib/net/own.h"
#include "lib/os/confine.h"
#include "lib/os/control.h"
#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"
#include "send/flusher.h"
#include "send/send.h"
#include "send/tell.h"

enum {
	FD_CONTROL = 0,
	FD_LSPAWN = 3,
	FD_RSPAWN = 4,
	FD_LIFELINE = 5,
	FD_LOCK = 6,
	EVENTS = 64,
	SWEEP_MS = 250,
	DUE_AT_ONCE = 500,
	LOST_MS = 30 * 1000,	/* for what is running, when one has died */
	NOFILE_WANTED = 65536,
};

/* In the order of the arguments. */
static const char *const companions[] = { "postern-users", "postern-lspawn",
    "postern-rspawn", "postern-queue", "postern-auth" };

static struct send whole;	/* large: not on the stack */
static int signal_pipe[2];

/* ---- small helpers of the others ---- */

int
idlist_add(struct idlist *l, uint64_t id)
{
	if (l->at > 0 && l->at == l->count)
		l->at = l->count = 0;
	if (l->count == l->room) {
		size_t room = l->room == 0 ? 64 : l->room * 2;
		uint64_t *ids = realloc(l->ids, room * sizeof *ids);

		if (ids == NULL)
			return -1;
		l->ids = ids;
		l->room = room;
	}
	l->ids[l->count++] = id;
	return 0;
}

bool
idlist_take(struct idlist *l, uint64_t *id)
{
	if (l->at < l->count) {
		*id = l->ids[l->at++];
		return true;
	}
	free(l->ids);
	*l = (struct idlist){ 0 };
	return false;
}

int
source_add(struct send *s, struct source *src, int fd,
    void (*ready)(struct send *, struct source *, unsigned))
{
	src->fd = fd;
	src->ready = ready;
	return poller_add(&s->poller, fd, POLLER_IN, src);
}

void
source_remove(struct send *s, struct source *src)
{
	if (src->fd == -1)
		return;
	poller_remove(&s->poller, src->fd);
	close(src->fd);
	src->fd = -1;
	src->ready = NULL;
}

void
send_companion_lost(struct send *s, const char *who)
{
	if (s->lost || (s->term && s->schedule.draining))
		return;
	log_say(&s->log, "alert", "oh no! lost", span_str(who));
	s->lost = true;
	s->lost_ms = s->now_ms;
	s->schedule.draining = true;
}

void
send_work(struct send *s)
{
	for (;;) {
		struct action a = schedule_next(&s->schedule);

		switch (a.act) {
		case ACT_GIVE:
			deliver_give(s, a.job, (struct crew *)a.worker);
			break;
		case ACT_SPAWN:
			worker_spawn(s, a.dest);
			break;
		case ACT_CLOSE:
			worker_close(s, (struct crew *)a.worker);
			break;
		default:
			return;
		}
	}
}

/* ---- settings ---- */

/* Reads the control files: at start, and again. 0; -1 with *what. */
static int
load_settings(struct send *s, const char **what)
{
	struct routes fresh = { 0 };

	if (routes_load(&fresh, s->control_dir, buf_peek(&s->own_ips),
	    what) == -1)
		return -1;
	if (settings_load(&s->settings, s->control_dir, what) == -1) {
		int err = errno;

		routes_free(&fresh);
		errno = err;
		return -1;
	}
	routes_free(&s->routes);
	s->routes = fresh;
	for (int k = 0; k < KINDS; k++) {
		s->schedule.of[k].limit = (uint32_t)s->settings.concurrency[k];
		s->schedule.of[k].workers_max = CONF_SPAWN;
	}
	s->schedule.of[LOCAL].per_worker = WORK_IN_FLIGHT_MAX;
	s->schedule.of[REMOTE].per_worker = 1;
	s->schedule.lifetime_s = s->settings.lifetime_s;
	schedule_limits_changed(&s->schedule);
	return 0;
}

static void
reload(struct send *s)
{
	const char *what;

	if (load_settings(s, &what) == -1) {
		log_say(&s->log, "alert", "unable to reread", span_str(what));
		return;
	}
	owners_forget(&s->owners);
	worker_retire_all(s);
	admit_all_anew(s);
	log_status(&s->log, &s->schedule);
}

void
send_retry(struct send *s, struct message *msg)
{
	msg->tried_s = 0;
	if (msg->rare != NULL)
		msg->rare->try_again_s = 0;
	if (msg->flags & MESSAGE_HELD)
		return;
	for (struct job *j = msg->jobs; j != NULL; j = j->next_of_message)
		if (j->state == JOB_WAITING)
			schedule_make_ready(&s->schedule, j);
}

void
send_retry_all(struct send *s)
{
	struct message *msg;
	size_t at = 0;

	schedule_revive_all(&s->schedule);
	while ((msg = table_next(&s->messages.by_id, &at)) != NULL)
		send_retry(s, msg);
}

/* ---- signals ---- */

static void
on_signal(int number)
{
	int err = errno;
	unsigned char byte = (unsigned char)number;

	if (write(signal_pipe[1], &byte, 1) == -1)
		errno = err;
	errno = err;
}

/* NULL: not ours. Process 1 of a container inherits strangers. */
static const char *
companion(const struct send *s, pid_t pid)
{
	uint64_t number;

	if (pid == s->helper_pid)
		return "the helper";
	for (size_t i = 0; i < sizeof companions / sizeof *companions &&
	    s->companion_pids[i] != NULL; i++)
		if (num_parse(span_str(s->companion_pids[i]), INT32_MAX,
		    &number) == 0 && (pid_t)number == pid)
			return companions[i];
	return NULL;
}

static void
reap(struct send *s)
{
	const char *who;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		if ((who = companion(s, pid)) != NULL)
			send_companion_lost(s, who);
}

static void
drain(struct send *s)
{
	s->term = true;
	s->schedule.draining = true;
	log_status(&s->log, &s->schedule);
}

static void
signals_ready(struct send *s, struct source *self, unsigned ready)
{
	unsigned char bytes[64];
	ssize_t n = read(self->fd, bytes, sizeof bytes);

	(void)ready;
	for (ssize_t i = 0; i < n; i++)
		switch (bytes[i]) {
		case SIGTERM:
			drain(s);
			break;
		case SIGHUP:
			reload(s);
			break;
		case SIGALRM:
			send_retry_all(s);
			break;
		case SIGCHLD:
			reap(s);
			break;
		}
}

static void
signals_start(struct send *s)
{
	static const int numbers[] = { SIGTERM, SIGHUP, SIGALRM, SIGCHLD };
	struct sigaction sa = { .sa_handler = on_signal,
	    .sa_flags = SA_RESTART };
	sigset_t none;

	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) == -1 ||
	    source_add(s, &s->signals, signal_pipe[0], signals_ready) == -1)
		die(111, "alert: cannot start: cannot make a pipe");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	reap(s);
}

/* ---- set-up ---- */

static int
open_queue_dir(const char *leaf)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof path, "%s/%s", path_queue(), leaf) >=
	    (int)sizeof path)
		diex(111, "alert: cannot start: queue path too long");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		die(111, "alert: cannot start: cannot open %s", path);
	return fd;
}

static void
connect_users(struct send *s, uint64_t seed)
{
	int sock = unix_connect(path_queue(), "users", SOCK_SEQPACKET);

	if (sock == -1 || fcntl(sock, F_SETFL, O_NONBLOCK) == -1)
		die(111, "alert: cannot start: cannot reach postern-users");
	owners_init(&s->owners, sock, seed);
	if (source_add(s, &s->door, sock, admit_door_ready) == -1)
		die(111, "alert: cannot start: cannot poll");
}

static void
more_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur >= NOFILE_WANTED)
		return;
	r.rlim_cur = r.rlim_max < NOFILE_WANTED ? r.rlim_max : NOFILE_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

static void
read_clock(struct send *s)
{
	s->now_ms = clock_monotonic_ms();
	s->wall_us = clock_wall_us();
	s->now_s = (uint32_t)(s->wall_us / 1000000);
	if (s->began_s == 0)
		s->began_s = s->now_s;
}

static void
confine_send(void)
{
	const struct confine_path paths[] = {
		{ path_queue(), CONFINE_RPATH | CONFINE_WPATH |
		    CONFINE_CPATH },
		{ path_control(), CONFINE_RPATH },
	};
	const struct confine_profile profile = {
		.name = "postern-send",
		.may = CONFINE_RPATH | CONFINE_WPATH | CONFINE_CPATH |
		    CONFINE_UNIX | CONFINE_FDPASS | CONFINE_TOOLS,
		.paths = paths,
		.npaths = sizeof paths / sizeof *paths,
	};

	if (confine(&profile) == -1)
		die(111, "alert: cannot start: cannot confine");
}

/* The helper's life, as a child of ours. */
void
flusher_life(struct send *s, int sock)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGALRM, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	close(FD_CONTROL);
	close(FD_LSPAWN);
	close(FD_RSPAWN);
	close(FD_LIFELINE);
	close(FD_LOCK);
	close(s->door.fd);
	close(s->poller.fd);
	if (tell_prepare() == -1)
		die(111, "alert: cannot start: cannot fork");
	confine_send();
	flusher_run(sock, s->cur_dir, s->report_dir);
}

static void
start(struct send *s)
{
	const char *what;
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		seed = clock_wall_us();
	log_init(&s->log, 2);
	more_descriptors();
	qfile_init(&s->file);
	messages_init(&s->messages);
	schedule_init(&s->schedule, seed);
	route_room_init(&s->room);
	buf_init(&s->packet, PACKET_MAX);
	buf_init(&s->recipients, PACKET_MAX);
	read_clock(s);
	buf_init(&s->own_ips, CONTROL_MAX);
	if (own_addresses(&s->own_ips) == -1)	/* a confined one cannot */
		die(111, "alert: cannot start: cannot ask for my addresses");
	s->control_dir = control_open();
	if (s->control_dir == -1)
		die(111, "alert: cannot start: cannot open %s",
		    path_control());
	if (load_settings(s, &what) == -1)
		die(111, "alert: cannot start: cannot read control/%s", what);
	s->new_dir = open_queue_dir("new");
	s->cur_dir = open_queue_dir("cur");
	s->report_dir = open_queue_dir("report");
	if (poller_init(&s->poller) == -1)
		die(111, "alert: cannot start: cannot poll");
	connect_users(s, seed);
	if (helper_start(s) == -1)
		die(111, "alert: cannot start: cannot fork");
	signals_start(s);
	if (worker_start(s, FD_LSPAWN, FD_RSPAWN) == -1 ||
	    control_start(s, FD_CONTROL) == -1)
		die(111, "alert: cannot start: sockets are not right");
	confine_send();
	if (arrive_start(s) == -1)
		die(111, "alert: cannot start: cannot open the trigger");
	log_say(&s->log, "status", "running", SPAN(""));
	log_status(&s->log, &s->schedule);
}

/* ---- the loop ---- */

/*
 * Who was told to go waits for all that runs, and for the helper's answers
 * while there is one. Who has lost a companion must be started again, and
 * deliveries may take a day.
 */
static bool
may_end(const struct send *s)
{
	if (s->lost && s->now_ms >= s->lost_ms + LOST_MS)
		return true;
	return s->schedule.draining && s->schedule.of[LOCAL].running == 0 &&
	    s->schedule.of[REMOTE].running == 0 &&
	    (s->lost || s->helper.fd == -1 ||
	    !helper_busy(s));
}

static int
wait_ms(struct send *s, bool more)
{
	int left, arrival;
	bool rests = control_rest_ms(s) > 0;

	if (more)
		return 0;
	left = schedule_left_ms(&s->schedule, s->now_ms, s->wall_us);
	if (s->schedule.draining)	/* nothing is listed any more */
		return left == -1 || left > SWEEP_MS ? SWEEP_MS : left;
	arrival = arrive_wait_ms(s);
	if (left == -1 || left > arrival)
		left = arrival;
	if ((s->rares != NULL || s->all_crews != NULL || s->conns != NULL ||
	    rests || s->owners.asked > 0 || s->schedule.of[LOCAL].paused ||
	    s->schedule.of[REMOTE].paused) && left > SWEEP_MS)
		left = SWEEP_MS;
	return left;
}

static void
sweep(struct send *s)
{
	if (s->now_ms < s->sweep_ms)
		return;
	s->sweep_ms = s->now_ms + SWEEP_MS;
	worker_sweep(s);
	message_rare_sweep(s);
	admit_overdue(s);
	control_sweep(s);
}

static void
turn(struct send *s, bool *more)
{
	struct poller_event events[EVENTS];
	int n = poller_wait(&s->poller, events, EVENTS, wait_ms(s, *more));

	if (n == -1)
		die(111, "alert: cannot poll");
	read_clock(s);
	for (int i = 0; i < n; i++) {
		struct source *src = events[i].what;

		if (src->ready != NULL)
			src->ready(s, src, events[i].ready);
	}
	worker_free_discharged(s);
	sweep(s);
	*more = schedule_tick(&s->schedule, s->now_ms, s->now_s, DUE_AT_ONCE);
	send_work(s);
	if (!s->schedule.draining)
		*more = arrive_slice(s) || *more;
	*more = admit_slice(s) || *more;
	*more = admit_reroute_slice(s) || *more;
	send_work(s);
	message_close(s);
	log_flush(&s->log);
}

int
main(int argc, char **argv)
{
	struct send *s = &whole;
	bool more = true;

	die_name("postern-send");
	s->companion_pids = argv + (argc > 0);
	start(s);
	while (!may_end(s))
		turn(s, &more);
	log_say(&s->log, "status", "exiting", SPAN(""));
	log_flush(&s->log);
	return s->lost && !s->term ? 111 : 0;
}
