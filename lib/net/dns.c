/*
 * Asking resolvers. A try is: all open questions to one server, from a fresh
 * socket (so from a port nobody could guess), with fresh random ids, and the
 * answers that come in time. What is still open goes to the next server.
 */
#include "lib/net/dns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/paths.h"

enum {
	RESOLV_CONF_MAX = 32768,
	PORT = 53,
	ATTEMPTS = 3,
	TIMEOUT_MS = 2000,
	TCP_MAX = 65535,
	TCP_TIMEOUT_MS = 10000,
};

enum { OPEN, CLOSED, PLAIN };	/* PLAIN: open, to be asked without EDNS */

/* ---- settings ---- */

static void
add_server(struct dns *dns, struct span text, uint16_t port)
{
	if (dns->nservers < DNS_SERVERS_MAX &&
	    ip_parse(text, &dns->servers[dns->nservers].ip))
		dns->servers[dns->nservers++].port = port;
}

static struct span
take_word(struct span *in)
{
	struct span word = span_trim(*in);
	size_t n = 0;

	while (n < word.len && word.p[n] != ' ' && word.p[n] != '\t')
		n++;
	*in = span_tail(word, n);
	return span_head(word, n);
}

static void
set_option(struct dns *dns, struct span word)
{
	struct span name = span_cut(&word, ':');
	uint64_t n;

	if (num_parse(word, 30, &n) == -1 || n == 0)
		return;
	if (span_is(name, "timeout"))
		dns->timeout_ms = (unsigned)n * 1000;
	if (span_is(name, "attempts"))
		dns->attempts = n < 5 ? (unsigned)n : 5;
}

void
dns_configure(struct dns *dns, struct span resolv_conf)
{
	*dns = (struct dns){ .attempts = ATTEMPTS, .timeout_ms = TIMEOUT_MS };
	while (resolv_conf.len > 0) {
		struct span line = span_cut(&resolv_conf, '\n');
		struct span word = take_word(&line);
		bool server = span_is(word, "nameserver");
		bool options = span_is(word, "options");

		if (server)
			add_server(dns, take_word(&line), PORT);
		while (options && (word = take_word(&line)).len > 0)
			set_option(dns, word);
	}
	if (dns->nservers == 0)
		add_server(dns, SPAN("127.0.0.1"), PORT);
}

/* "ip", "ip:port" or "[ip]:port" */
static void
configure_test(struct dns *dns, struct span text)
{
	size_t colon = span_rfind(text, ':');
	uint64_t port = PORT;
	struct ip ip;

	if (!ip_parse(text, &ip) && colon < text.len &&
	    num_parse(span_tail(text, colon + 1), 65535, &port) == 0)
		text = span_head(text, colon);
	dns->nservers = 0;
	add_server(dns, text, (uint16_t)port);
	dns->timeout_ms = 300;
}

int
dns_load(struct dns *dns)
{
	const char *test = path_rootless() ? getenv("POSTERN_DNS") : NULL;
	int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
	char *room;
	size_t len = 0;
	ssize_t n = 0;

	dns_configure(dns, SPAN(""));
	if (test != NULL)
		configure_test(dns, span_str(test));
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	room = malloc(RESOLV_CONF_MAX);
	while (room != NULL && len < RESOLV_CONF_MAX &&
	    (n = read(fd, room + len, RESOLV_CONF_MAX - len)) > 0)
		len += (size_t)n;
	close(fd);
	if (room != NULL && n != -1 && test == NULL)
		dns_configure(dns, (struct span){ room, len });
	free(room);
	return room == NULL || n == -1 ? -1 : 0;
}

/* ---- sockets ---- */

