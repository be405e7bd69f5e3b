/* Packets and descriptors over AF_UNIX SOCK_SEQPACKET sockets. */
#ifndef LIB_OS_FDPASS_H
#define LIB_OS_FDPASS_H

#include "lib/base/buf.h"

enum {
	FDPASS_MAX = 4,			/* descriptors in one packet */
	UNIX_CONNECT_MS = 10000		/* in a waiting room that is full */
};

/* A connected pair, close-on-exec, blocking. 0; -1 with errno. */
int fdpass_pair(int sv[2]);

/*
 * Sends what b holds as one packet, with nfds descriptors (they stay open
 * here). 0; -1 with errno: EAGAIN when the socket is full and non-blocking,
 * EPIPE when the other side is gone, and the error of a failed b.
 */
int fdpass_send(int sock, const struct buf *b, const int *fds, size_t nfds);

/*
 * Receives one packet into room. fds get what came (close-on-exec, the
 * caller's to close), -1 where nothing came; surplus ones are never opened.
 * 1 a packet; 0 the other side is gone; -1 with errno: EAGAIN, EMSGSIZE for
 * a packet larger than room, or with more descriptors than nfds (with nfds 0
 * they are ignored); EMFILE: the packet is there, its descriptors are not, as
 * we have no room for them. But for 1, all of fds are -1.
 */
int fdpass_recv(int sock, char *room, size_t size, struct span *packet,
    int *fds, size_t nfds);

/*
 * Connects to the socket called name in directory dir (path_queue()).
 * type: SOCK_SEQPACKET or SOCK_STREAM, with SOCK_NONBLOCK for who would rather
 * fail with EAGAIN than wait where too many wait already; others get
 * ETIMEDOUT after UNIX_CONNECT_MS. A descriptor; -1 with errno.
 */
int unix_connect(const char *dir, const char *name, int type);
/*
 * Creates, binds and listens, mode given, an older socket of that name
 * replaced. A descriptor (non-blocking, close-on-exec); -1 with errno.
 */
int unix_listen(const char *dir, const char *name, int type, int mode);

/* Who is at the other end of a connected AF_UNIX socket. 0; -1 with errno. */
int unix_peer(int sock, unsigned *uid, unsigned *gid);

#endif
