/*
 * The texts of MAIL and RCPT. An address that SMTP cannot say is the trouble
 * of its recipient, or of all when it is the sender's: c->why tells which.
 */
#include "remote/command.h"

#include <errno.h>

#include "lib/mail/dsn.h"
#include "lib/mail/path.h"
#include "lib/mail/utf8.h"
#include "lib/net/idn.h"

/*
 * Appends the path of an address. Where the server takes no UTF-8, a domain
 * beyond ASCII is written as DNS knows it. 0; -1 with errno, ENOMEM or that
 * SMTP cannot say it.
 */
static int
put_path(struct buf *b, struct span address, bool utf8)
{
	struct span local, ascii;
	struct buf known;
	int r;
	int err;

	if (utf8 || ascii_ok(address) ||
	    !address_split(address, &local, NULL) || !ascii_ok(local))
		return path_write(b, address);
	buf_init(&known, WORK_ADDRESS_MAX);
	r = idn_address(address, &known);
	if (r == 0)
		r = buf_get(&known, &ascii);
	if (r == 0)
		r = path_write(b, ascii);
	err = errno;
	buf_free(&known);
	errno = err;
	return r;
}

static int
put_sender(struct buf *b, struct span sender, bool utf8)
{
	/* that of a double bounce, as qmail writes it, is nobody */
	if (!span_is(sender, "#@[]"))
		return put_path(b, sender, utf8);
	buf_str(b, "<>");
	return 0;
}

static void
put_mail_params(struct client *c, const struct message *m,
    const struct content *content, bool utf8)
{
	struct buf *b = &c->command;

	if (c->offers.size) {
		buf_str(b, " SIZE=");
		buf_num(b, content->wire_size);
	}
	if (c->offers.eight_bit && (content->eight_bit ||
	    (m->flags & WORK_8BITMIME) || utf8))
		buf_str(b, " BODY=8BITMIME");
	if (utf8)
		buf_str(b, " SMTPUTF8");
	if (c->offers.dsn && (m->flags & (WORK_RET_FULL | WORK_RET_HDRS)))
		buf_str(b, m->flags & WORK_RET_FULL ? " RET=FULL" :
		    " RET=HDRS");
	if (c->offers.dsn && m->envid.len > 0) {
		buf_str(b, " ENVID=");
		xtext_encode(b, m->envid);
	}
}

static void
put_rcpt_params(struct client *c, const struct recipient *to, bool utf8)
{
	struct buf *b = &c->command;

	if (c->offers.dsn && to->notify != 0) {
		buf_str(b, " NOTIFY=");
		dsn_notify_write(b, to->notify);
	}
	if (c->offers.dsn && to->orcpt.len > 0) {
		buf_str(b, " ORCPT=");
		dsn_orcpt_encode(b, to->orcpt, utf8);
	}
}

/* What errno says of an address that could not be written. -1 */
static int
unwritten(struct client *c, const char *code, const char *whose)
{
	if (errno == ENOMEM)
		why_set(&c->why, 'Z', "4.3.0", "Out of memory.");
	else
		why_set(&c->why, 'D', code, "The address of the %s cannot be"
		    " written in SMTP.", whose);
	return -1;
}

int
command_mail(struct client *c, const struct message *m,
    const struct content *content, bool utf8, struct span *out)
{
	buf_reset(&c->command);
	buf_str(&c->command, "MAIL FROM:");
	if (put_sender(&c->command, m->sender, utf8) == -1)
		return unwritten(c, "5.1.7", "sender");
	put_mail_params(c, m, content, utf8);
	if (buf_get(&c->command, out) == -1)
		return unwritten(c, "5.1.7", "sender");
	return 0;
}

int
command_rcpt(struct client *c, const struct recipient *to, bool utf8,
    struct span *out)
{
	buf_reset(&c->command);
	buf_str(&c->command, "RCPT TO:");
	if (put_path(&c->command, to->address, utf8) == -1)
		return unwritten(c, "5.1.3", "recipient");
	put_rcpt_params(c, to, utf8);
	if (buf_get(&c->command, out) == -1)
		return unwritten(c, "5.1.3", "recipient");
	return 0;
}
