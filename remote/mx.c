/*
 * From a route to addresses. All addresses of all hosts are asked for at
 * once; a host whose look-up failed for now is passed over as long as another
 * one is left.
 */
#include "remote/mx.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/mail/utf8.h"
#include "lib/net/idn.h"

/* ---- decisions ---- */

static int
compare_hosts(const void *a, const void *b)
{
	const struct mx_host *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return x->lot < y->lot ? -1 : x->lot > y->lot;
}

void
mx_sort(struct mx_list *l)
{
	qsort(l->hosts, l->n, sizeof *l->hosts, compare_hosts);
}

/* The host to give way when the list is full. */
static struct mx_host *
worst(struct mx_list *l)
{
	struct mx_host *w = &l->hosts[0];

	for (size_t i = 1; i < l->n; i++)
		if (compare_hosts(&l->hosts[i], w) > 0)
			w = &l->hosts[i];
	return w;
}

void
mx_add(struct mx_list *l, const struct dns_name *name, uint16_t preference,
    uint16_t lot)
{
	struct mx_host host = { .name = *name, .preference = preference,
	    .lot = lot };
	char text[DNS_TEXT_MAX];
	struct mx_host *to;

	if (name->len == 1) {
		l->null = true;
		return;
	}
	if (!dns_name_text(name, text))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (dns_name_eq(&l->hosts[i].name, name)) {
			if (preference < l->hosts[i].preference)
				l->hosts[i].preference = preference;
			return;
		}
	if (l->n < MX_HOSTS_MAX) {
		l->hosts[l->n++] = host;
		return;
	}
	to = worst(l);
	if (compare_hosts(&host, to) < 0)
		*to = host;
}

static bool
host_is_self(const struct settings *s, const struct mx_host *h)
{
	for (unsigned i = 0; i < h->n4; i++)
		if (settings_is_self(s, &h->ip4[i]))
			return true;
	for (unsigned i = 0; i < h->n6; i++)
		if (settings_is_self(s, &h->ip6[i]))
			return true;
	return false;
}

/* Several hosts may share an address: one failure of it is enough. */
static bool
has_target(const struct targets *t, const struct ip *ip)
{
	for (size_t i = 0; i < t->n; i++)
		if (ip_eq(&t->list[i].ip, ip))
			return true;
	return false;
}

static void
add_targets(struct targets *out, const struct ip *ips, unsigned n,
    uint16_t port)
{
	for (unsigned i = 0; i < n && out->n < MX_TARGETS_MAX; i++)
		if (!has_target(out, &ips[i]))
			out->list[out->n++] = (struct target){ ips[i], port };
}

static void
add_host(const struct settings *s, struct targets *out,
    const struct mx_host *h, uint16_t port)
{
	if (s->use6 && s->six_first)
		add_targets(out, h->ip6, h->n6, port);
	if (s->use4)
		add_targets(out, h->ip4, h->n4, port);
	if (s->use6 && !s->six_first)
		add_targets(out, h->ip6, h->n6, port);
}

enum mx_verdict
mx_choose(const struct settings *s, const struct mx_list *l, uint16_t port,
    struct targets *out)
{
	bool unsure = false, other_family = false;
	unsigned limit = UINT16_MAX + 1u;	/* preferences below this one */

	out->n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (!l->relay && l->hosts[i].preference < limit &&
		    host_is_self(s, &l->hosts[i]))
			limit = l->hosts[i].preference;
	for (size_t i = 0; i < l->n; i++) {
		const struct mx_host *h = &l->hosts[i];

		if (h->preference >= limit)
			break;
		unsure |= h->unsure;
		other_family |= h->n4 + h->n6 > 0;
		add_host(s, out, h, port);
	}
	if (out->n > 0)
		return MX_OK;
	if (unsure || other_family)
		return MX_UNSURE;
	return limit <= UINT16_MAX ? MX_SELF : MX_NONE;
}

/* ---- asking ---- */

static void
take_mx(void *self, const struct dns_ask *ask, struct dns_reader *r)
{
	struct dns_record record;

	(void)ask;
	while (dns_reader_next(r, &record) == 1) {
		uint16_t lot = 0;

		(void)!getrandom(&lot, sizeof lot, 0);
		mx_add(self, &record.name, record.preference, lot);
	}
}

static void
take_addresses(void *self, const struct dns_ask *ask, struct dns_reader *r)
{
	struct mx_list *l = self;
	struct dns_record record;

	for (size_t i = 0; i < l->n; i++) {
		struct mx_host *h = &l->hosts[i];

		if (!dns_name_eq(&h->name, &ask->question.name))
			continue;
		while (dns_reader_next(r, &record) == 1) {
			if (record.ip.family == 4 && h->n4 < MX_HOST_ADDRESSES)
				h->ip4[h->n4++] = record.ip;
			if (record.ip.family == 6 && h->n6 < MX_HOST_ADDRESSES)
				h->ip6[h->n6++] = record.ip;
		}
	}
}

static bool
failed_for_now(enum dns_outcome outcome)
{
	return outcome != DNS_FOUND && outcome != DNS_NODATA &&
	    outcome != DNS_NXDOMAIN;
}

