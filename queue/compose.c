/*
 * Header completion. The fields are looked at once for what is there, then
 * written: first what lacks, then the old fields in their order, addresses
 * completed, without those that must not leave.
 */
#include "queue/compose.h"

#include <errno.h>
#include <string.h>

#include "lib/mail/encode.h"
#include "lib/mail/header.h"

enum {
	DROP = 1,		/* the field does not stay */
	ADDRESSES = 2,		/* holds an address list */
	RECIPIENTS = 4,		/* of a message that is not resent */
	RESENT_RECIPIENTS = 8,
	RESENT = 16,		/* makes the message a resent one */
	VISIBLE = 32		/* To, Cc and their like */
};

static const unsigned rules[] = {
	[HEADER_APPARENTLY_TO] = ADDRESSES | RECIPIENTS,
	[HEADER_BCC] = DROP | ADDRESSES | RECIPIENTS,
	[HEADER_CC] = ADDRESSES | RECIPIENTS | VISIBLE,
	[HEADER_CONTENT_LENGTH] = DROP,
	[HEADER_ERRORS_TO] = ADDRESSES,
	[HEADER_FROM] = ADDRESSES,
	[HEADER_MAIL_FOLLOWUP_TO] = ADDRESSES,
	[HEADER_MAIL_REPLY_TO] = ADDRESSES,
	[HEADER_NOTICE_REQUESTED] = ADDRESSES,
	[HEADER_REPLY_TO] = ADDRESSES,
	[HEADER_RESENT_BCC] = DROP | ADDRESSES | RESENT_RECIPIENTS | RESENT,
	[HEADER_RESENT_CC] = ADDRESSES | RESENT_RECIPIENTS | RESENT | VISIBLE,
	[HEADER_RESENT_DATE] = RESENT,
	[HEADER_RESENT_FROM] = ADDRESSES | RESENT,
	[HEADER_RESENT_MESSAGE_ID] = RESENT,
	[HEADER_RESENT_REPLY_TO] = ADDRESSES | RESENT,
	[HEADER_RESENT_SENDER] = ADDRESSES | RESENT,
	[HEADER_RESENT_TO] = ADDRESSES | RESENT_RECIPIENTS | RESENT | VISIBLE,
	[HEADER_RETURN_PATH] = DROP,
	[HEADER_RETURN_RECEIPT_TO] = ADDRESSES,
	[HEADER_SENDER] = ADDRESSES,
	[HEADER_TO] = ADDRESSES | RECIPIENTS | VISIBLE,
};

/* What is being composed. */
struct work {
	const struct compose_how *how;
	struct composed *out;
	struct buf old;		/* the fields that were there, completed */
	struct buf visible;	/* NUL-ended addresses of To and Cc */
	unsigned rule;		/* of the field at hand */
	bool seen[HEADER_TO + 1];
	bool on_list;		/* one of visible is in how->lists */
};

static unsigned
rule_of(enum header_name name)
{
	size_t known = sizeof rules / sizeof rules[0];

	return (size_t)name < known ? rules[name] : 0;
}

static bool
list_holds(struct span list, struct span address)
{
	while (list.len > 0)
		if (span_case_eq(span_cut(&list, '\0'), address))
			return true;
	return false;
}

/* An address of the field at hand, completed. */
static void
note_address(void *ctx, struct span address)
{
	struct work *w = ctx;
	struct buf *to = w->rule & RECIPIENTS ? &w->out->recipients :
	    w->rule & RESENT_RECIPIENTS ? &w->out->resent_recipients : NULL;

	if (to != NULL) {
		buf_span(to, address);
		buf_char(to, '\0');
	}
	if ((w->rule & VISIBLE) && (w->rule & RECIPIENTS)) {
		buf_span(&w->visible, address);
		buf_char(&w->visible, '\0');
		w->on_list = w->on_list || list_holds(w->how->lists, address);
	}
}

/* The first address of a Return-Path; what is none is ignored. */
static void
take_return_path(struct work *w, struct span value)
{
	struct address_list l;
	struct address a;

	address_list_init(&l, value);
	if (address_next(&l, &a) == 1 && a.kind == ADDRESS_MAILBOX) {
		buf_reset(&w->out->return_path);
		address_complete(&w->out->return_path, a.whole,
		    &w->how->hosts);
		w->out->has_return_path = true;
	}
	address_list_free(&l);
}

/* Must the field at hand be an address list? */
static bool
is_needed(const struct work *w)
{
	return w->how->strict || (w->how->need_recipients &&
	    (w->rule & (RECIPIENTS | RESENT_RECIPIENTS)));
}

/* The field with its addresses completed. 0; -1 with errno. */
static int
write_addresses(struct work *w, const struct header_field *f)
{
	size_t before = w->old.len;
	struct span behind = span_tail(f->whole, (size_t)(f->value.p -
	    f->whole.p) + f->value.len);

	buf_span(&w->old, span_between(f->whole.p, f->value.p));
	if (address_list_complete(&w->old, f->value, &w->how->hosts,
	    note_address, w) == 0) {
		buf_span(&w->old, behind);
		if (w->rule & DROP)
			w->old.len = before;
		return 0;
	}
	if (w->old.err != 0) {
		errno = w->old.err;
		return -1;
	}
	if (errno == ENOMEM || is_needed(w)) {
		w->out->bad = f->whole;
		return -1;
	}
	w->old.len = before;
	if (!(w->rule & DROP))
		buf_span(&w->old, f->whole);
	return 0;
}

