/*
 * Packets between programs: a version byte, a type byte, then NUL-ended
 * strings; numbers are decimal strings. The receiver checks every length as if
 * a stranger had sent it. Pure; lib/os/fdpass sends and receives them.
 */
#ifndef LIB_WIRE_PACKET_H
#define LIB_WIRE_PACKET_H

#include "lib/base/buf.h"

enum {
	PACKET_VERSION = 1,
	PACKET_MAX = 65536	/* bytes, all told */
};

/* Starts a packet in b, a buf with a maximum of PACKET_MAX or less. */
void packet_start(struct buf *b, char type);
/* A field. A NUL in s makes b fail with EINVAL. */
void packet_str(struct buf *b, struct span s);
void packet_num(struct buf *b, uint64_t n);

struct packet {
	char type;
	struct span rest;	/* fields not taken yet */
};

/* Looks at a received packet. 0; -1 with errno EPROTO. */
int packet_open(struct span bytes, struct packet *out) MUST_CHECK;
/* Takes a field of at most max bytes; it points into the packet. */
enum parse packet_take_str(struct packet *p, size_t max, struct span *out)
    MUST_CHECK;
/* The same; out points to a NUL-ended string inside the packet. */
enum parse packet_take_cstr(struct packet *p, size_t max, const char **out)
    MUST_CHECK;
enum parse packet_take_num(struct packet *p, uint64_t max, uint64_t *out)
    MUST_CHECK;
/* Have all fields been taken? */
bool packet_at_end(const struct packet *p);

#endif
