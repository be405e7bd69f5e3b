/*
 * SENDER NEWSENDER RECIPIENT USER HOME HOST HOST2-4 LOCAL EXT EXT2-4 DEFAULT
 * DTLINE RPLINE UFLINE; the last three hold their newline. All else is passed
 * on from our own environment.
 */
#include "local/surroundings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "local/lines.h"

enum { TEXT_MAX = 65536 };

static const char *const ours[] = {
	"SENDER", "NEWSENDER", "RECIPIENT", "USER", "HOME", "HOST", "HOST2",
	"HOST3", "HOST4", "LOCAL", "EXT", "EXT2", "EXT3", "EXT4", "DEFAULT",
	"DTLINE", "RPLINE", "UFLINE",
};

static void
set(struct surroundings *s, const char *name, struct span value)
{
	buf_str(&s->text, name);
	buf_char(&s->text, '=');
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] != '\0')
			buf_char(&s->text, value.p[i]);
	buf_char(&s->text, '\0');
}

/* HOST2 is what stands before the last dot of HOST, HOST3 of HOST2 ... */
static void
set_hosts(struct surroundings *s, struct span host)
{
	static const char *const names[] = { "HOST", "HOST2", "HOST3",
	    "HOST4" };

	for (size_t i = 0; i < 4; i++) {
		set(s, names[i], host);
		host = span_head(host, span_rfind(host, '.'));
	}
}

/* EXT2 is what follows the first dash of EXT, EXT3 of EXT2 ... */
static void
set_exts(struct surroundings *s, struct span ext)
{
	static const char *const names[] = { "EXT", "EXT2", "EXT3", "EXT4" };

	for (size_t i = 0; i < 4; i++) {
		set(s, names[i], ext);
		(void)span_cut(&ext, '-');
	}
}

static void
set_lines(struct surroundings *s, const struct job *j)
{
	struct buf line;

	buf_init(&line, 4 * WORK_ADDRESS_MAX);
	line_delivered_to(&line, j);
	set(s, "DTLINE", buf_peek(&line));
	buf_reset(&line);
	line_return_path(&line, j);
	set(s, "RPLINE", buf_peek(&line));
	buf_reset(&line);
	line_from(&line, j, clock_wall_us());
	set(s, "UFLINE", buf_peek(&line));
	buf_free(&line);
}

static bool
is_ours(const char *entry)
{
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		size_t len = strlen(ours[i]);

		if (strncmp(entry, ours[i], len) == 0 && entry[len] == '=')
			return true;
	}
	return false;
}

/* Pointers to what is inherited and to our own strings. */
static int
point(struct surroundings *s)
{
	size_t n = sizeof ours / sizeof *ours + 1;
	struct span rest = buf_peek(&s->text);

	for (char **e = environ; *e != NULL; e++)
		n++;
	s->envp = calloc(n, sizeof *s->envp);
	if (s->envp == NULL)
		return -1;
	n = 0;
	for (char **e = environ; *e != NULL; e++)
		if (!is_ours(*e))
			s->envp[n++] = *e;
	while (rest.len > 0)
		s->envp[n++] = (char *)span_cut(&rest, '\0').p;
	return 0;
}

int
surroundings_make(struct surroundings *s, const struct job *j,
    const struct recipe *r, struct span newsender)
{
	*s = (struct surroundings){ 0 };
	buf_init(&s->text, TEXT_MAX);
	set(s, "SENDER", j->sender);
	set(s, "NEWSENDER", newsender);
	set(s, "RECIPIENT", j->address);
	set(s, "USER", span_str(j->owner->user));
	set(s, "HOME", span_str(j->owner->home));
	set(s, "LOCAL", j->local);
	set_hosts(s, j->domain);
	set_exts(s, j->ext);
	if (r->rest != DOTQMAIL_NO_DEFAULT)
		set(s, "DEFAULT", span_tail(j->ext, (size_t)r->rest));
	set_lines(s, j);
	if (s->text.err == 0 && point(s) == 0)
		return 0;
	if (s->text.err != 0)
		errno = s->text.err;
	surroundings_free(s);
	return -1;
}

void
surroundings_free(struct surroundings *s)
{
	int err = errno;

	buf_free(&s->text);
	free(s->envp);
	errno = err;
}