static void
ask_addresses(const struct settings *s, struct mx_list *l, struct deadline d)
{
	struct dns_ask asks[2 * MX_HOSTS_MAX];

	memset(asks, 0, sizeof asks);
	for (size_t i = 0; i < l->n; i++) {
		asks[2 * i].question.name = l->hosts[i].name;
		asks[2 * i].question.type = DNS_A;
		asks[2 * i + 1].question.name = l->hosts[i].name;
		asks[2 * i + 1].question.type = DNS_AAAA;
	}
	dns_ask_all(&s->dns, asks, 2 * l->n, d, take_addresses, l);
	for (size_t i = 0; i < l->n; i++)
		l->hosts[i].unsure = failed_for_now(asks[2 * i].outcome) ||
		    failed_for_now(asks[2 * i + 1].outcome);
}

/* The MX records of a domain, or the domain itself. 0; -1 with *why. */
static int
ask_mx(const struct settings *s, const struct dns_name *domain,
    struct deadline d, struct mx_list *l, struct why *why)
{
	struct dns_ask ask = { .question = { .name = *domain,
	    .type = DNS_MX } };
	char text[DNS_TEXT_MAX];

	(void)dns_name_text(domain, text);
	dns_ask_all(&s->dns, &ask, 1, d, take_mx, l);
	if (ask.outcome == DNS_NXDOMAIN) {
		why_set(why, 'D', "5.1.2", "There is no domain called %s.",
		    text);
		return -1;
	}
	if (failed_for_now(ask.outcome)) {
		why_set(why, 'Z', "4.4.3", "Cannot look up the mail exchangers"
		    " of %s for now.", text);
		return -1;
	}
	if (l->null && l->n == 0) {
		why_set(why, 'D', "5.1.10", "The domain %s says that it takes"
		    " no mail (null MX).", text);
		return -1;
	}
	if (ask.outcome == DNS_NODATA)
		mx_add(l, domain, 0, 0);
	return 0;
}

static int
explain(enum mx_verdict verdict, const char *host, struct why *why)
{
	switch (verdict) {
	case MX_OK:
		return 0;
	case MX_SELF:
		why_set(why, 'D', "5.4.6", "The best mail exchanger of %s is"
		    " this host,\nbut that domain is not in control/locals.",
		    host);
		return -1;
	case MX_UNSURE:
		why_set(why, 'Z', "4.4.3", "Cannot find an address to reach"
		    " the mail exchangers of %s for now.", host);
		return -1;
	default:
		why_set(why, 'D', "5.4.4", "Neither a mail exchanger nor an"
		    " address of %s can be found.", host);
		return -1;
	}
}

/* The address that the route itself names. */
static int
literal_target(const struct settings *s, const struct route *route,
    uint16_t port, struct targets *out, struct why *why)
{
	char text[IP_TEXT_MAX];

	ip_format(&route->ip, text);
	if (!route->relay && settings_is_self(s, &route->ip))
		return explain(MX_SELF, text, why);
	out->n = 0;
	add_targets(out, &route->ip, 1, port);
	return 0;
}

static bool
parse_host(struct span host, struct dns_name *out)
{
	struct span ascii;
	struct buf b;
	bool good;

	if (ascii_ok(host))
		return dns_name_parse(host, out);
	buf_init(&b, DNS_NAME_MAX);
	good = idn_to_ascii(host, &b) == 0 && buf_get(&b, &ascii) == 0 &&
	    dns_name_parse(ascii, out);
	buf_free(&b);
	return good;
}

static int
find(const struct settings *s, const struct route *route, struct deadline d,
    struct mx_list *l, struct targets *out, struct why *why)
{
	uint16_t port = route->port != 0 ? route->port : s->smtp_port;
	char text[DNS_TEXT_MAX];
	struct dns_name name;
	enum mx_verdict verdict;

	if (!parse_host(route->host, &name)) {
		if (route->relay)
			why_no_relay(why);
		else
			why_set(why, 'D', "5.1.2",
			    "That is not a domain name.");
		return -1;
	}
	(void)dns_name_text(&name, text);
	l->relay = route->relay;
	if (route->relay)
		mx_add(l, &name, 0, 0);
	else if (ask_mx(s, &name, d, l, why) == -1)
		return -1;
	ask_addresses(s, l, d);
	mx_sort(l);
	verdict = mx_choose(s, l, port, out);
	if (verdict == MX_NONE && route->relay) {
		why_no_relay(why);
		return -1;
	}
	return explain(verdict, text, why);
}

int
targets_find(const struct settings *s, const struct route *route,
    struct deadline d, struct targets *out, struct why *why)
{
	uint16_t port = route->port != 0 ? route->port : s->smtp_port;
	struct mx_list *l;
	int r;

	if (route->ip.family != 0)
		return literal_target(s, route, port, out, why);
	l = calloc(1, sizeof *l);
	if (l == NULL) {
		why_set(why, 'Z', "4.3.0", "Out of memory.");
		return -1;
	}
	r = find(s, route, d, l, out, why);
	free(l);
	return r;
}
