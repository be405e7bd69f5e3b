/*
 * remote/client: addresses that cannot be written fail for good, those for
 * which there is no memory for now.
 * sanitizers: no, since it takes all memory there is
 */
#include "remote/client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "remote/settings.h"
#include "tests/tap.h"

static struct client client;
static char class;
static char code[16];

static void
note(void *self, size_t i, const struct why *why, const char *peer,
    const char *action)
{
	(void)self;
	(void)i;
	(void)peer;
	(void)action;
	class = why->class;
	snprintf(code, sizeof code, "%s", why->code);
}

/* What becomes of one recipient, with no server to go to. */
static bool
ends(const char *sender, const char *to, char want, const char *want_code)
{
	struct recipient r = { .address = span_str(to) };
	struct message m = { .fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
	    .sender = span_str(sender), .recipients = &r, .n = 1,
	    .report = note };

	class = 0;
	(void)client_send(&client, &m);
	close(m.fd);
	return class == want && strcmp(code, want_code) == 0;
}

/* A chain of all the blocks that malloc(3) still has, large ones first. */
static void **
take_memory(void)
{
	struct rlimit none;
	void **taken = NULL;

	(void)getrlimit(RLIMIT_AS, &none);
	none.rlim_cur = 0;
	(void)setrlimit(RLIMIT_AS, &none);
	for (size_t size = 1 << 20; size >= sizeof *taken; size /= 2) {
		void **more;

		while ((more = malloc(size)) != NULL) {
			*more = taken;
			taken = more;
		}
	}
	return taken;
}

static void
give_memory(void **taken)
{
	struct rlimit all;

	while (taken != NULL) {
		void **next = *taken;

		free(taken);
		taken = next;
	}
	(void)getrlimit(RLIMIT_AS, &all);
	all.rlim_cur = all.rlim_max;
	(void)setrlimit(RLIMIT_AS, &all);
}

int
main(void)
{
	static const char bad[] = "a\nb@x.example";
	static const char idn[] = "a@\xc3\xa4.example";
	static struct settings settings;
	void **taken;
	bool now[3];

	client_init(&client, &settings, -1);
	ok(ends("a@x.example", bad, 'D', "5.1.3"), "a recipient");
	ok(ends(bad, "a@x.example", 'D', "5.1.7"), "a sender");
	client_init(&client, &settings, -1);
	taken = take_memory();
	now[0] = ends("a@x.example", "b@x.example", 'Z', "4.3.0");
	now[1] = ends("", "b@x.example", 'Z', "4.3.0");
	now[2] = ends("", idn, 'Z', "4.3.0");
	give_memory(taken);
	ok(now[0] && now[1] && now[2], "no memory is for now");
	return tap_done();
}
