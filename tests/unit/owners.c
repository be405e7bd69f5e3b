/*
 * For how long the door's answers are believed, against a clock of our own; and
 * that nothing is left of one that made way for nonsense.
 */
#include "send/owners.h"

#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "lib/wire/door.h"
#include "lib/wire/packet.h"
#include "tests/tap.h"

static struct owners o;
static int door;

/* The name that was asked for, and the question's tag; false: no question. */
static bool
hears(const char *name, uint64_t *tag)
{
	static char room[PACKET_MAX];
	struct span bytes, asked;
	struct packet p;

	return fdpass_recv(door, room, sizeof room, &bytes, NULL, 0) == 1 &&
	    packet_open(bytes, &p) == 0 && p.type == DOOR_OWNER &&
	    packet_take_num(&p, UINT64_MAX, tag) == PARSE_OK &&
	    packet_take_str(&p, PACKET_MAX, &asked) == PARSE_OK &&
	    span_is(asked, name);
}

static void
says(struct buf *b)
{
	ok(fdpass_send(door, b, NULL, 0) == 0, "an answer");
	buf_free(b);
}

static void
says_owned(uint64_t tag, const char *user)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_OWNED);
	packet_num(&b, tag);
	packet_str(&b, span_str(user));
	packet_num(&b, 1000);
	packet_num(&b, 1000);
	packet_str(&b, SPAN("/home/u"));
	packet_str(&b, SPAN(""));
	packet_str(&b, SPAN(""));
	says(&b);
}

static void
says_other(uint64_t tag, char type, const char *code, const char *text)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, type);
	packet_num(&b, tag);
	packet_str(&b, span_str(code));
	packet_str(&b, span_str(text));
	says(&b);
}

/* Is an answer of that age good enough? Nobody is asked then. */
static bool
is_told(const char *name, int64_t since_ms, int64_t now_ms)
{
	struct owner *w = owners_look(&o, span_str(name), since_ms, now_ms);

	return w != NULL && owner_told(w, since_ms, now_ms);
}

static bool
receives(int64_t now_ms, enum owner_state state)
{
	struct owner *w = NULL;

	return owners_receive(&o, now_ms, &w) == 1 && w != NULL &&
	    w->state == state;
}

static void
believes(void)
{
	uint64_t tag = 0;

	ok(!is_told("ann", 10000, 10000) && hears("ann", &tag), "asked");
	says_owned(tag, "ann");
	ok(receives(10100, OWNER_KNOWN), "known");
	ok(is_told("ann", 15100, 16000), "for five seconds");
	ok(is_told("ann", OWNERS_ANY_TIME, 90000), "and to old mail for ever");
	ok(!is_told("ann", 15101, 16000) && hears("ann", &tag), "asked again");
	ok(is_told("ann", 15000, 16000), "the old answer is there meanwhile");
	says_other(tag, DOOR_NO, "5.1.1", "Nobody.");
	ok(receives(16200, OWNER_REFUSED), "refused");
	ok(is_told("ann", 17200, 17200), "for a second");
	ok(!is_told("ann", 17201, 17201) && hears("ann", &tag), "asked again");
	says_other(tag, DOOR_LATER, "4.3.0", "Not now.");
	ok(receives(18000, OWNER_LATER), "later");
	ok(is_told("ann", OWNERS_ANY_TIME, 22999), "for five seconds");
	ok(is_told("ann", 17900, 60000), "or who began before that");
	ok(!is_told("ann", OWNERS_ANY_TIME, 23000) && hears("ann", &tag),
	    "not for ever");
}

static void
forgets(void)
{
	struct owner *w = NULL;
	struct buf b;
	uint64_t tag = 0;

	ok(!is_told("bob", 1000, 1000) && hears("bob", &tag), "asked");
	says_owned(tag, "bob");
	ok(receives(1000, OWNER_KNOWN), "known");
	ok(!is_told("bob", 9000, 9000) && hears("bob", &tag), "asked again");
	buf_init(&b, PACKET_MAX);
	packet_start(&b, DOOR_OWNED);
	packet_num(&b, tag);
	packet_str(&b, SPAN("bob"));
	says(&b);
	ok(owners_receive(&o, 9000, &w) == -1, "nonsense");
	ok(!is_told("bob", OWNERS_ANY_TIME, 9000), "leaves nothing known");
	owners_forget(&o);
	ok(!is_told("bob", OWNERS_ANY_TIME, 9000), "nor does forgetting");
}

int
main(void)
{
	int ends[2];

	ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0,
	    "a door");
	door = ends[1];
	owners_init(&o, ends[0], 1);
	believes();
	forgets();
	return tap_done();
}
