/* remote/data: a stored message as SMTP data, cut anywhere. */
#include "remote/data.h"

#include <stdlib.h>

#include "tests/tap.h"

enum { ROOM = 1 << 16 };

static char got[ROOM];

/*
 * Encodes in with chunk bytes of input at a time and room bytes of output. It
 * must look at nothing behind what it was given: input is copied to the end of
 * an allocation (valgrind and sanitizers watch).
 */
static size_t
run(struct span in, size_t chunk, size_t room)
{
	struct encoder e;
	size_t at = 0, have = chunk, len = 0;

	encoder_start(&e);
	while (at < in.len) {
		size_t n = have < in.len - at ? have : in.len - at;
		char *copy = malloc(n);
		struct span piece = { copy, n };
		size_t put;

		memcpy(copy, in.p + at, n);
		put = encode(&e, &piece, at + n == in.len, got + len,
		    room < ROOM - len ? room : ROOM - len);
		len += put;
		at += n - piece.len;
		have = piece.len == n && put == 0 ? have + 1 : chunk;
		free(copy);
		if (have > ENCODE_IN_MIN)
			return 0;	/* enough, yet nothing came of it */
	}
	return len;
}

static bool
gives(struct span in, struct span want)
{
	for (size_t chunk = 1; chunk <= in.len; chunk++) {
		size_t len = run(in, chunk, ENCODE_OUT_MIN);

		if (!span_eq((struct span){ got, len }, want))
			return false;
	}
	return span_eq((struct span){ got, run(in, ENCODE_IN_MIN, ROOM) },
	    want);
}

#define GIVES(in, want, what) ok(gives(SPAN(in), SPAN(want)), what)

static void
line_ends(void)
{
	GIVES("", "", "nothing");
	GIVES("a\n", "a\r\n", "LF");
	GIVES("a\r\n", "a\r\n", "CR LF");
	GIVES("a\r\r\nb", "a\r\nb\r\n", "CR CR LF is one");
	GIVES("a", "a\r\n", "a last line without an end");
	GIVES("a\r", "a\r\n", "a last CR");
	GIVES("a\r\r", "a\r\n\r\n", "two of them");
	GIVES("a\rb\n", "a\r\nb\r\n", "a CR alone");
	GIVES("a\rb\r\rc", "a\r\nb\r\n\r\nc\r\n", "lines of an old Mac");
	GIVES("a\r\r\r\nb", "a\r\n\r\nb\r\n", "CR CR CR LF are two");
	GIVES("\n\n\n", "\r\n\r\n\r\n", "empty lines");
	GIVES("\n\r\n\r", "\r\n\r\n\r\n", "of all kinds");
	GIVES("a\0b\n\xff\n", "a\0b\r\n\xff\r\n", "NUL and 8 bit");
}

static void
dots(void)
{
	GIVES(".", "..\r\n", "a dot");
	GIVES(".\n", "..\r\n", "a line with a dot");
	GIVES("a\n.b\n..\n", "a\r\n..b\r\n...\r\n", "several");
	GIVES("a\r.\r\nb", "a\r\n..\r\nb\r\n", "smuggled behind a CR");
	GIVES("a\n.\r\nb", "a\r\n..\r\nb\r\n", "smuggled behind a LF");
	GIVES("a\r\n.\rb\r\n.\n", "a\r\n..\r\nb\r\n..\r\n", "both");
}

/* No bare CR or LF, no line over 998, no line that is a lone dot. */
static bool
legal(struct span s)
{
	if (s.len == 0)
		return true;
	while (s.len > 0) {
		size_t lf = span_find(s, '\n');
		struct span line = span_head(s, lf);
		size_t dot;

		if (lf == s.len || line.len == 0 ||
		    line.p[line.len - 1] != '\r')
			return false;
		line.len--;
		dot = line.len > 0 && *line.p == '.';
		if (span_find(line, '\r') < line.len || line.len - dot > 998 ||
		    span_is(line, ".") || (dot && line.p[1] != '.'))
			return false;
		s = span_tail(s, lf + 1);
	}
	return true;
}

