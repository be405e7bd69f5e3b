/* TCP connections: begin without blocking, wait, ask how it went. */
#include "lib/net/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

int
wait_with_lifeline(int fd, short events, int lifeline, struct deadline d)
{
	struct pollfd pfd[2] = {
		{ .fd = fd, .events = events },
		{ .fd = lifeline },	/* hanging up is always told */
	};

	for (;;) {
		int n = poll(pfd, 2, deadline_left_ms(d));

		if (n > 0 && pfd[1].revents != 0) {
			errno = ECANCELED;
			return -1;
		}
		if (n > 0)
			return 0;
		if (n == 0 && deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return -1;
	}
}

static int
bind_source(int fd, const struct ip *from)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_to_sockaddr(from, 0, &ss);
	int on = 1;

	/* the port is chosen at connect: more connections than ports */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof on);
	return bind(fd, (struct sockaddr *)&ss, len);
}

void
tcp_undelayed(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int
start(int fd, const struct ip *to, uint16_t port, const struct ip *from)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_to_sockaddr(to, port, &ss);

	if (from->family == to->family && bind_source(fd, from) == -1)
		return -1;
	tcp_undelayed(fd);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS && errno != EINTR)
		return -1;
	return 0;
}

static int
finish(int fd, int lifeline, struct deadline d)
{
	socklen_t len = sizeof(int);
	int err;

	if (wait_with_lifeline(fd, POLLOUT, lifeline, d) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		return -1;
	errno = err;
	return err == 0 ? 0 : -1;
}

int
tcp_connect(const struct ip *to, uint16_t port, const struct ip *from,
    int lifeline, struct deadline d)
{
	int fd = socket(to->family == 6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd == -1)
		return -1;
	if (start(fd, to, port, from) == 0 && finish(fd, lifeline, d) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}
