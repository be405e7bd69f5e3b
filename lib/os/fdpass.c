/* Packets and descriptors over AF_UNIX sockets. */
#include "lib/os/fdpass.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 1024 };

union fd_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * FDPASS_MAX)];
};

int
fdpass_pair(int sv[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv);
}

int
fdpass_send(int sock, const struct buf *b, const int *fds, size_t nfds)
{
	union fd_room room;
	struct span bytes;
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (buf_get(b, &bytes) == -1)
		return -1;
	if (nfds > FDPASS_MAX) {
		errno = EINVAL;
		return -1;
	}
	iov.iov_base = (void *)bytes.p;
	iov.iov_len = bytes.len;
	if (nfds > 0) {
		struct cmsghdr *c;

		memset(&room, 0, sizeof room);
		msg.msg_control = room.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* How many came. */
static size_t
take_fds(struct msghdr *msg, int *fds, size_t nfds)
{
	size_t taken = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	    c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && taken < nfds; i++)
			memcpy(&fds[taken++], CMSG_DATA(c) + i * sizeof(int),
			    sizeof(int));
	}
	return taken;
}

static void
close_fds(int *fds, size_t nfds)
{
	for (size_t i = 0; i < nfds; i++) {
		if (fds[i] != -1)
			close(fds[i]);
		fds[i] = -1;
	}
}

int
fdpass_recv(int sock, char *room, size_t size, struct span *packet,
    int *fds, size_t nfds)
{
	union fd_room control;
	struct iovec iov = { room, size };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	int cut = MSG_TRUNC;
	size_t taken;
	ssize_t n;

	if (nfds > FDPASS_MAX) {
		errno = EINVAL;
		return -1;
	}
	/*
	 * What is not wanted is not even opened, for want of room: to close a
	 * descriptor can take as long as a stranger's file system likes.
	 */
	if (nfds > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_LEN(sizeof(int) * nfds);
		cut |= MSG_CTRUNC;
	}
	for (size_t i = 0; i < nfds; i++)
		fds[i] = -1;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == ECONNRESET ? 0 : -1;
	taken = take_fds(&msg, fds, nfds);
	if (n == 0 || (msg.msg_flags & cut))
		close_fds(fds, nfds);
	*packet = (struct span){ room, (size_t)n };
	if (!(msg.msg_flags & cut))
		return n > 0;
	errno = msg.msg_flags & MSG_TRUNC || taken == nfds ? EMSGSIZE :
	    EMFILE;
	return -1;
}

static int
address(const char *dir, const char *name, struct sockaddr_un *sun)
{
	int n;

	memset(sun, 0, sizeof *sun);
	sun->sun_family = AF_UNIX;
	n = snprintf(sun->sun_path, sizeof sun->sun_path, "%s/%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof sun->sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* How long a connect or a write may wait for its turn; 0: for ever. */
static void
limit_wait(int fd, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

int
unix_connect(const char *dir, const char *name, int type)
{
	struct sockaddr_un sun;
	int fd;
	int err;

	if (address(dir, name, &sun) == -1)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	limit_wait(fd, UNIX_CONNECT_MS);
	if (connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0) {
		limit_wait(fd, 0);
		return fd;
	}
	err = errno;
	if (err == EAGAIN && !(type & SOCK_NONBLOCK))
		err = ETIMEDOUT;
	close(fd);
	errno = err;
	return -1;
}

int
unix_listen(const char *dir, const char *name, int type, int mode)
{
	struct sockaddr_un sun;
	int fd;
	int err;

	if (address(dir, name, &sun) == -1)
		return -1;
	if (unlink(sun.sun_path) == -1 && errno != ENOENT)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&sun, sizeof sun) == 0 &&
	    chmod(sun.sun_path, (mode_t)mode) == 0 &&
	    listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int
unix_peer(int sock, unsigned *uid, unsigned *gid)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	*uid = cred.uid;
	*gid = cred.gid;
	return 0;
}
