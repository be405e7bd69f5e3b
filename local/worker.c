/*
 * The worker's loop. What goes into one Maildir and nothing else joins the
 * batch; a query is answered at once; anything else (programs, forwards, mbox
 * files, which may all take long) is done by a child, which sends its own
 * result, so that it holds up nothing. A child that dies without having said
 * anything is a deferral, said by us. A worker that is never idle may outlive
 * the home directory it stands in: it looks for that with each packet.
 */
#include "local/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "lib/os/fdpass.h"
#include "local/batch.h"
#include "local/deliver.h"
#include "local/recipe.h"
#include "local/transact.h"

enum {
	CHILDREN_MAX = WORK_IN_FLIGHT_MAX,
	IDLE_MS = 20000,	/* then it ends by itself; send ends it earlier */
	CLEAN_MS = 1000,	/* idle for so long: look after tmp/ */
};

struct child {
	pid_t pid;		/* 0: free */
	uint64_t tid, position;
};

struct worker {
	struct owner *owner;
	int sock;
	bool lost;		/* the socket: nobody wants results any more */
	bool cleaned;
	sigset_t waiting;	/* the signal mask while waiting */
	struct child children[CHILDREN_MAX];
	size_t nchildren;
	struct batch batch;
	/* packets of the batch, which its jobs point into */
	char *packets[WORK_IN_FLIGHT_MAX];
	size_t npackets;
};

static void
on_child(int sig)
{
	(void)sig;
}

/* ---- children ---- */

static void
child_over(struct worker *w, struct child *c, int status)
{
	struct verdict v;

	c->pid = 0;
	w->nchildren--;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	verdict_init(&v);
	verdict_set(&v, WORK_LATER, "4.3.0", "Aack, child crashed.");
	if (result_send(w->sock, c->tid, c->position, &v) == -1)
		w->lost = true;
	verdict_free(&v);
}

static void
reap(struct worker *w, int options)
{
	int status;
	pid_t pid;

	while (w->nchildren > 0 && (pid = waitpid(-1, &status, options)) > 0) {
		for (size_t i = 0; i < CHILDREN_MAX; i++)
			if (w->children[i].pid == pid)
				child_over(w, &w->children[i], status);
		options = WNOHANG;
	}
}

static _Noreturn void
be_child(struct worker *w, uint64_t tid, const struct job *j,
    const struct recipe *r)
{
	struct verdict v;

	(void)sigprocmask(SIG_SETMASK, &w->waiting, NULL);
	verdict_init(&v);
	deliver(j, r, &v);
	(void)result_send(w->sock, tid, j->position, &v);
	_exit(0);
}

static void
start_child(struct worker *w, uint64_t tid, const struct job *j,
    const struct recipe *r)
{
	struct child *c = w->children;
	struct verdict v;
	pid_t pid;

	if (w->nchildren == CHILDREN_MAX) {	/* this may take long: */
		if (batch_run(&w->batch) == -1)
			w->lost = true;
		reap(w, 0);
	}
	pid = fork();
	if (pid == 0)
		be_child(w, tid, j, r);
	if (pid > 0) {
		while (c->pid != 0)
			c++;
		*c = (struct child){ pid, tid, j->position };
		w->nchildren++;
		return;
	}
	verdict_init(&v);
	verdict_errno(&v, "4.3.0", "Unable to fork");
	if (result_send(w->sock, tid, j->position, &v) == -1)
		w->lost = true;
	verdict_free(&v);
}

/* ---- packets ---- */

static void
end_batch(struct worker *w)
{
	if (batch_run(&w->batch) == -1)
		w->lost = true;
	while (w->npackets > 0)
		free(w->packets[--w->npackets]);
}

static void
take_job(struct worker *w, uint64_t tid, const struct job *j)
{
	struct verdict v;
	struct recipe r;
	char path[PATH_MAX];

	verdict_init(&v);
	if (recipe_read(j, &r, &v) == -1) {
		if (result_send(w->sock, tid, j->position, &v) == -1)
			w->lost = true;
		verdict_free(&v);
		return;
	}
	if (!recipe_one_maildir(&r, path, sizeof path))
		start_child(w, tid, j, &r);
	else
		batch_add(&w->batch, tid, j, path, r.is_default);
	recipe_free(&r);
	verdict_free(&v);
}

