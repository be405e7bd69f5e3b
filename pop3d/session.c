/*
 * The commands of the TRANSACTION state. A handler writes its whole reply;
 * replies leave when the client must be waited for (PIPELINING, RFC 2449).
 */
#include "pop3d/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "pop3d/both.h"
#include "pop3d/transfer.h"

enum {
	FETCH_AHEAD = 16,	/* identifiers */
	READ_AHEAD = 262144,	/* octets; then the kernel sees for itself */
};

void
session_say(struct session *s, const char *text)
{
	out_str(&s->out, text);
	out_str(&s->out, "\r\n");
}

static void
refuse(struct session *s, const char *text)
{
	session_say(s, text);
	if (++s->errors >= SESSION_ERRORS_MAX) {
		session_say(s, "-ERR too many errors");
		s->over = true;
	}
}

/* A number and two characters at most, as one piece: lists are long. */
static void
say_number(struct session *s, uint64_t n, struct span after)
{
	char text[NUM_DIGITS + 2];
	struct span digits = num_format(n, text);

	memcpy(text + NUM_DIGITS, after.p, after.len);
	out_add(&s->out, digits.p, digits.len + after.len);
}

static void
say_numbers(struct session *s, uint64_t a, uint64_t b)
{
	say_number(s, a, SPAN(" "));
	say_number(s, b, SPAN("\r\n"));
}

static bool
present(const struct session *s, size_t i)
{
	return !s->drop.messages[i].deleted;
}

/* The message that args names, from 0; false: refused already. */
static bool
take_message(struct session *s, struct span *args, size_t *i)
{
	struct span word = span_cut(args, ' ');
	uint64_t n;

	if (num_parse(word, UINT64_MAX, &n) == -1 || n == 0 ||
	    n > s->drop.list.count || !present(s, n - 1)) {
		refuse(s, "-ERR no such message");
		return false;
	}
	*i = n - 1;
	return true;
}

/* The same, of a command that takes nothing else. */
static bool
take_only_message(struct session *s, struct span args, size_t *i)
{
	if (!take_message(s, &args, i))
		return false;
	if (span_trim(args).len == 0)
		return true;
	refuse(s, "-ERR one number is wanted");
	return false;
}

static void
stat_(struct session *s, struct span args)
{
	uint64_t count = 0;
	uint64_t octets = 0;

	(void)args;
	for (size_t i = 0; i < s->drop.list.count; i++)
		if (present(s, i)) {
			count++;
			octets += s->drop.messages[i].size;
		}
	out_str(&s->out, "+OK ");
	say_numbers(s, count, octets);
}

static void
list_one(struct session *s, size_t i)
{
	say_numbers(s, i + 1, s->drop.messages[i].size);
}

static void
uidl_one(struct session *s, size_t i)
{
	say_number(s, i + 1, SPAN(" "));
	out_span(&s->out, s->drop.messages[i].uidl);
	out_str(&s->out, "\r\n");
}

/*
 * Identifiers lie scattered over memory that no cache holds: waiting for each
 * in turn takes longer than all the rest of UIDL.
 */
static void
fetch_soon(const struct session *s, size_t i)
{
	if (i < s->drop.list.count)
		__builtin_prefetch(s->drop.messages[i].uidl.p);
}

/* LIST and UIDL: one message, or all in a multi-line reply. */
static void
tell(struct session *s, struct span args,
    void (*one)(struct session *, size_t))
{
	size_t i;

	if (args.len > 0) {
		if (take_only_message(s, args, &i)) {
			out_str(&s->out, "+OK ");
			one(s, i);
		}
		return;
	}
	session_say(s, "+OK");
	for (i = 0; i < s->drop.list.count; i++) {
		fetch_soon(s, i + FETCH_AHEAD);
		if (present(s, i))
			one(s, i);
	}
	session_say(s, ".");
}

static void
list(struct session *s, struct span args)
{
	tell(s, args, list_one);
}

static void
uidl(struct session *s, struct span args)
{
	tell(s, args, uidl_one);
}

/* Not the client's error. */
static void
say_unreadable(struct session *s, int err)
{
	session_say(s, err == ENOENT || err == ESTALE ?
	    "-ERR another program removed this message" :
	    "-ERR [SYS/TEMP] cannot read this message");
}

static void
close_ahead(struct session *s)
{
	if (s->ahead > 0)
		close(s->ahead);
	s->ahead = 0;
}

/*
 * Clients fetch one message after another: i is opened, and the disk asked for
 * it, while the client is busy with the one before.
 */
static void
open_ahead(struct session *s, size_t i)
{
	int fd;

	if (in_pending(&s->in) || i >= s->drop.list.count || !present(s, i) ||
	    (fd = maildrop_message(&s->drop, i)) == -1)
		return;
	(void)posix_fadvise(fd, 0, READ_AHEAD, POSIX_FADV_WILLNEED);
	s->ahead = fd;
	s->ahead_of = i;
}

static int
open_message(struct session *s, size_t i)
{
	int fd = s->ahead;

	if (fd > 0 && s->ahead_of == i) {
		s->ahead = 0;
		return fd;
	}
	close_ahead(s);
	return maildrop_message(&s->drop, i);
}

