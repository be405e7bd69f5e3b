/* TCP connections with a deadline, a source address, and a lifeline. */
#ifndef LIB_NET_CONNECT_H
#define LIB_NET_CONNECT_H

#include "lib/net/ip.h"
#include "lib/os/deadline.h"

/*
 * Connects to port of to, from the address from (family 0: any), by d. When
 * lifeline (-1: none) hangs up meanwhile, gives up with ECANCELED. The socket
 * is non-blocking, close-on-exec, without Nagle's delay.
 * A descriptor; -1 with errno: ETIMEDOUT, ECONNREFUSED, ENETUNREACH, ...
 */
int tcp_connect(const struct ip *to, uint16_t port, const struct ip *from,
    int lifeline, struct deadline d);

/* Small writes leave at once (no Nagle), if it is a TCP socket. */
void tcp_undelayed(int fd);

/*
 * Waits for events on fd (POLLIN, POLLOUT) until d, or until lifeline hangs
 * up. 0; -1 with errno ETIMEDOUT or ECANCELED.
 */
int wait_with_lifeline(int fd, short events, int lifeline, struct deadline d);

#endif
