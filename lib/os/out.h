/*
 * Buffered output with deadlines. Errors stick: write freely, ask at the
 * flush. The descriptor may be blocking or not.
 */
#ifndef LIB_OS_OUT_H
#define LIB_OS_OUT_H

#include "lib/base/span.h"
#include "lib/os/deadline.h"

enum {
	OUT_SIZE = 32768,	/* untouched pages cost nothing */
	OUT_MINUTE_MS = 60000,
};

struct out {
	int fd;
	int err;		/* the first errno, sticks */
	bool plain;		/* no socket */
	bool pipe;		/* but a pipe, waited for before each write */
	int64_t stall_ms;	/* longest wait without progress; -1 for ever */
	void (*meanwhile)(void *arg);	/* see out_meanwhile; NULL */
	void *arg;
	size_t len;
	char bytes[OUT_SIZE];
};

/* stall_ms: how long a full pipe or peer may take before ETIMEDOUT. */
void out_init(struct out *o, int fd, int64_t stall_ms);
void out_add(struct out *o, const void *p, size_t len);
void out_str(struct out *o, const char *s);
void out_span(struct out *o, struct span s);
void out_num(struct out *o, uint64_t n);
/* Everything goes out. 0; -1 with the first errno since out_init. */
int out_flush(struct out *o);

/*
 * Has f called with arg whenever o, or an in tied to o, must wait for the
 * peer, and each minute of that.
 */
void out_meanwhile(struct out *o, void (*f)(void *arg), void *arg);
/* As deadline_wait, with what out_meanwhile asked for. */
int out_wait(struct out *o, int fd, short events, struct deadline d);

/* Writes all of p, whatever it takes. 0; -1 with errno. */
int write_all(int fd, const void *p, size_t len);

#endif
