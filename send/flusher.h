/*
 * The helper: a child of postern-send that waits for disks, so that send never
 * does. It flushes descriptors in batches, and writes and injects the messages
 * that tell senders what became of their mail. Both sides are the same
 * program: structs go over the socket as they are, answers come in order.
 */
#ifndef SEND_FLUSHER_H
#define SEND_FLUSHER_H

#include <stdint.h>

#include "lib/base/span.h"

enum { FLUSH_CUR = 1, FLUSH_REPORT = 2 };	/* as HELPER_* of send.h */
enum { FLUSHER_NAME_MAX = 1024 };

enum flusher_op { FLUSHER_FLUSH, FLUSHER_TELL };

/* With up to two descriptors: the file; or the message and its report. */
struct flusher_ask {
	enum flusher_op op;
	unsigned dirs;
	uint64_t id;
	/* FLUSHER_TELL */
	uint64_t bounce_max, lifetime_s, now_s;
	uint64_t report_at;	/* the part of the report that begins there */
	uint32_t from_len, host_len, to_len, to_host_len, me_len;
};				/* followed by these names */

struct flusher_answer {
	int err;		/* errno of the flush; 0 */
	int code;		/* TELL: 0 told, else the injector's code */
	unsigned told;		/* how many messages went out */
	unsigned kinds;		/* of these: 1 << enum bounce_kind */
	unsigned discarded;	/* told to nobody: double bounce 2, triple 3 */
	uint64_t qp[3];		/* of the messages, each with its "qp" */
	uint64_t report_next;	/* where the next part begins; 0: all told */
	char text[256];		/* what the injector said */
};

/*
 * The child's whole life: serves sock until its other end is closed. The
 * directories are open; queue/injector is connected to when needed.
 */
void flusher_run(int sock, int cur_dir, int report_dir);

#endif
