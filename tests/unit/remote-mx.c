/* remote/mx: which hosts, in which order; the decisions alone. */
#include "remote/mx.h"

#include "tests/tap.h"

static struct mx_list list;
static struct settings settings;
static struct targets targets;

static void
start(void)
{
	list = (struct mx_list){ 0 };
	settings = (struct settings){ .use4 = true, .use6 = true };
	(void)ip_prefix_parse(SPAN("192.0.2.200"), &settings.more[0]);
	settings.nmore = 1;
	(void)ip_prefix_parse(SPAN("192.0.2.0/25"), &settings.not[0]);
	settings.nnot = 1;
}

static struct mx_host *
host(const char *name, unsigned preference, unsigned lot)
{
	struct dns_name n = { .len = 1 };

	(void)dns_name_parse(span_str(name), &n);
	mx_add(&list, &n, (uint16_t)preference, (uint16_t)lot);
	return list.n > 0 ? &list.hosts[list.n - 1] : NULL;
}

static void
address(struct mx_host *h, const char *text)
{
	struct ip ip;

	(void)ip_parse(span_str(text), &ip);
	if (ip.family == 4)
		h->ip4[h->n4++] = ip;
	else
		h->ip6[h->n6++] = ip;
}

/* Are these the targets, in this order? */
static bool
chosen(const char *const *want)
{
	char room[IP_TEXT_MAX];
	size_t n = 0;

	if (mx_choose(&settings, &list, 25, &targets) != MX_OK)
		return false;
	for (; want[n] != NULL; n++)
		if (n == targets.n || !span_is(ip_format(&targets.list[n].ip,
		    room), want[n]))
			return false;
	return n == targets.n;
}

#define CHOSEN(...) chosen((const char *const []){ __VA_ARGS__, NULL })

static void
order(void)
{
	start();
	address(host("c", 30, 1), "192.0.2.3");
	address(host("b", 10, 2), "192.0.2.2");
	address(host("a", 10, 1), "192.0.2.1");
	mx_sort(&list);
	ok(CHOSEN("192.0.2.1", "192.0.2.2", "192.0.2.3"),
	    "by preference, equals by lot");
	address(&list.hosts[0], "2001:db8::1");
	ok(CHOSEN("192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"),
	    "both families of a host");
	settings.six_first = true;
	ok(CHOSEN("2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"),
	    "the other way");
	settings.use6 = false;
	ok(CHOSEN("192.0.2.1", "192.0.2.2", "192.0.2.3"), "one family");
	address(&list.hosts[2], "192.0.2.1");
	ok(CHOSEN("192.0.2.1", "192.0.2.2", "192.0.2.3"),
	    "an address that two share is tried once");
}

static void
ourselves(void)
{
	start();
	address(host("a", 10, 1), "192.0.2.1");
	address(host("me", 20, 1), "192.0.2.200");
	address(host("b", 20, 0), "192.0.2.2");
	address(host("c", 30, 1), "192.0.2.3");
	mx_sort(&list);
	ok(CHOSEN("192.0.2.1"), "only better ones than we");
	list.hosts[0].n4 = 0;
	ok(mx_choose(&settings, &list, 25, &targets) == MX_SELF,
	    "we are the best with an address");
	list.hosts[0].unsure = true;
	ok(mx_choose(&settings, &list, 25, &targets) == MX_UNSURE,
	    "perhaps a better one has one");
	list.relay = true;
	ok(mx_choose(&settings, &list, 25, &targets) == MX_OK &&
	    targets.n == 3, "a relay may be ourselves");
}

static void
nobody(void)
{
	start();
	ok(mx_choose(&settings, &list, 25, &targets) == MX_NONE, "no host");
	address(host("a", 10, 1), "2001:db8::1");
	settings.use6 = false;
	ok(mx_choose(&settings, &list, 25, &targets) == MX_UNSURE,
	    "an address of a family that we do not use");
	start();
	host("", 0, 0);
	ok(list.null && list.n == 0, "the null MX is no host");
}

static void
many(void)
{
	char name[20];
	bool best = true;

	start();
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "h%d", i);
		host(name, (unsigned)(i * 7919 % 300), 0);
	}
	mx_sort(&list);
	for (unsigned i = 0; i < list.n; i++)
		best = best && list.hosts[i].preference == i;
	ok(list.n == MX_HOSTS_MAX && best, "the best of too many");
	start();
	host("a", 20, 0);
	host("b", 15, 0);
	host("a", 10, 0);
	mx_sort(&list);
	ok(list.n == 2 && list.hosts[0].preference == 10,
	    "a host named twice counts once, at its best");
}

int
main(void)
{
	order();
	ourselves();
	nobody();
	many();
	return tap_done();
}