static int
write_field(struct work *w, const struct header_field *f)
{
	enum header_name name = header_known(f->name);

	w->rule = rule_of(name);
	if ((name == HEADER_FROM && w->how->delete_from) ||
	    (name == HEADER_MESSAGE_ID && w->how->delete_message_id))
		return 0;
	if (name == HEADER_RETURN_PATH)
		take_return_path(w, f->value);
	w->seen[name] = true;
	w->out->resent = w->out->resent || (w->rule & RESENT);
	if (w->rule & ADDRESSES)
		return write_addresses(w, f);
	if (!(w->rule & DROP))
		buf_span(&w->old, f->whole);
	return 0;
}

/* ---- what lacks ---- */

static int
add_from(struct work *w, const char *prefix)
{
	struct buf *to = &w->out->header;

	buf_str(to, prefix);
	buf_str(to, "From: ");
	if (w->how->name.len > 0 && !w->how->comment_style) {
		phrase_write(to, w->how->name);
		buf_str(to, " <");
	}
	if (path_write_bare(to, w->how->from) == -1)
		return -1;
	if (w->how->name.len > 0 && w->how->comment_style) {
		buf_char(to, ' ');
		comment_write(to, w->how->name);
	} else if (w->how->name.len > 0) {
		buf_char(to, '>');
	}
	buf_char(to, '\n');
	return 0;
}

static void
add_stamps(struct work *w, bool date, bool message_id, const char *prefix)
{
	struct buf *to = &w->out->header;

	if (date) {
		buf_str(to, prefix);
		buf_str(to, "Date: ");
		buf_span(to, w->how->date);
		buf_char(to, '\n');
	}
	if (message_id) {
		buf_str(to, prefix);
		buf_str(to, "Message-ID: <");
		buf_span(to, w->how->message_id);
		buf_str(to, ">\n");
	}
}

/* All of To and Cc, because a list that the sender reads is among them. */
static int
add_followup(struct work *w)
{
	struct span all;
	const char *before = "Mail-Followup-To: ";

	if (buf_get(&w->visible, &all) == -1)
		return -1;
	while (all.len > 0) {
		buf_str(&w->out->header, before);
		if (path_write_bare(&w->out->header,
		    span_cut(&all, '\0')) == -1)
			return -1;
		before = ",\n  ";
	}
	buf_char(&w->out->header, '\n');
	return 0;
}

/* The fields that this kind of message should have and has not. */
static int
add_missing(struct work *w)
{
	const bool *seen = w->seen;
	bool resent = w->out->resent;
	const char *prefix = resent ? "Resent-" : "";

	add_stamps(w, !seen[resent ? HEADER_RESENT_DATE : HEADER_DATE],
	    !seen[resent ? HEADER_RESENT_MESSAGE_ID : HEADER_MESSAGE_ID],
	    prefix);
	if (!seen[resent ? HEADER_RESENT_FROM : HEADER_FROM] &&
	    add_from(w, prefix) == -1)
		return -1;
	if (resent ? !seen[HEADER_RESENT_TO] && !seen[HEADER_RESENT_CC] :
	    !seen[HEADER_TO] && !seen[HEADER_CC]) {
		buf_str(&w->out->header, prefix);
		buf_str(&w->out->header, "Cc: recipient list not shown: ;\n");
	}
	if (w->on_list && !seen[HEADER_MAIL_FOLLOWUP_TO])
		return add_followup(w);
	return 0;
}

static int
compose_fields(struct work *w, struct span header)
{
	struct header_field f;
	struct span old;

	while (header_take(&header, &f) == 1)
		if (write_field(w, &f) == -1)
			return -1;
	if (w->old.len > 0 && w->old.p[w->old.len - 1] != '\n')
		buf_char(&w->old, '\n');
	if (add_missing(w) == -1 || buf_get(&w->old, &old) == -1)
		return -1;
	buf_span(&w->out->header, old);
	return 0;
}

int
compose(const struct compose_how *how, struct span header,
    struct composed *out)
{
	struct work w = { .how = how, .out = out };
	struct span ignored;
	int r;

	memset(out, 0, sizeof *out);
	buf_init(&out->header, COMPOSE_HEADER_MAX);
	buf_init(&out->recipients, COMPOSE_RECIPIENTS_MAX);
	buf_init(&out->resent_recipients, COMPOSE_RECIPIENTS_MAX);
	buf_init(&out->return_path, 4 * PATH_ADDRESS_MAX);
	buf_init(&w.old, COMPOSE_HEADER_MAX);
	buf_init(&w.visible, COMPOSE_RECIPIENTS_MAX);
	r = compose_fields(&w, header);
	if (r == 0 && (buf_get(&out->header, &ignored) == -1 ||
	    buf_get(&out->recipients, &ignored) == -1 ||
	    buf_get(&out->resent_recipients, &ignored) == -1 ||
	    buf_get(&out->return_path, &ignored) == -1))
		r = -1;
	buf_free(&w.old);
	buf_free(&w.visible);
	return r;
}

void
composed_free(struct composed *c)
{
	buf_free(&c->header);
	buf_free(&c->recipients);
	buf_free(&c->resent_recipients);
	buf_free(&c->return_path);
}
