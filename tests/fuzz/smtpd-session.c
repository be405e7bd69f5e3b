/*
 * A whole session of commands, with a queue and a users door that only count:
 * whatever a client says, each message that is committed has a recipient, and
 * every reply line has a code.
 *
 * links: smtpd/data.o smtpd/lmtp.o smtpd/mail.o smtpd/message.o smtpd/params.o
 * smtpd/peer.o smtpd/policy.o smtpd/rcpt.o smtpd/received.o smtpd/session.o
 * smtpd/verbs.o
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "smtpd/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool in_message;

int
outlet_init(struct outlet *o, bool door)
{
	(void)o, (void)door;
	return 0;
}

void
outlet_prepare(struct outlet *o)
{
	(void)o;
}

int
outlet_begin(struct outlet *o)
{
	(void)o;
	if (in_message)
		abort();
	in_message = true;
	return 0;
}

void
outlet_data(struct outlet *o, struct span bytes)
{
	(void)o;
	if (!in_message || memchr(bytes.p, '\r', bytes.len) != NULL ||
	    memchr(bytes.p, '\0', bytes.len) != NULL)
		abort();
}

void
outlet_commit(struct outlet *o, const struct outlet_envelope *e,
    struct injector_verdict *v)
{
	(void)o;
	if (!in_message || e->recipients.len < 2 || e->recipients.p[0] != 'T')
		abort();
	in_message = false;
	memset(v, 0, sizeof *v);
	strcpy(v->text, "Kok");
}

void
outlet_abort(struct outlet *o)
{
	(void)o;
	in_message = false;
}

void
outlet_close(struct outlet *o)
{
	(void)o;
}

void
exists_init(struct exists *e)
{
	e->sock = -1;
}

bool
exists_known(const struct exists *e, struct span address,
    struct exists_answer *out)
{
	(void)e, (void)address, (void)out;
	return false;
}

void
exists_ask(struct exists *e, struct span address)
{
	(void)e, (void)address;
}

void
exists_collect(struct exists *e, size_t count,
    struct exists_answer answers[EXISTS_ASKED_MAX])
{
	(void)e;
	if (count > EXISTS_ASKED_MAX)
		abort();
	for (size_t i = 0; i < count; i++)
		answers[i] = (struct exists_answer){
			.verdict = (enum exists_verdict)(i % 3) };
}

void
exists_remember(struct exists *e, struct span address,
    const struct exists_answer *answer)
{
	(void)e, (void)address, (void)answer;
}

const char *
settings_load(struct settings *set)
{
	(void)set;
	return NULL;
}

static void
set_up(struct settings *set, const uint8_t *bytes)
{
	buf_str(&set->greeting, "test.example");
	set->host = SPAN("test.example");
	set->databytes = bytes[0] & 1 ? 100 : 0;
	set->timeout_ms = 1000;
	set->recipients_max = bytes[0] & 2 ? 2 : 1000;
	set->unknown_max = 5;
	set->relay = bytes[0] & 4;
	set->relay_suffix = SPAN("");
	buf_add(&set->rcpthosts, "test.example", 13);
}

/* Each line of output begins with a reply code. */
static void
check_replies(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *p = malloc((size_t)len + 1);
	struct span all = { p, (size_t)len };

	if (p == NULL || pread(fd, p, (size_t)len, 0) != len)
		abort();
	while (all.len > 0) {
		struct span line = span_cut(&all, '\n');

		if (line.len < 5 || line.p[0] < '2' || line.p[0] > '5' ||
		    (line.p[3] != ' ' && line.p[3] != '-') ||
		    line.p[line.len - 1] != '\r' || line.len > 511)
			abort();
	}
	free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct session s;
	int in, out;

	if (size < 2)
		return 0;
	in = memfd_create("in", 0);
	out = memfd_create("out", 0);
	if (in == -1 || out == -1 ||
	    write(in, bytes + 1, size - 1) != (ssize_t)size - 1 ||
	    lseek(in, 0, SEEK_SET) != 0)
		abort();
	memset(&s, 0, sizeof s);
	in_message = false;
	buf_init(&s.set.greeting, 100);
	buf_init(&s.set.rcpthosts, 100);
	buf_init(&s.set.badmailfrom, 100);
	buf_init(&s.set.localiphost, 100);
	session_init(&s, in, out);
	set_up(&s.set, bytes);
	s.lmtp = bytes[0] & 8;
	session_greet(&s);
	while (session_step(&s) == 1)
		;
	if (in_message)
		abort();
	if (out_flush(&s.out) == -1)
		abort();
	check_replies(out);
	buf_free(&s.set.greeting);
	buf_free(&s.set.rcpthosts);
	buf_free(&s.helo);
	buf_free(&s.mail.sender);
	buf_free(&s.mail.envid);
	buf_free(&s.mail.rcpts);
	buf_free(&s.mail.asked);
	close(in);
	close(out);
	return 0;
}