static int
open_socket(const struct dns *dns, unsigned server, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_to_sockaddr(&dns->servers[server].ip,
	    dns->servers[server].port, &ss);
	int fd = socket(ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
tcp_write(int fd, const char *p, size_t len, struct deadline d)
{
	while (len > 0) {
		ssize_t n;

		if (deadline_wait(fd, POLLOUT, d) == -1)
			return -1;
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int
tcp_read(int fd, char *p, size_t len, struct deadline d)
{
	while (len > 0) {
		ssize_t n;

		if (deadline_wait(fd, POLLIN, d) == -1)
			return -1;
		n = read(fd, p, len);
		if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
			return -1;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* ---- answers ---- */

struct asking {
	const struct dns *dns;
	struct dns_ask *asks;
	size_t n;
	struct deadline end;
	void (*take)(void *self, const struct dns_ask *ask,
	    struct dns_reader *r);
	void *self;
	char room[DNS_UDP_MAX];
};

static void
conclude(struct asking *a, struct dns_ask *ask, enum dns_outcome outcome,
    struct dns_reader *r)
{
	ask->outcome = outcome;
	ask->state = CLOSED;
	if (outcome == DNS_FOUND)
		a->take(a->self, ask, r);
}

/*
 * The same question over TCP (RFC 7766), the answer in room of TCP_MAX.
 * Its length; 0 when that failed.
 */
static size_t
tcp_exchange(struct asking *a, const struct dns_ask *ask, unsigned server,
    char *room)
{
	struct deadline d = deadline_min(a->end,
	    deadline_in_ms(TCP_TIMEOUT_MS));
	char question[2 + DNS_QUESTION_MAX];
	size_t len = dns_question_write(&ask->question, ask->state != PLAIN,
	    question + 2);
	int fd = open_socket(a->dns, server, SOCK_STREAM);
	size_t got = 0;

	if (fd == -1)
		return 0;
	question[0] = (char)(len >> 8);
	question[1] = (char)len;
	if (tcp_write(fd, question, len + 2, d) == 0 &&
	    tcp_read(fd, room, 2, d) == 0) {
		got = (size_t)(unsigned char)room[0] << 8 |
		    (unsigned char)room[1];
		if (tcp_read(fd, room, got, d) == -1)
			got = 0;
	}
	close(fd);
	return got;
}

static void
ask_tcp(struct asking *a, struct dns_ask *ask, unsigned server)
{
	char *room = malloc(TCP_MAX);
	struct dns_reader r;
	enum dns_outcome outcome = DNS_BAD;
	size_t len = room != NULL ? tcp_exchange(a, ask, server, room) : 0;

	if (len > 0)
		outcome = dns_reader_open(&r, (struct span){ room, len },
		    &ask->question);
	if (outcome == DNS_FOUND || outcome == DNS_NODATA ||
	    outcome == DNS_NXDOMAIN)
		conclude(a, ask, outcome, &r);
	else
		ask->outcome = DNS_SERVFAIL;
	free(room);
}

/*
 * Does packet end this try of ask? Conclusive answers close the question; a
 * failing server's leave it open for the next one.
 */
static bool
packet_settles(struct asking *a, struct dns_ask *ask, struct span packet,
    unsigned server)
{
	struct dns_reader r;
	enum dns_outcome outcome = dns_reader_open(&r, packet, &ask->question);

	switch (outcome) {
	case DNS_OTHER:
		return false;
	case DNS_TRUNCATED:
		ask_tcp(a, ask, server);
		return true;
	case DNS_FORMERR:
		ask->outcome = DNS_SERVFAIL;
		ask->state = PLAIN;
		return true;
	case DNS_SERVFAIL:
	case DNS_BAD:
		ask->outcome = outcome;
		return true;
	default:
		conclude(a, ask, outcome, &r);
		return true;
	}
}

/* ---- one try ---- */

static bool
all_closed(const struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->asks[i].state != CLOSED)
			return false;
	return true;
}

/* Sends the open questions. Marks in waiting which ones. How many. */
static size_t
send_questions(struct asking *a, int fd, bool *waiting)
{
	char question[DNS_QUESTION_MAX];
	size_t sent = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct dns_ask *ask = &a->asks[i];
		size_t len;

		waiting[i] = false;
		if (ask->state == CLOSED)
			continue;
		if (getrandom(&ask->question.id, sizeof ask->question.id, 0) !=
		    sizeof ask->question.id)
			continue;
		len = dns_question_write(&ask->question, ask->state != PLAIN,
		    question);
		if (send(fd, question, len, MSG_NOSIGNAL) == (ssize_t)len) {
			waiting[i] = true;
			sent++;
		}
	}
	return sent;
}

static void
one_try(struct asking *a, unsigned server, unsigned timeout_ms)
{
	struct deadline d = deadline_min(a->end, deadline_in_ms(timeout_ms));
	int fd = open_socket(a->dns, server, SOCK_DGRAM);
	bool waiting[DNS_ASK_MAX] = { false };
	size_t left;

	if (fd == -1)
		return;
	left = send_questions(a, fd, waiting);
	while (left > 0 && deadline_wait(fd, POLLIN, d) == 0) {
		ssize_t n = recv(fd, a->room, sizeof a->room, 0);
		size_t i = 0;

		if (n == -1 && errno != EINTR && errno != EAGAIN)
			break;		/* nobody listens there */
		while (n > 0 && i < a->n && !(waiting[i] &&
		    packet_settles(a, &a->asks[i],
		    (struct span){ a->room, (size_t)n }, server)))
			i++;
		if (n > 0 && i < a->n) {
			waiting[i] = false;
			left--;
		}
	}
	close(fd);
}

void
dns_ask_all(const struct dns *dns, struct dns_ask *asks, size_t n,
    struct deadline d, void (*take)(void *self, const struct dns_ask *ask,
    struct dns_reader *r), void *self)
{
	struct asking a = { .dns = dns, .asks = asks, .n = n, .end = d,
	    .take = take, .self = self };

	for (size_t i = 0; i < n; i++) {
		asks[i].outcome = DNS_TIMEOUT;
		asks[i].state = OPEN;
	}
	if (n > DNS_ASK_MAX)
		a.n = DNS_ASK_MAX;	/* the rest stay timed out */
	for (unsigned round = 0; round < dns->attempts; round++)
		for (unsigned i = 0; i < dns->nservers; i++) {
			if (all_closed(&a) || deadline_passed(d))
				return;
			one_try(&a, i, dns->timeout_ms << round);
		}
}
