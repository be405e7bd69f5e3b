/*
 * postern-remote by hand, with qmail-remote's interface: host sender recip...,
 * the message on descriptor 0; on descriptor 1 a record for each recipient (r,
 * h or s and a text) and one for the message (K, Z or D), each ended by NUL.
 * Where the trouble concerns the message or the connection, only the last one.
 */
#include "remote/byhand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "lib/os/out.h"
#include "remote/client.h"

enum { RECORDS_MAX = 16 << 20, FIND_MS = 5 * 60 * 1000 };

struct result {
	char class;		/* 0: not known */
	size_t at, len;		/* its text in struct byhand's texts */
};

struct byhand {
	struct settings settings;
	struct client client;
	struct message message;
	struct result *results;
	struct buf texts;
};

static void
put_record(char class, struct span text)
{
	struct span end = SPAN("\0");

	(void)(write_all(1, &class, 1) == 0 &&
	    write_all(1, text.p, text.len) == 0 &&
	    write_all(1, end.p, end.len) == 0);
}

static int
fail(const struct why *why)
{
	put_record(why->class, why_text(why));
	return 0;
}

static void
note(void *self, size_t i, const struct why *why, const char *peer,
    const char *action)
{
	struct byhand *h = self;

	(void)peer;
	(void)action;
	h->results[i] = (struct result){ why->class, h->texts.len, why->len };
	buf_span(&h->texts, why_text(why));
}

static struct span
result_text(const struct byhand *h, const struct result *r)
{
	struct span all = buf_peek(&h->texts);

	return span_head(span_tail(all, r->at), r->len);
}

/* Is it a recipient's own refusal, not the whole message's fate? */
static bool
is_own(const struct byhand *h, const struct result *r)
{
	static const char phrase[] = "does not like recipient";
	struct span text = result_text(h, r);
	struct span line = span_head(text, span_find(text, '\n'));

	return r->class != 'K' && line.len >= sizeof phrase &&
	    memmem(line.p, line.len, phrase, sizeof phrase - 1) != NULL;
}

static void
put_results(const struct byhand *h)
{
	const struct result *whole = NULL;
	char giving_up[] = "Giving up.\n";

	for (size_t i = 0; i < h->message.n; i++) {
		const struct result *r = &h->results[i];
		bool own = is_own(h, r);

		if (!own)
			whole = r;
		if (own || r->class == 'K')
			put_record(r->class == 'K' ? 'r' : r->class == 'D' ?
			    'h' : 's', own ? result_text(h, r) : SPAN(""));
	}
	if (whole != NULL)
		put_record(whole->class, result_text(h, whole));
	else
		put_record('D', span_str(giving_up));
}

/* Where host is to be found: smtproutes, or its MX. false: why. */
static bool
find_route(struct byhand *h, struct span host, struct buf *routes,
    struct route *route, struct why *why)
{
	struct span list, relay = SPAN("");
	int dir = control_open();
	int r = dir == -1 ? -1 : control_list(dir, "smtproutes", routes);

	(void)h;
	if (dir != -1)
		close(dir);
	if (r == -1 || buf_get(routes, &list) == -1) {
		why_set(why, 'Z', "4.3.5", "Cannot read control/smtproutes:"
		    " %s.", strerror(errno));
		return false;
	}
	if (r == 1 && smtproutes_find(list, host, &relay) && relay.len > 0 ?
	    route_parse_relay(relay, route) : route_parse_domain(host, route))
		return true;
	if (relay.len > 0)
		why_no_relay(why);
	else
		why_set(why, 'D', "5.1.2",
		    "That is not a host to send mail to.");
	return false;
}

static int
open_message(struct message *m)
{
	struct stat st;

	m->fd = 0;
	if (fstat(0, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = ESPIPE;
		return -1;
	}
	m->size = (uint64_t)st.st_size;
	return 0;
}

static int
set_up(struct byhand *h, int argc, char **argv)
{
	struct message *m = &h->message;

	m->sender = span_str(argv[1]);
	m->n = (size_t)argc - 2;
	m->recipients = calloc(m->n, sizeof *m->recipients);
	h->results = calloc(m->n, sizeof *h->results);
	if (m->recipients == NULL || h->results == NULL)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		m->recipients[i].address = span_str(argv[i + 2]);
	m->report = note;
	m->self = h;
	buf_init(&h->texts, RECORDS_MAX);
	return open_message(m);
}

int
byhand(int argc, char **argv)
{
	static struct byhand h;
	struct why *why = &h.client.why;
	struct route route;
	struct buf routes;
	const char *what = "the message";

	client_init(&h.client, &h.settings, -1);
	if (argc < 3) {
		why_set(why, 'Z', "4.3.0", "I was invoked improperly.");
		return fail(why);
	}
	if (set_up(&h, argc, argv) == -1 ||
	    settings_read(&h.settings, &what) == -1) {
		why_set(why, 'Z', "4.3.5", "Cannot read %s: %s.", what,
		    strerror(errno));
		return fail(why);
	}
	buf_init(&routes, CONTROL_MAX);
	if (!find_route(&h, span_str(argv[0]), &routes, &route, why))
		return fail(why);
	if (client_confine() == -1) {
		why_set(why, 'Z', "4.3.5", "Cannot confine myself: %s.",
		    strerror(errno));
		return fail(why);
	}
	if (targets_find(&h.settings, &route, deadline_in_ms(FIND_MS),
	    &h.client.targets, why) == -1 || client_connect(&h.client) == -1)
		return fail(why);
	(void)client_send(&h.client, &h.message);
	put_results(&h);
	client_quit(&h.client);
	return 0;
}
