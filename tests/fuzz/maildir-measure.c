/*
 * The size of a message, measured: what RETR sends, without the dots that are
 * doubled and the end. The first byte says how long a line the others go on
 * with, so that they cross the end of a block.
 *
 * links: lib/maildir/measure.o pop3d/transfer.o pop3d/surrogate.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/maildir/measure.h"
#include "lib/os/in.h"
#include "pop3d/transfer.h"
#include "tests/maildir.h"

enum { BLOCK = 65536, SENT_MAX = 4 * BLOCK, DISTANCE = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char text[2 * BLOCK];
static char sent[SENT_MAX];

/* What a client counts of what is sent for the message in fd. */
static uint64_t
count_sent(int fd)
{
	static struct out o;
	struct transfer t;
	int to = memfd_create("sent", MFD_CLOEXEC);
	ssize_t len;
	uint64_t n;

	out_init(&o, to, -1);
	transfer_start(&t);
	if (to == -1 || transfer_file(&t, fd, &o) == -1 || out_flush(&o) == -1)
		abort();
	len = pread_full(to, sent, sizeof sent, 0);
	close(to);
	if (len < 3 || memcmp(sent + len - 3, ".\r\n", 3) != 0)
		abort();
	n = (uint64_t)len - 3;
	for (ssize_t i = 0; i < len - 3; i++)
		n -= sent[i] == '.' && (i == 0 || sent[i - 1] == '\n');
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t before = size == 0 || bytes[0] >= DISTANCE ? 0 :
	    BLOCK - (size_t)bytes[0];
	uint64_t measured;
	int fd;

	if (size == 0 || size > BLOCK)
		return 0;
	if (box == -1 && (!box_make() || atexit(box_remove) != 0))
		abort();
	memset(text, 'x', before);
	memcpy(text + before, bytes + 1, size - 1);
	(void)unlinkat(box, "new/1", 0);	/* a new file costs less */
	if (!box_write("new/1", (struct span){ text, before + size - 1 }) ||
	    maildir_measure(box, "new/1", &measured) == -1)
		abort();
	fd = openat(box, "new/1", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || count_sent(fd) != measured)
		abort();
	close(fd);
	return 0;
}
