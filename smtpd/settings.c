/*
 * Everything the administrator can say, in one pass over the control
 * directory. A file that is absent has its default; one that cannot be read
 * or understood stops the session, since guessing could open a relay.
 */
#include "smtpd/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/net/idn.h"
#include "lib/os/control.h"

enum { TIMEOUT_MAX_S = 86400 };

/* One line, with me's in its place when the file is absent. */
static int
line_or_me(int dir, const char *name, const struct buf *me, struct buf *out)
{
	int r = control_line(dir, name, out);

	if (r != 0)
		return r;
	buf_reset(out);
	buf_span(out, buf_peek(me));
	return out->err == 0 ? 1 : -1;
}

/* The first word of the greeting is our name; control characters go. */
static bool
tidy_greeting(struct settings *set)
{
	struct span line = span_head(buf_peek(&set->greeting),
	    SETTINGS_GREETING_MAX);

	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.p[i] < ' ' || line.p[i] == 127)
			set->greeting.p[i] = ' ';
	set->greeting.len = line.len;
	line = span_trim(line);
	set->host = span_head(line, span_find(line, ' '));
	return set->host.len > 0;
}

/* What we are called: 220 needs a name, so there is no default for me. */
static const char *
load_names(int dir, struct settings *set)
{
	struct buf me;
	const char *bad = NULL;

	buf_init(&me, CONTROL_MAX);
	buf_init(&set->greeting, CONTROL_MAX);
	buf_init(&set->localiphost, CONTROL_MAX);
	if (control_line(dir, "me", &me) == -1)
		bad = "me";
	else if (line_or_me(dir, "smtpgreeting", &me, &set->greeting) == -1)
		bad = "smtpgreeting";
	else if (line_or_me(dir, "localiphost", &me,
	    &set->localiphost) == -1)
		bad = "localiphost";
	else if (!tidy_greeting(set)) {
		bad = "me";
		errno = 0;
	}
	buf_free(&me);
	return bad;
}

static const char *
load_numbers(int dir, struct settings *set)
{
	uint64_t seconds = SETTINGS_TIMEOUT_S;

	set->recipients_max = SETTINGS_RECIPIENTS;
	set->unknown_max = SETTINGS_UNKNOWN;
	if (control_num(dir, "databytes", UINT64_MAX, &set->databytes) == -1)
		return "databytes";
	if (control_num(dir, "timeoutsmtpd", TIMEOUT_MAX_S, &seconds) == -1)
		return "timeoutsmtpd";
	if (control_num(dir, "maxrcpt", SETTINGS_RECIPIENTS_MAX,
	    &set->recipients_max) == -1)
		return "maxrcpt";
	if (control_num(dir, "brtlimit", UINT64_MAX, &set->unknown_max) == -1)
		return "brtlimit";
	set->timeout_ms = (seconds > 0 ? seconds : 1) * 1000;
	if (set->recipients_max == 0)
		set->recipients_max = SETTINGS_RECIPIENTS_MAX;
	return NULL;
}

/* The whole file, mapped for good; *out stays empty without one. 0; -1. */
static int
map_file(int dir, const char *name, struct span *out)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *p;
	int err;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == -1 || st.st_size == 0)
		p = MAP_FAILED;
	else
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	err = errno;
	close(fd);
	errno = err;
	if (p == MAP_FAILED)
		return -1;
	*out = (struct span){ p, (size_t)st.st_size };
	return 0;
}

static const char *
load_lists(int dir, struct settings *set)
{
	buf_init(&set->badmailfrom, CONTROL_MAX);
	buf_init(&set->rcpthosts, CONTROL_MAX);
	if (control_list(dir, "badmailfrom", &set->badmailfrom) == -1)
		return "badmailfrom";
	if (set->relay)
		return NULL;
	if (control_list(dir, "rcpthosts", &set->rcpthosts) == -1 ||
	    idn_list(&set->rcpthosts, '\0') == -1)
		return "rcpthosts";
	if (map_file(dir, "morercpthosts.cdb", &set->more_rcpthosts) == -1)
		return "morercpthosts.cdb";
	return NULL;
}

/* What the parent says of this client: tcprules set these. */
static const char *
load_environment(struct settings *set)
{
	const char *suffix = getenv("RELAYCLIENT");
	const char *bytes = getenv("DATABYTES");

	set->relay = suffix != NULL;
	set->relay_suffix = span_str(suffix != NULL ? suffix : "");
	errno = 0;
	if (bytes != NULL && *bytes != '\0' && num_parse(span_str(bytes),
	    UINT64_MAX, &set->databytes) == -1)
		return "$DATABYTES";
	return NULL;
}

const char *
settings_load(struct settings *set)
{
	int dir = control_open();
	const char *bad;

	*set = (struct settings){ .relay = false };
	if (dir == -1)
		return "the control directory";
	bad = load_numbers(dir, set);
	if (bad == NULL)
		bad = load_environment(set);
	if (bad == NULL)
		bad = load_names(dir, set);
	if (bad == NULL)
		bad = load_lists(dir, set);
	if (bad == NULL)
		close(dir);
	return bad;
}
