/* What the control files say about remote deliveries. */
#include "remote/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/control.h"
#include "lib/os/paths.h"

enum {
	CONNECT_S = 60,
	REPLY_S = 1200,
	IDLE_S = 5,
	SECONDS_MAX = 86400,
	SMTP_PORT = 25,
};

static int
load_seconds(int dir, const char *name, unsigned preset, int64_t *ms)
{
	uint64_t n = preset;

	if (control_num(dir, name, SECONDS_MAX, &n) == -1)
		return -1;
	*ms = (int64_t)(n > 0 ? n : 1) * 1000;
	return 0;
}

/* Nothing but what an EHLO command can carry. */
static bool
helo_ok(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 127)
			return false;
	return s.len > 0;
}

static int
load_helo(int dir, struct buf *b, struct settings *s)
{
	struct span name;

	if (control_default(dir, "helohost", "me", "", b) == -1 ||
	    buf_get(b, &name) == -1)
		return -1;
	if (!helo_ok(name)) {
		errno = name.len == 0 ? ENOENT : EINVAL;
		return -1;
	}
	return span_to_cstr(name, s->helo, sizeof s->helo);
}

/* Lines of addresses: one for each family. */
static int
load_sources(int dir, struct buf *b, struct settings *s)
{
	struct span list, line;
	struct ip ip;
	int r = control_list(dir, "outgoingip", b);

	if (r != 1)
		return r;
	if (buf_get(b, &list) == -1)
		return -1;
	while (control_next(&list, &line)) {
		if (!ip_parse(line, &ip)) {
			errno = EINVAL;
			return -1;
		}
		if (ip_is_any(&ip))
			continue;
		*(ip.family == 4 ? &s->source4 : &s->source6) = ip;
	}
	return 0;
}

/* "ipv4 ipv6", "ipv6 ipv4", or one of them. */
static int
load_families(int dir, struct buf *b, struct settings *s)
{
	struct span line;
	int r = control_line(dir, "outgoingfamilies", b);

	s->use4 = s->use6 = r != 1;
	if (r != 1)
		return r;
	if (buf_get(b, &line) == -1)
		return -1;
	s->six_first = span_starts(line, SPAN("ipv6"));
	s->use4 = span_is(line, "ipv4") || span_is(line, "ipv4 ipv6") ||
	    span_is(line, "ipv6 ipv4");
	s->use6 = s->six_first || span_is(line, "ipv4 ipv6");
	if (s->use4 || span_is(line, "ipv6"))
		return 0;
	errno = EINVAL;
	return -1;
}

static int
load_prefixes(int dir, const char *name, struct buf *b,
    struct ip_prefix *to, size_t *n)
{
	struct span list, line;
	int r = control_list(dir, name, b);

	if (r != 1)
		return r;
	if (buf_get(b, &list) == -1)
		return -1;
	while (control_next(&list, &line)) {
		if (*n == SETTINGS_PREFIX_MAX ||
		    !ip_prefix_parse(line, &to[*n])) {
			errno = *n == SETTINGS_PREFIX_MAX ? E2BIG : EINVAL;
			return -1;
		}
		(*n)++;
	}
	return 0;
}

/* Tests without root cannot listen on port 25. */
static void
load_port(struct settings *s)
{
	const char *text = path_rootless() ? getenv("POSTERN_SMTP_PORT") : NULL;
	uint64_t n;

	s->smtp_port = SMTP_PORT;
	if (text != NULL && num_parse(span_str(text), 65535, &n) == 0)
		s->smtp_port = (uint16_t)n;
}

static const char *
load_files(int dir, struct buf *b, struct settings *s)
{
	if (load_helo(dir, b, s) == -1)
		return "control/helohost";
	if (load_seconds(dir, "timeoutconnect", CONNECT_S,
	    &s->connect_ms) == -1)
		return "control/timeoutconnect";
	if (load_seconds(dir, "timeoutremote", REPLY_S, &s->reply_ms) == -1)
		return "control/timeoutremote";
	if (load_seconds(dir, "timeoutidle", IDLE_S, &s->idle_ms) == -1)
		return "control/timeoutidle";
	if (load_sources(dir, b, s) == -1)
		return "control/outgoingip";
	if (load_families(dir, b, s) == -1)
		return "control/outgoingfamilies";
	if (load_prefixes(dir, "moreipme", b, s->more, &s->nmore) == -1)
		return "control/moreipme";
	if (load_prefixes(dir, "notipme", b, s->not, &s->nnot) == -1)
		return "control/notipme";
	return NULL;
}

int
settings_read(struct settings *s, const char **what)
{
	struct buf b;
	int dir = control_open();

	memset(s, 0, sizeof *s);
	load_port(s);
	*what = "control directory";
	if (dir == -1)
		return -1;
	buf_init(&b, CONTROL_MAX);
	*what = load_files(dir, &b, s);
	buf_free(&b);
	close(dir);
	if (*what != NULL)
		return -1;
	*what = "/etc/resolv.conf";
	return dns_load(&s->dns);
}

static bool
listed(const struct ip *ip, const struct ip_prefix *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ip_in_prefix(ip, &list[i]))
			return true;
	return false;
}

/*
 * Is it an address of this host? The kernel says so by what it would use as
 * the source of a packet to there. Nothing is sent.
 */
static bool
is_local(const struct ip *ip)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_to_sockaddr(ip, SMTP_PORT, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ip source = { 0 };
	uint16_t port;

	if (fd == -1)
		return false;
	if (connect(fd, (struct sockaddr *)&ss, len) == 0) {
		len = sizeof ss;
		if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
			(void)ip_from_sockaddr(&ss, &source, &port);
	}
	close(fd);
	return ip_eq(ip, &source);
}

bool
settings_is_self(const struct settings *s, const struct ip *ip)
{
	if (listed(ip, s->not, s->nnot))
		return false;
	return ip_is_any(ip) || ip_is_loopback(ip) ||
	    listed(ip, s->more, s->nmore) || is_local(ip);
}
