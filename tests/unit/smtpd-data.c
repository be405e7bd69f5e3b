/* The end of data: against a simple reference, cut at every byte. */
#include <stdlib.h>

#include "smtpd/data.h"
#include "tests/tap.h"

enum { ROOM = 4096 };

struct result {
	char text[ROOM];
	size_t len, used;
	unsigned faults, hops;
	bool ended;
};

/* What the machine makes of s, given in blocks of at most step bytes. */
static struct result
machine(struct span s, size_t first, size_t step, bool lf_ok)
{
	struct result r = { .len = 0 };
	struct data d;
	size_t at = 0;

	data_init(&d, lf_ok);
	while (at < s.len && !r.ended) {
		size_t n = at == 0 && first > 0 ? first : step;
		struct span in = span_head(span_tail(s, at), n);
		size_t given = in.len, len;
		char block[ROOM];

		memcpy(block, in.p, in.len);
		in.p = block;
		r.ended = data_feed(&d, &in, block, &len) == PARSE_OK;
		memcpy(r.text + r.len, block, len);
		r.len += len;
		at += given - in.len;
	}
	r.used = at;
	r.faults = d.faults;
	r.hops = d.hops;
	if (d.bytes != r.len)
		r.used = (size_t)-1;
	return r;
}

/* The same with all of it in sight: strict line ends only. */
static struct result
reference(struct span s)
{
	struct result r = { .len = 0 };
	bool start = true;
	size_t i = 0;

	while (i < s.len) {
		struct span rest = span_tail(s, i);

		if (start && span_starts(rest, SPAN(".\r\n"))) {
			r.ended = true;
			i += 3;
			break;
		}
		if (start && rest.p[0] == '.') {
			i++;
			start = false;
			continue;
		}
		start = false;
		if (span_starts(rest, SPAN("\r\n"))) {
			r.text[r.len++] = '\n';
			start = true;
			i += 2;
			continue;
		}
		if (rest.p[0] == '\r' && rest.len == 1)
			break;		/* not known yet */
		if (rest.p[0] == '\r')
			r.faults |= DATA_BARE_CR;
		else if (rest.p[0] == '\n')
			r.faults |= DATA_BARE_LF;
		else if (rest.p[0] == '\0')
			r.faults |= DATA_NUL;
		else
			r.text[r.len++] = rest.p[0];
		i++;
	}
	r.used = i;
	return r;
}

static bool
same(const struct result *a, const struct result *b)
{
	return a->ended == b->ended && a->faults == b->faults &&
	    (a->faults != 0 || (a->len == b->len &&
	    memcmp(a->text, b->text, a->len) == 0)) &&
	    (!a->ended || a->used == b->used);
}

static bool
cut_everywhere(struct span s)
{
	struct result want = reference(s);

	for (size_t cut = 0; cut <= s.len; cut++) {
		struct result got = machine(s, cut, ROOM, false);

		if (!same(&got, &want))
			return false;
	}
	for (size_t step = 1; step < 4; step++) {
		struct result got = machine(s, 0, step, false);

		if (!same(&got, &want))
			return false;
	}
	return true;
}

/* All strings over CR LF . NUL a up to a length, each cut everywhere. */
static bool
all_short_strings(size_t max)
{
	static const char letters[] = { '\r', '\n', '.', 'a', '\0' };
	char s[16] = { 0 };
	size_t digit[16] = { 0 };

	for (size_t len = 0; len <= max; len++) {
		size_t i;

		memset(digit, 0, sizeof digit);
		do {
			for (i = 0; i < len; i++)
				s[i] = letters[digit[i]];
			if (!cut_everywhere((struct span){ s, len }))
				return false;
			for (i = 0; i < len && ++digit[i] == 5; i++)
				digit[i] = 0;
		} while (i < len);
	}
	return true;
}

/* Ways to end a message that others have believed in; none is an end. */
static const struct span not_an_end[] = {
	{ "a\n.\n", 4 }, { "a\n.\r\n", 5 }, { "a\r\n.\n", 5 },
	{ "a\r.\r", 4 }, { "a\r.\r\n", 5 }, { "a\r\n.\r", 5 },
	{ "a\n.\r", 4 }, { "a\r.\n", 4 }, { "a\r\n\0.\r\n", 7 },
	{ "a\r\n.\0\r\n", 7 }, { "a\r\n.\r\r\n", 7 }, { "a\r\n.\n\r\n", 7 },
	{ "a\r\0\n.\r\n", 7 }, { "\n.\r\n", 4 }, { "\r.\r\n", 4 },
};

static void
smuggling(void)
{
	bool kept = true, noticed = true, found = true;

	for (size_t i = 0; i < sizeof not_an_end / sizeof *not_an_end; i++) {
		char full[64];
		struct span s = not_an_end[i];
		struct result r = machine(s, 0, ROOM, false);

		kept = kept && !r.ended;
		memcpy(full, s.p, s.len);
		memcpy(full + s.len, "MAIL\r\n.\r\nx", 10);
		s = (struct span){ full, s.len + 10 };
		r = machine(s, 0, ROOM, false);
		found = found && r.ended && r.used == s.len - 1;
		noticed = noticed && r.faults != 0;
	}
	ok(kept, "no smuggling sequence ends the data");
	ok(found, "the real end behind one is found");
	ok(noticed, "each is noticed as a fault");
}

static unsigned
hops(const char *message)
{
	return machine(span_str(message), 0, 1, false).hops;
}

static void
counts(void)
{
	struct result r;
	struct data d;
	struct span in = SPAN("..a\nb\n.\nrest");
	char room[32];
	size_t len;

	ok(hops("Received: a\r\nDelivered-To: b\r\nreceived: c\r\n d\r\n\r\n"
	    "Received: body\r\n.\r\n") == 3, "hops are counted in the header");
	ok(hops("Received a\r\n Received: b\r\nReceived-SPF: c\r\n"
	    "XReceived: d\r\nDelivered-Too: e\r\n.\r\n") == 0,
	    "and only hops");
	r = machine(SPAN("Received:\r\n..Received:\r\n.\r\n"), 0, 5, false);
	ok(r.hops == 1 && r.len == 21, "dots are taken away first");
	data_init(&d, true);
	ok(data_feed(&d, &in, room, &len) == PARSE_OK && len == 5 &&
	    memcmp(room, ".a\nb\n", 5) == 0 && span_is(in, "rest") &&
	    d.faults == 0, "LF ends lines where that was asked for");
}

static void
random_strings(void)
{
	static const char letters[] = "\r\n.aR:\r\n\r\n..";
	bool good = true;

	srandom(7);
	for (int i = 0; i < 2000 && good; i++) {
		char s[200];
		size_t len = (size_t)random() % sizeof s;

		for (size_t k = 0; k < len; k++)
			s[k] = letters[(size_t)random() %
			    (sizeof letters - 1)];
		good = cut_everywhere((struct span){ s, len });
	}
	ok(good, "random text agrees with the reference");
}

int
main(void)
{
	ok(all_short_strings(6), "every short string, cut at every byte");
	random_strings();
	smuggling();
	counts();
	return tap_done();
}
