/* Lines that existing analysers read: nothing here may change its shape. */
#include "send/log.h"

#include <limits.h>
#include <string.h>

#include "lib/base/num.h"
#include "lib/os/out.h"
#include "queue/format.h"

void
log_init(struct log *l, int fd)
{
	l->fd = fd;
	l->len = 0;
}

/*
 * As many whole lines as a pipe takes without those of another program between
 * them (PIPE_BUF), one at least; 0 when there is no whole line.
 */
static size_t
lines_at_once(const char *bytes, size_t len)
{
	const char *newline;
	size_t end = 0;

	while ((newline = memchr(bytes + end, '\n', len - end)) != NULL) {
		size_t longer = (size_t)(newline - bytes) + 1;

		if (end > 0 && longer > PIPE_BUF)
			break;
		end = longer;
	}
	return end;
}

void
log_flush(struct log *l)
{
	size_t done = 0, n;

	while ((n = lines_at_once(l->bytes + done, l->len - done)) > 0) {
		/* A log that cannot be written stops no mail. */
		(void)write_all(l->fd, l->bytes + done, n);
		done += n;
	}
	l->len -= done;
	memmove(l->bytes, l->bytes + done, l->len);
}

static void
add(struct log *l, struct span s)
{
	if (s.len > LOG_SIZE - l->len)
		log_flush(l);
	memcpy(l->bytes + l->len, s.p, s.len);
	l->len += s.len;
}

static void
add_str(struct log *l, const char *s)
{
	add(l, span_str(s));
}

static void
add_num(struct log *l, uint64_t n)
{
	char digits[NUM_DIGITS];

	add(l, num_format(n, digits));
}

static void
add_id(struct log *l, uint64_t id)
{
	char digits[QUEUE_ID_LEN + 1];

	queue_id_write(id, digits);
	add_str(l, digits);
}

/* Strangers' words: newline becomes /, what is not plain becomes _. */
static void
add_safe(struct log *l, struct span s)
{
	s = span_head(s, LOG_TEXT_MAX);
	if (s.len > LOG_SIZE - l->len)
		log_flush(l);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n')
			c = '/';
		else if (c < 33 || c > 126 || c == '%')
			c = '_';
		l->bytes[l->len++] = (char)c;
	}
}

void
log_new(struct log *l, uint64_t id)
{
	add_str(l, "new msg ");
	add_id(l, id);
	add_str(l, "\n");
}

void
log_info(struct log *l, uint64_t id, uint64_t bytes, struct span sender,
    uint64_t qp, uint64_t uid)
{
	add_str(l, "info msg ");
	add_id(l, id);
	add_str(l, ": bytes ");
	add_num(l, bytes);
	add_str(l, " from <");
	add_safe(l, sender);
	add_str(l, "> qp ");
	add_num(l, qp);
	add_str(l, " uid ");
	add_num(l, uid);
	add_str(l, "\n");
}

void
log_starting(struct log *l, uint64_t delivery, uint64_t id, enum kind kind,
    struct span address)
{
	add_str(l, "starting delivery ");
	add_num(l, delivery);
	add_str(l, ": msg ");
	add_id(l, id);
	add_str(l, kind == LOCAL ? " to local " : " to remote ");
	add_safe(l, address);
	add_str(l, "\n");
}

void
log_result(struct log *l, uint64_t delivery, char class, struct span text)
{
	add_str(l, "delivery ");
	add_num(l, delivery);
	if (class == 'K')
		add_str(l, ": success: ");
	else if (class == 'D')
		add_str(l, ": failure: ");
	else if (class == 'Z')
		add_str(l, ": deferral: ");
	else
		add_str(l, ": report mangled, will defer");
	add_safe(l, text);
	add_str(l, "\n");
}

void
log_status(struct log *l, const struct schedule *s)
{
	add_str(l, "status: local ");
	add_num(l, s->of[LOCAL].running);
	add_str(l, "/");
	add_num(l, s->of[LOCAL].limit);
	add_str(l, " remote ");
	add_num(l, s->of[REMOTE].running);
	add_str(l, "/");
	add_num(l, s->of[REMOTE].limit);
	add_str(l, s->draining ? " exitasap\n" : "\n");
}

void
log_bounce(struct log *l, uint64_t id, uint64_t qp)
{
	add_str(l, "bounce msg ");
	add_id(l, id);
	add_str(l, " qp ");
	add_num(l, qp);
	add_str(l, "\n");
}

void
log_discarded(struct log *l, unsigned degree, uint64_t id)
{
	add_str(l, degree == 2 ? "double" : "triple");
	add_str(l, " bounce: discarding report/");
	add_id(l, id);
	add_str(l, "\n");
}

void
log_end(struct log *l, uint64_t id)
{
	add_str(l, "end msg ");
	add_id(l, id);
	add_str(l, "\n");
}

void
log_say(struct log *l, const char *kind, const char *what,
    struct span detail)
{
	add_str(l, kind);
	add_str(l, ": ");
	add_str(l, what);
	if (detail.len > 0) {
		add_str(l, " ");
		add_safe(l, detail);
	}
	add_str(l, "\n");
}

void
log_trouble(struct log *l, const char *what, uint64_t id, int err)
{
	add_str(l, "warning: ");
	add_str(l, what);
	if (id != 0) {
		add_str(l, " ");
		add_id(l, id);
	}
	if (err != 0) {
		add_str(l, ": ");
		add_str(l, strerror(err));
	}
	add_str(l, "\n");
}
