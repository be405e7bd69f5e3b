/* Asking for a password, where nobody can look on. */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "auth/user.h"
#include "lib/base/buf.h"
#include "lib/os/die.h"
#include "lib/os/out.h"

static void
say(const char *s, const char *name)
{
	char line[512];
	int n = snprintf(line, sizeof line, "%s%s%s", s,
	    name != NULL ? name : "", name != NULL ? ": " : "");

	if (n > 0 && write_all(2, line, (size_t)n < sizeof line ?
	    (size_t)n : sizeof line - 1) == -1)
		die(111, "cannot ask");
}

/* One line, byte by byte: what follows is for whoever reads next. */
static void
read_line(struct buf *to)
{
	char c;
	ssize_t n;

	buf_reset(to);
	while ((n = read(0, &c, 1)) == 1 && c != '\n')
		buf_char(to, c);
	if (n == -1)
		die(111, "cannot read the password");
	if (to->len > 0 && to->p[to->len - 1] == '\r')
		to->len--;
}

static void
ask(struct buf *to, const char *text, const char *name)
{
	struct termios old, quiet;

	say(text, name);
	if (tcgetattr(0, &old) == -1)
		die(111, "cannot ask for a password");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(0, TCSAFLUSH, &quiet);
	read_line(to);
	tcsetattr(0, TCSAFLUSH, &old);
	say("\n", NULL);
}

void
password_read(struct buf *to, const char *address)
{
	struct buf again;

	if (!isatty(0)) {
		read_line(to);
	} else {
		buf_init(&again, to->max);
		ask(to, "New password of ", address);
		ask(&again, "Once more", "");
		if (!span_eq(buf_peek(to), buf_peek(&again)))
			diex(100, "these are two passwords");
		buf_free(&again);
	}
	if (to->len == 0 || to->err != 0 ||
	    span_find(buf_peek(to), '\0') < to->len)
		diex(100, "an empty password, or one too long or with a NUL");
}
