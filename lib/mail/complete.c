/*
 * Completion of address lists: what was written stays as it was, but for the
 * addresses that need a host or domain, a comma, or lose their route.
 */
#include <errno.h>

#include "lib/mail/address.h"

/* The host's full name: [literals] and names with a dot stay as they are. */
static void
host_complete(struct buf *to, struct span host, const struct completion *c)
{
	while (host.len > 0 && host.p[host.len - 1] == '.')
		host.len--;
	if (host.len > 0 && host.p[host.len - 1] == '+') {
		buf_span(to, span_head(host, host.len - 1));
		buf_char(to, '.');
		buf_span(to, c->plusdomain);
		return;
	}
	buf_span(to, host);
	if (host.len > 0 && (*host.p == '[' ||
	    span_find(host, '.') < host.len))
		return;
	buf_char(to, '.');
	buf_span(to, c->defaultdomain);
}

void
address_complete(struct buf *to, struct span address,
    const struct completion *c)
{
	struct span local, domain;

	if (address.len == 0)
		return;
	address_split(address, &local, &domain);
	buf_span(to, local);
	buf_char(to, '@');
	host_complete(to, domain.len > 0 ? domain : c->defaulthost, c);
}

/* What address_list_complete carries along. */
struct completing {
	struct buf *to;
	struct buf full;	/* the address at hand, completed */
	const struct completion *how;
	const char *done;	/* what stands before it has been written */
	void (*each)(void *ctx, struct span address);
	void *ctx;
};

static void
copy_up_to(struct completing *w, const char *p)
{
	buf_span(w->to, span_between(w->done, p));
	w->done = p;
}

static void
write_gap(struct completing *w, const struct address *a)
{
	if (!a->comma_lacks)
		return;
	copy_up_to(w, a->gap.p);
	buf_str(w->to, ", ");
	w->done = a->gap.p + a->gap.len;
}

/* A comment that stood within the address goes behind it. */
static void
write_inner_comment(struct completing *w, const struct address *a)
{
	if (a->comment.p == NULL || a->comment.p < a->spec.p ||
	    a->comment.p >= a->spec.p + a->spec.len)
		return;
	buf_str(w->to, " (");
	buf_span(w->to, a->comment);
	buf_char(w->to, ')');
}

static int
write_mailbox(struct completing *w, const struct address *a)
{
	struct span full;

	buf_reset(&w->full);
	address_complete(&w->full, a->whole, w->how);
	if (buf_get(&w->full, &full) == -1)
		return -1;
	if (!path_is_writable(full)) {
		errno = EINVAL;
		return -1;
	}
	if (w->each != NULL && full.len > 0)
		w->each(w->ctx, full);
	if (!a->route && span_eq(full, a->whole))
		return 0;
	copy_up_to(w, a->spec.p);
	if (path_write_bare(w->to, full) == -1)
		return -1;
	write_inner_comment(w, a);
	w->done = a->spec.p + a->spec.len;
	return 0;
}

static int
complete_all(struct completing *w, struct address_list *l)
{
	struct address a;
	int r;

	while ((r = address_next(l, &a)) == 1) {
		write_gap(w, &a);
		if (a.kind == ADDRESS_MAILBOX && write_mailbox(w, &a) == -1)
			return -1;
	}
	if (r == -1)
		return -1;
	if (a.comma_lacks && span_find(a.gap, ';') < a.gap.len) {
		copy_up_to(w, a.gap.p);
		return 0;
	}
	copy_up_to(w, a.gap.p + a.gap.len);
	if (l->in_group)
		buf_char(w->to, ';');
	return 0;
}

int
address_list_complete(struct buf *to, struct span value,
    const struct completion *c,
    void (*each)(void *ctx, struct span address), void *ctx)
{
	struct completing w = { .to = to, .how = c, .done = value.p,
	    .each = each, .ctx = ctx };
	struct address_list l;
	struct span all;
	int r;

	address_list_init(&l, value);
	buf_init(&w.full, PATH_ADDRESS_MAX);
	r = complete_all(&w, &l);
	address_list_free(&l);
	buf_free(&w.full);
	return r == -1 ? -1 : buf_get(to, &all);
}
