/* Who sends. */
#include "queue/author.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/mail/verp.h"
#include "lib/os/control.h"
#include "lib/os/in.h"

static const char *const user_names[] = { "QMAILUSER", "MAILUSER", "USER",
	"LOGNAME", NULL };
static const char *const host_names[] = { "QMAILHOST", "MAILHOST", NULL };
static const char *const full_names[] = { "QMAILNAME", "MAILNAME", "NAME",
	NULL };
static const char *const suser_names[] = { "QMAILSUSER", NULL };
static const char *const shost_names[] = { "QMAILSHOST", NULL };

/* The first of these variables that is set; empty: none. */
static struct span
env_first(const char *const *names)
{
	for (; *names != NULL; names++) {
		const char *value = getenv(*names);

		if (value != NULL && *value != '\0')
			return span_str(value);
	}
	return SPAN("");
}

/* ---- host names ---- */

/*
 * The variable, the control file, me, or the literal name of the file.
 * 0; -1 with errno.
 */
static int
load_host(struct author *a, int dir, const char *variable, const char *file,
    struct buf *to)
{
	const char *value = getenv(variable);
	struct span me;
	int r = 1;

	if (value != NULL)
		buf_str(to, value);
	else
		r = control_line(dir, file, to);
	if (r == 0) {
		if (buf_get(&a->me, &me) == -1)
			return -1;
		buf_reset(to);
		if (me.len > 0)
			buf_span(to, me);
		else
			buf_str(to, file);
	}
	return r == -1 || buf_get(to, &me) == -1 ? -1 : 0;
}

static int
load_hosts(struct author *a, const char **what)
{
	const struct host {
		const char *variable, *file;
		struct buf *to;
	} list[] = {
		{ "QMAILDEFAULTHOST", "defaulthost", &a->defaulthost },
		{ "QMAILDEFAULTDOMAIN", "defaultdomain", &a->defaultdomain },
		{ "QMAILPLUSDOMAIN", "plusdomain", &a->plusdomain },
		{ "QMAILIDHOST", "idhost", &a->idhost },
	};
	int dir = control_open();
	int r = 0;

	*what = "the control directory";
	if (dir == -1)
		return -1;
	*what = "me";
	if (control_line(dir, "me", &a->me) == -1)
		r = -1;
	for (size_t i = 0; r == 0 && i < sizeof list / sizeof list[0]; i++) {
		*what = list[i].file;
		r = load_host(a, dir, list[i].variable, list[i].file,
		    list[i].to);
	}
	close(dir);
	a->hosts.defaulthost = buf_peek(&a->defaulthost);
	a->hosts.defaultdomain = buf_peek(&a->defaultdomain);
	a->hosts.plusdomain = buf_peek(&a->plusdomain);
	return r;
}

/* ---- /etc/passwd ---- */

/* A full name stands before the first comma; & is the user's, capitalised. */
static void
take_full_name(struct buf *to, struct span gecos, struct span user)
{
	gecos = span_cut(&gecos, ',');
	for (size_t i = 0; i < gecos.len; i++) {
		if (gecos.p[i] != '&') {
			buf_char(to, gecos.p[i]);
			continue;
		}
		if (user.len > 0 && *user.p >= 'a' && *user.p <= 'z')
			buf_char(to, (char)(*user.p - 'a' + 'A'));
		else
			buf_span(to, span_head(user, 1));
		buf_span(to, span_tail(user, 1));
	}
}

/* name:x:uid:gid:gecos:... of our uid? Then takes what still lacks. */
static bool
take_entry(struct author *a, struct span line)
{
	struct span user = span_cut(&line, ':');
	uint64_t uid;

	span_cut(&line, ':');
	if (num_parse(span_cut(&line, ':'), UINT32_MAX, &uid) == -1 ||
	    uid != getuid())
		return false;
	span_cut(&line, ':');
	if (a->user.len == 0)
		buf_span(&a->user, user);
	take_full_name(&a->full_name, span_cut(&line, ':'), user);
	return true;
}

/* Once: it may be large. 0; -1 with errno. */
static int
read_passwd(struct author *a)
{
	struct buf text;
	struct span rest;
	ssize_t n = -1;
	int fd;

	if (a->passwd_read)
		return 0;
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	buf_init(&text, AUTHOR_PASSWD_MAX);
	do {
		enum { CHUNK = 32768 };
		char *to = buf_reserve(&text, CHUNK);

		if (to == NULL || (n = read_full(fd, to, CHUNK)) <= 0)
			break;
		text.len += (size_t)n;
	} while (n > 0);
	close(fd);
	if (n == -1 || buf_get(&text, &rest) == -1) {
		buf_free(&text);
		return -1;
	}
	while (rest.len > 0)
		if (take_entry(a, span_cut(&rest, '\n')))
			break;
	buf_free(&text);
	a->passwd_read = true;
	return 0;
}

static int
load_user(struct author *a, const char **what)
{
	struct span ignored, host = env_first(host_names);

	a->name = env_first(full_names);
	buf_span(&a->user, env_first(user_names));
	buf_span(&a->host, host.len > 0 ? host : a->hosts.defaulthost);
	*what = "/etc/passwd";
	if (a->user.len == 0 && read_passwd(a) == -1)
		return -1;
	if (a->user.len == 0)
		buf_str(&a->user, "anonymous");
	return buf_get(&a->user, &ignored);
}

int
author_full_name(struct author *a)
{
	struct span ignored;

	return read_passwd(a) == -1 ? -1 :
	    buf_get(&a->full_name, &ignored);
}

int
author_load(struct author *a, const char **what)
{
	struct buf *all[] = { &a->me, &a->defaulthost, &a->defaultdomain,
		&a->plusdomain, &a->idhost, &a->user, &a->host,
		&a->full_name };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		buf_init(all[i], AUTHOR_NAME_MAX);
	a->passwd_read = false;
	if (load_hosts(a, what) == -1)
		return -1;
	return load_user(a, what);
}

/* user@host, completed; suffix goes behind the user. */
static void
write_address(const struct author *a, struct span user, struct span suffix,
    struct span host, struct buf *to)
{
	struct buf raw;
	struct span address;

	buf_init(&raw, 4 * AUTHOR_NAME_MAX);
	buf_span(&raw, user);
	if (suffix.len > 0) {
		buf_char(&raw, '-');
		buf_span(&raw, suffix);
	}
	buf_char(&raw, '@');
	buf_span(&raw, host);
	if (buf_get(&raw, &address) == 0)
		address_complete(to, address, &a->hosts);
	else
		to->err = raw.err;
	buf_free(&raw);
}

void
author_address(const struct author *a, struct buf *to)
{
	write_address(a, buf_peek(&a->user), SPAN(""), buf_peek(&a->host), to);
}

void
author_sender(const struct author *a, struct span stamp, bool verp,
    struct buf *to)
{
	struct span user = env_first(suser_names);
	struct span host = env_first(shost_names);
	struct buf plain;
	struct span address;

	if (user.len == 0)
		user = buf_peek(&a->user);
	if (host.len == 0)
		host = buf_peek(&a->host);
	if (!verp) {
		write_address(a, user, stamp, host, to);
		return;
	}
	buf_init(&plain, 4 * AUTHOR_NAME_MAX);
	write_address(a, user, stamp, host, &plain);
	if (buf_get(&plain, &address) == 0)
		verp_ask(to, address);
	else
		to->err = plain.err;
	buf_free(&plain);
}
