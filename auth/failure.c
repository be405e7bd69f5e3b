/* The log lines of logins. */
#include "auth/failure.h"

#include <string.h>

#include "lib/os/die.h"
#include "lib/os/out.h"

static void
escaped(struct buf *to, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c < 127 && strchr("%=\"\\", c) == NULL) {
			buf_char(to, (char)c);
		} else {
			buf_char(to, '%');
			buf_char(to, hex[c >> 4]);
			buf_char(to, hex[c & 15]);
		}
	}
}

static void
word(struct buf *to, struct span s)
{
	if (s.len == 0)
		buf_char(to, '-');
	escaped(to, s);
}

static void
begin(struct buf *to, struct span peer, const char *what, struct span service,
    struct span user)
{
	word(to, peer);
	buf_str(to, what);
	buf_str(to, " service=");
	word(to, service);
	buf_str(to, " user=");
	word(to, user);
}

void
failure_line(struct buf *to, struct span peer, struct span service,
    struct span user, const char *why)
{
	begin(to, peer, " postern-auth-failure", service, user);
	buf_str(to, " why=");
	buf_str(to, why);
	buf_char(to, '\n');
}

void
success_line(struct buf *to, struct span peer, struct span service,
    struct span user, struct span app)
{
	begin(to, peer, " postern-auth-success", service, user);
	buf_str(to, " app=");
	word(to, app);
	buf_char(to, '\n');
}

void
login_log(struct span peer, struct span service, struct span user,
    struct span app, const char *why)
{
	struct buf line;
	struct span s;

	buf_init(&line, 4096);
	if (why != NULL)
		failure_line(&line, peer, service, user, why);
	else
		success_line(&line, peer, service, user, app);
	if (buf_get(&line, &s) == -1 || write_all(2, s.p, s.len) == -1)
		warn_errno("cannot log");
	buf_free(&line);
}