/* false: not as a whole, and the client knows. */
static bool
send_message(struct session *s, size_t i, struct transfer *t)
{
	char head[sizeof "+OK  octets\r\n" + NUM_DIGITS];
	int fd = open_message(s, i);
	int r = -1;
	int err = errno;

	if (fd != -1) {
		snprintf(head, sizeof head, "+OK %llu octets\r\n",
		    (unsigned long long)s->drop.messages[i].size);
		t->head = span_str(head);
		if (!s->utf8)
			transfer_in_ascii(t);
		r = transfer_file(t, fd, &s->out);
		err = errno;
		if (r == 0 && !in_pending(&s->in))
			(void)out_flush(&s->out);	/* it is waited for */
		close(fd);
	}
	if (r == -1 && t->begun)
		s->over = true;		/* too late for an error reply */
	else if (r == -1)
		say_unreadable(s, err);
	return r == 0;
}

static void
retr(struct session *s, struct span args)
{
	struct transfer t;
	size_t i;

	if (!take_only_message(s, args, &i))
		return;
	transfer_start(&t);
	if (send_message(s, i, &t)) {
		s->drop.messages[i].seen = true;
		s->fetched++;
		open_ahead(s, i + 1);
	}
}

static void
top(struct session *s, struct span args)
{
	struct transfer t;
	uint64_t lines;
	size_t i;

	if (!take_message(s, &args, &i))
		return;
	if (num_parse(span_trim(args), UINT64_MAX - 1, &lines) == -1) {
		refuse(s, "-ERR how many lines?");
		return;
	}
	transfer_start(&t);
	transfer_limit(&t, lines);
	if (send_message(s, i, &t))
		open_ahead(s, i + 1);
}

static void
dele(struct session *s, struct span args)
{
	size_t i;

	if (!take_only_message(s, args, &i))
		return;
	s->drop.messages[i].deleted = true;
	session_say(s, "+OK marked");
}

static void
rset(struct session *s, struct span args)
{
	(void)args;
	for (size_t i = 0; i < s->drop.list.count; i++)
		s->drop.messages[i].deleted = false;
	session_say(s, "+OK");
}

static void
noop(struct session *s, struct span args)
{
	(void)args;
	session_say(s, "+OK");
}

/*
 * Where nothing is to be removed it does not matter whose the lock is. What has
 * not reached the client was not fetched: QUIT may have come ahead of it.
 */
static void
quit(struct session *s, struct span args)
{
	uint64_t marked = 0;

	(void)args;
	s->over = true;
	close_ahead(s);
	if (s->expire_days != UINT64_MAX)
		maildrop_expire(&s->drop, s->expire_days,
		    clock_wall_us() / 1000000);
	for (size_t i = 0; i < s->drop.list.count; i++)
		marked += s->drop.messages[i].deleted;
	if (marked + s->fetched > 0 && out_flush(&s->out) == -1)
		return;
	if (marked > 0 && !lock_touch(&s->lock)) {
		session_say(s, "-ERR [SYS/TEMP] another session has taken the "
		    "maildrop; nothing was removed");
		return;
	}
	s->deleted = marked;
	s->updated = true;
	if (maildrop_update(&s->drop) == -1)
		session_say(s, "-ERR [SYS/TEMP] some messages were not removed");
	else
		session_say(s, "+OK");
}

/*
 * Before the login USER was offered where PLAIN was, and CAPA says the same in
 * both states (RFC 2449 section 6.2).
 */
static bool
takes_passwords(const struct session *s)
{
	return s->sasl == NULL || strstr(s->sasl, " PLAIN") != NULL;
}

static void
capa(struct session *s, struct span args)
{
	const struct capa c = {
		.user = takes_passwords(s),
		.sasl = s->sasl,
		.login_delay = s->login_delay_s,
		.expire_days = s->expire_days,
	};

	(void)args;
	capa_answer(&s->out, &c);
}

static void
lang(struct session *s, struct span args)
{
	if (!lang_answer(&s->out, args))
		refuse(s, "-ERR only English is spoken here");
}

static const struct verb verbs[] = {
	{ "RETR", retr },
	{ "DELE", dele },
	{ "TOP", top },
	{ "LIST", list },
	{ "UIDL", uidl },
	{ "STAT", stat_ },
	{ "NOOP", noop },
	{ "RSET", rset },
	{ "QUIT", quit },
	{ "CAPA", capa },
	{ "LANG", lang },
};

static void
run(struct session *s, struct span line)
{
	const struct verb *v = verb_find(verbs,
	    sizeof verbs / sizeof verbs[0], span_cut(&line, ' '));

	if (v != NULL)
		v->run(s, span_trim(line));
	else
		refuse(s, "-ERR unknown command");
}

/* Says that we live, before others take the lock for abandoned. */
static void
keep_lock(void *session)
{
	struct session *s = session;
	int64_t now = clock_monotonic_ms();

	if (now - s->touched_ms < LOCK_TOUCH_S * 1000)
		return;
	(void)lock_touch(&s->lock);	/* if it is lost, QUIT says so */
	s->touched_ms = now;
}

void
session_begin(struct session *s)
{
	s->touched_ms = clock_monotonic_ms();
	out_meanwhile(&s->out, keep_lock, s);
}

void
session_step(struct session *s)
{
	struct span line;
	int r = in_line(&s->in, &line, SESSION_LINE_MAX, IN_LF_OK,
	    deadline_in_ms(s->idle_ms));

	keep_lock(s);
	if (r == 1)
		run(s, line);
	else if (r == -1 && (errno == EMSGSIZE || errno == EPROTO))
		refuse(s, "-ERR bad line");
	else
		s->over = true;
	if (s->out.err != 0)
		s->over = true;
}