static int
take_transaction(struct worker *w, struct packet p, int fd)
{
	struct transact t;
	struct job j;
	int r;

	if (transact_open(&t, w->owner, p, fd) == -1)
		return -1;
	while ((r = transact_next(&t, &j)) == 1 && !w->lost) {
		take_job(w, t.tid, &j);
		if (batch_full(&w->batch) && batch_run(&w->batch) == -1)
			w->lost = true;
	}
	return r;
}

static int
take_query(struct worker *w, struct packet p)
{
	struct verdict v;
	struct span dash, ext;
	uint64_t tid;

	if (packet_take_num(&p, UINT64_MAX, &tid) != PARSE_OK ||
	    packet_take_str(&p, WORK_ADDRESS_MAX, &dash) != PARSE_OK ||
	    packet_take_str(&p, WORK_ADDRESS_MAX, &ext) != PARSE_OK ||
	    !packet_at_end(&p))
		return -1;
	verdict_init(&v);
	recipe_query(w->owner, dash, ext, &v);
	if (result_send(w->sock, tid, 0, &v) == -1)
		w->lost = true;
	verdict_free(&v);
	return 0;
}

/* One packet, kept until the batch has run. 0; -1: nonsense. */
static int
take_packet(struct worker *w, struct span bytes, int fd)
{
	char *copy = malloc(bytes.len);
	struct packet p;

	if (copy == NULL)
		return -1;
	w->packets[w->npackets++] = copy;
	memcpy(copy, bytes.p, bytes.len);
	if (packet_open((struct span){ copy, bytes.len }, &p) == -1)
		return -1;
	owner_follow_home(w->owner);
	if (p.type == WORK_QUERY)
		return take_query(w, p);
	return take_transaction(w, p, fd);
}

/* Receives what is there. 1 a packet was taken; 0 nothing there; -1 the end. */
static int
receive(struct worker *w)
{
	static char room[PACKET_MAX];
	struct span bytes;
	int fd;
	int r = fdpass_recv(w->sock, room, sizeof room, &bytes, &fd, 1);

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (r == 1 && take_packet(w, bytes, fd) == -1)
		r = -1;
	if (fd != -1)
		close(fd);
	if (r != 1 || w->lost) {
		w->lost = true;
		return -1;
	}
	return 1;
}

/* ---- the loop ---- */

static int
send_ready(int sock)
{
	struct buf b;
	int r;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_READY);
	packet_str(&b, SPAN(""));
	r = fdpass_send(sock, &b, NULL, 0);
	buf_free(&b);
	return r;
}

void
worker_unready(int sock, const struct verdict *v)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_UNREADY);
	packet_str(&b, SPAN("Z"));
	packet_str(&b, span_str(v->code));
	packet_str(&b, buf_peek(&v->text));
	packet_str(&b, SPAN(""));
	(void)fdpass_send(sock, &b, NULL, 0);
	buf_free(&b);
}

static int
begin(struct worker *w, struct owner *owner, int sock)
{
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t child;
	int flags = fcntl(sock, F_GETFL);

	w->owner = owner;
	w->sock = sock;
	batch_init(&w->batch, sock);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child, &w->waiting) == -1 ||
	    sigaction(SIGCHLD, &sa, NULL) == -1 || flags == -1 ||
	    fcntl(sock, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(sock, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	sigdelset(&w->waiting, SIGCHLD);
	return send_ready(sock);
}

/* Waits for packets, children or the end. 1 go on; 0 idle for too long. */
static int
wait_for_work(struct worker *w)
{
	struct pollfd p = { .fd = w->sock, .events = POLLIN };
	int64_t ms = w->cleaned ? IDLE_MS : CLEAN_MS;
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };
	int n = ppoll(&p, 1, &ts, &w->waiting);

	reap(w, WNOHANG);
	if (n != 0 || w->nchildren > 0)
		return 1;
	if (w->cleaned)
		return 0;
	batch_clean(&w->batch);
	w->cleaned = true;
	return 1;
}

int
worker_run(struct owner *owner, int sock)
{
	static struct worker w;

	if (begin(&w, owner, sock) == -1)
		return 111;
	while (!w.lost) {
		int r = 1;

		while (w.npackets < WORK_IN_FLIGHT_MAX &&
		    (r = receive(&w)) == 1)
			continue;
		end_batch(&w);
		if (r == 0 && !w.lost && wait_for_work(&w) == 0)
			break;
	}
	return 0;
}
