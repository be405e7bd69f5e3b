/*
 * Reading the queue: sound files are read, anything else is told apart and
 * kept out of the way, dead writers' files go and living ones' stay.
 */
#include "queue/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/checksum.h"
#include "tests/tap.h"

#define ENVELOPE "Fa@example.org\0Tb@example.org\0Tc@example.org\0\0"
#define MESSAGE "Subject: x\n\nhello\n"

static char path[] = "/tmp/postern-store.XXXXXX";
static int dir;

static void
put_bytes(const char *name, const void *p, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, p, len) != (ssize_t)len)
		abort();
	close(fd);
}

static size_t
make(char *file, const struct queue_header *h)
{
	size_t at = QUEUE_HEADER_SIZE;

	queue_header_write(h, file);
	memcpy(file + at, MESSAGE, sizeof MESSAGE - 1);
	at += sizeof MESSAGE - 1;
	memcpy(file + at, ENVELOPE, sizeof ENVELOPE - 1);
	at += sizeof ENVELOPE - 1;
	memset(file + at, QUEUE_PENDING, h->recipients);
	file[at + h->recipients - 1] = QUEUE_DONE;
	return at + h->recipients;
}

static struct queue_header
header(void)
{
	return (struct queue_header){
		.birth_us = 1792000000000000, .uid = 7, .pid = 8,
		.message_len = sizeof MESSAGE - 1,
		.envelope_len = sizeof ENVELOPE - 1, .recipients = 2,
		.message_sum = checksum64(SPAN(MESSAGE)),
		.envelope_sum = checksum64((struct span){ ENVELOPE,
		    sizeof ENVELOPE - 1 }),
	};
}

static const char id[] = "1792000000000000";

static void
sound(void)
{
	struct queue_header h = header();
	struct stored s;
	char wanted[QUEUE_HEADER_SIZE];
	char got[QUEUE_HEADER_SIZE];
	char file[1000];
	struct buf b;

	put_bytes(id, file, make(file, &h));
	ok(store_find(dir, id, &s) == STORE_OK, "a sound file is read");
	queue_header_write(&h, wanted);
	queue_header_write(&s.header, got);
	ok(memcmp(got, wanted, sizeof got) == 0, "with its header");
	buf_init(&b, 1000);
	ok(store_read_envelope(&s, &b) == 0 &&
	    span_eq(buf_peek(&b), (struct span){ ENVELOPE,
	    sizeof ENVELOPE - 1 }), "its envelope");
	ok(store_read_states(&s, &b) == 0 && b.len == 2 &&
	    b.p[0] == QUEUE_PENDING && b.p[1] == QUEUE_DONE, "the states");
	close(s.fd);
	buf_free(&b);
	ok(store_find(dir, "1792000000000001", &s) == STORE_GONE, "none");
}

static void
damaged(void)
{
	struct queue_header h = header();
	struct stored s;
	char file[1000];
	size_t len = make(file, &h);
	bool all = true;

	for (size_t i = 0; i < QUEUE_HEADER_SIZE; i++) {
		file[i] ^= 1;
		put_bytes(id, file, len);
		all = all && store_find(dir, id, &s) == STORE_BAD &&
		    *s.why != '\0';
		file[i] ^= 1;
	}
	ok(all, "each damaged byte of a header is found");
	for (size_t i = 0; i < len; i++) {
		put_bytes(id, file, i);
		all = all && store_find(dir, id, &s) == STORE_BAD;
	}
	ok(all, "a file cut anywhere is none");
	unlinkat(dir, id, 0);
}

static void
foreign(void)
{
	struct stored s;

	mkdirat(dir, id, 0700);
	ok(store_find(dir, id, &s) == STORE_BAD, "a directory is no file");
	unlinkat(dir, id, AT_REMOVEDIR);
	ok(mkfifoat(dir, id, 0600) == 0 &&
	    store_find(dir, id, &s) == STORE_BAD, "nor is a FIFO");
	unlinkat(dir, id, 0);
	ok(symlinkat("/etc/passwd", dir, id) == 0 &&
	    store_find(dir, id, &s) == STORE_BAD, "nor a link");
	ok(store_set_aside(dir, id) == 0 &&
	    faccessat(dir, "bad.1792000000000000", F_OK,
	    AT_SYMLINK_NOFOLLOW) == 0, "it is set aside");
	ok(symlinkat("/etc/passwd", dir, id) == 0 &&
	    store_set_aside(dir, id) == -1 && errno == EEXIST,
	    "not over another");
	unlinkat(dir, id, 0);
}

static int
listed(const char *name)
{
	struct store_list l;
	struct store_entry e;
	int kind = -1;

	if (store_list_open(&l, dir) == -1)
		abort();
	while (store_list_next(&l, &e) == 1)
		if (strcmp(e.name, name) == 0)
			kind = (int)e.kind;
	store_list_close(&l);
	return kind;
}

static void
listings(void)
{
	put_bytes(id, "x", 1);
	put_bytes("1792000000000000.note", "x", 1);
	put_bytes(".1792000000000001", "x", 1);
	put_bytes("core", "x", 1);
	put_bytes(".hidden", "x", 1);
	ok(listed(id) == STORE_MESSAGE, "a message is listed");
	ok(listed("1792000000000000.note") == STORE_NOTE, "a note");
	ok(listed(".1792000000000001") == STORE_UNFINISHED, "an unfinished");
	ok(listed("core") == STORE_FOREIGN && listed(".hidden") ==
	    STORE_FOREIGN, "what is foreign");
	ok(listed("bad.1792000000000000") == -1 && listed(".") == -1,
	    "and nothing else");
}

static void
cleaning(void)
{
	const struct timespec old[2] = { { .tv_sec = time(NULL) - 100 },
	    { .tv_sec = time(NULL) - 100 } };
	const char *name = ".1792000000000001";
	int fd = openat(dir, name, O_WRONLY);

	flock(fd, LOCK_EX);
	ok(store_clean(dir, name) == 0, "a living writer's file stays");
	close(fd);
	ok(store_clean(dir, name) == 1 &&
	    faccessat(dir, name, F_OK, 0) == -1, "a dead one's goes");
	ok(store_clean(dir, name) == 0, "once");
	put_bytes(name, "", 0);
	ok(store_clean(dir, name) == 0, "an empty one may be a moment old");
	utimensat(dir, name, old, 0);
	ok(store_clean(dir, name) == 1, "or not");
}

int
main(void)
{
	char command[100];

	if (mkdtemp(path) == NULL)
		return 1;
	dir = open(path, O_RDONLY | O_DIRECTORY);
	sound();
	damaged();
	foreign();
	listings();
	cleaning();
	snprintf(command, sizeof command, "rm -rf %s", path);
	if (system(command) != 0)
		return 1;
	return tap_done();
}