static char text[5000];

/* A message whose header, or body, is n bytes made by repeating unit. */
static struct span
longer(const char *before, const char *unit, size_t n)
{
	size_t len = strlen(before);

	memcpy(text, before, len);
	for (size_t i = 0; i < n; i++)
		text[len + i] = unit[i % strlen(unit)];
	text[len + n] = '\n';
	return (struct span){ text, len + n + 1 };
}

static struct span
encoded(struct span in)
{
	return (struct span){ got, run(in, ENCODE_IN_MIN, ROOM) };
}

static size_t
line_count(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '\n';
	return n;
}

/* Without CR LF before blanks: RFC 5322 section 2.2.3. */
static struct span
unfolded(struct span s)
{
	static char room[ROOM];
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (i + 2 < s.len && s.p[i] == '\r' &&
		    (s.p[i + 2] == ' ' || s.p[i + 2] == '\t')) {
			i++;
			continue;
		}
		room[len++] = s.p[i];
	}
	return (struct span){ room, len };
}

static void
long_lines(void)
{
	struct span s;

	s = encoded(longer("\n", "x", 998));
	ok(line_count(s) == 2 && legal(s), "998 octets stay a line");
	s = encoded(longer("\n", "x", 999));
	ok(line_count(s) == 3 && legal(s), "999 do not");
	s = encoded(longer("\n.", "x", 997));
	ok(line_count(s) == 2 && legal(s), "the doubled dot is not counted");
	s = encoded(longer("\n", ".", 3000));
	ok(line_count(s) == 5 && legal(s), "dots at the cuts are doubled");
	s = encoded(longer("\n", "\xe2\x82\xac", 3000));
	ok(line_count(s) == 5 && legal(s) && ((unsigned char)s.p[2 + 996 + 2] &
	    0xc0) != 0x80, "not inside a character");
	s = encoded(longer("\n", "\x80", 3000));
	ok(legal(s), "what is not UTF-8 is cut too");
	s = encoded(longer("\n", "word ", 3000));
	ok(legal(s) && s.p[2 + 995 + 2] == 'w', "behind a blank");

	s = longer("Subject: ", "word ", 4000);
	s.len--;	/* ends in a blank; the LF is added below */
	text[s.len++] = '\n';
	s = encoded(s);
	ok(legal(s) && line_count(s) == 5, "a header is folded");
	s = unfolded(s);
	ok(s.len == 4011 && memcmp(s.p, text, 4009) == 0,
	    "and unfolds to itself");
	s = encoded(longer("X: ", "y", 4000));
	ok(legal(s) && line_count(s) == 6 && s.p[4] == ' ',
	    "the blank behind the name is as good as another");
	s = encoded(longer("X:", "y", 4000));
	ok(legal(s) && line_count(s) == 5 && s.p[1000] == ' ',
	    "without any blank one is added");
	s = encoded(longer("X:", " ", 3000));
	ok(legal(s), "nothing but blanks");
	s = encoded(longer("X:", "y z\tu", 3000));
	ok(legal(s), "and tabs");
}

static void
any_bytes(void)
{
	static const char letters[] = "\r\n. \tx\xc3\xa9\0";
	unsigned seed = 7;
	bool good = true;

	for (int i = 0; i < 2000 && good; i++) {
		char in[40];
		size_t n = 0;

		while (n < (unsigned)i % sizeof in) {
			seed = seed * 1103515245 + 12345;
			in[n++] = letters[(seed >> 16) %
			    (sizeof letters - 1)];
		}
		good = legal((struct span){ got, run((struct span){ in, n },
		    1 + n / 3, ENCODE_OUT_MIN) });
	}
	ok(good, "whatever comes in, what goes out is legal");
}

int
main(void)
{
	line_ends();
	dots();
	long_lines();
	any_bytes();
	return tap_done();
}
