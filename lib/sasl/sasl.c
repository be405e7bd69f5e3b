/* SASL exchanges: a function for each mechanism, called with each response. */
#include "lib/sasl/sasl.h"

#include <string.h>

#include "lib/mail/encode.h"

static enum sasl_next plain(struct sasl *s, struct span got);
static enum sasl_next login(struct sasl *s, struct span got);
static enum sasl_next scram(struct sasl *s, struct span got);
static enum sasl_next external(struct sasl *s, struct span got);

static const struct mechanism {
	const char *name;
	enum sasl_mechanism id;
	const char *first;	/* the challenge when nothing came with AUTH */
	enum sasl_next (*step)(struct sasl *s, struct span got);
} mechanisms[] = {
	{ "SCRAM-SHA-256", SASL_SCRAM_SHA_256, "", scram },
	{ "PLAIN", SASL_PLAIN, "", plain },
	{ "LOGIN", SASL_LOGIN, "Username:", login },
	{ "EXTERNAL", SASL_EXTERNAL, "", external },
};
enum { MECHANISMS = sizeof mechanisms / sizeof mechanisms[0] };

static const struct mechanism *
mechanism_of(const struct sasl *s)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (mechanisms[i].id == s->mechanism)
			return &mechanisms[i];
	return NULL;
}

unsigned
sasl_by_name(struct span name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (span_case_is(name, mechanisms[i].name))
			return mechanisms[i].id;
	return 0;
}

void
sasl_names(struct buf *to, unsigned set)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (set & mechanisms[i].id) {
			buf_char(to, ' ');
			buf_str(to, mechanisms[i].name);
		}
}

unsigned
sasl_offered(unsigned set, bool plain_ok)
{
	return plain_ok ? set : set & ~(unsigned)(SASL_PLAIN | SASL_LOGIN);
}

void
sasl_init(struct sasl *s, enum sasl_mechanism m, struct span vouched)
{
	memset(s, 0, sizeof *s);
	s->mechanism = m;
	s->vouched = vouched;
	buf_init(&s->user, SASL_NAME_MAX);
	buf_init(&s->password, SASL_PASSWORD_MAX);
	buf_init(&s->act_as, SASL_NAME_MAX);
	buf_init(&s->out, SASL_MESSAGE_MAX);
}

static void
wipe(struct buf *b)
{
	volatile char *p = b->p;

	for (size_t i = 0; i < b->room; i++)
		p[i] = 0;
	buf_free(b);
}

void
sasl_free(struct sasl *s)
{
	wipe(&s->user);
	wipe(&s->password);
	wipe(&s->act_as);
	wipe(&s->out);
}

static enum sasl_next
challenge(struct sasl *s, struct span text)
{
	buf_reset(&s->out);
	buf_span(&s->out, text);
	return s->out.err == 0 ? SASL_CHALLENGE : SASL_BAD;
}

/* A name or password: all of it, without NUL. */
static bool
put(struct buf *to, struct span s)
{
	buf_reset(to);
	buf_span(to, s);
	return to->err == 0 && span_find(s, '\0') == s.len;
}

/* authzid NUL authcid NUL passwd (RFC 4616 section 2) */
static enum sasl_next
plain(struct sasl *s, struct span got)
{
	struct span act_as, user;

	if (span_find(got, '\0') == got.len)
		return SASL_BAD;
	act_as = span_cut(&got, '\0');
	if (span_find(got, '\0') == got.len)
		return SASL_BAD;
	user = span_cut(&got, '\0');
	if (user.len == 0 || got.len == 0 || !put(&s->act_as, act_as) ||
	    !put(&s->user, user) || !put(&s->password, got))
		return SASL_BAD;
	return SASL_PASSWORD;
}

static enum sasl_next
login(struct sasl *s, struct span got)
{
	if (s->step++ == 0)
		return got.len > 0 && put(&s->user, got) ?
		    challenge(s, SPAN("Password:")) : SASL_BAD;
	return got.len > 0 && put(&s->password, got) ?
	    SASL_PASSWORD : SASL_BAD;
}

static enum sasl_next
scram(struct sasl *s, struct span got)
{
	if (s->relayed_last)
		return got.len == 0 ? SASL_DONE : SASL_BAD;
	if (got.len == 0 || s->step++ > 1)
		return SASL_BAD;
	return put(&s->out, got) ? SASL_RELAY : SASL_BAD;
}

/* An empty response, or the name that was vouched for. */
static enum sasl_next
external(struct sasl *s, struct span got)
{
	if (s->vouched.len == 0 || !put(&s->user, s->vouched) ||
	    (got.len > 0 && !span_eq(got, s->vouched)))
		return SASL_BAD;
	return SASL_VOUCHED;
}

static enum sasl_next
decoded(struct sasl *s, struct span base64)
{
	struct buf b;
	enum sasl_next next = SASL_BAD;

	if (base64.len > SASL_LINE_MAX)
		return SASL_BAD;
	buf_init(&b, SASL_MESSAGE_MAX);
	if (base64_decode(&b, base64) == 0 && b.err == 0)
		next = mechanism_of(s)->step(s, buf_peek(&b));
	wipe(&b);
	return next;
}

enum sasl_next
sasl_begin(struct sasl *s, const struct span *initial)
{
	const struct mechanism *m = mechanism_of(s);

	if (initial == NULL)
		return challenge(s, span_str(m->first));
	return decoded(s, span_is(*initial, "=") ? SPAN("") : *initial);
}

enum sasl_next
sasl_line(struct sasl *s, struct span line)
{
	if (span_is(line, "*"))
		return SASL_CANCELLED;
	return decoded(s, line);
}

enum sasl_next
sasl_relayed(struct sasl *s, struct span message, bool last)
{
	s->relayed_last = last;
	return challenge(s, message);
}
