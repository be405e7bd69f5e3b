/*
 * SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), and RET, ENVID,
 * NOTIFY, ORCPT (RFC 3461). Each may come once.
 */
#include "smtpd/params.h"

#include <errno.h>

#include "lib/base/num.h"
#include "lib/mail/dsn.h"
#include "lib/mail/path.h"
#include "queue/format.h"

#define MALFORMED "501 5.5.4 malformed parameter"
#define TWICE "501 5.5.4 the same parameter twice"
#define UNKNOWN "555 5.5.4 parameter not offered"
#define NO_MEMORY "451 4.3.0 out of memory"

enum { SIZE_DIGITS_MAX = 20 };		/* RFC 1870 section 3 */

static const char *
take_size(struct span value, struct mail_params *out)
{
	uint64_t n;

	if (value.len > SIZE_DIGITS_MAX)
		return MALFORMED;
	if (num_parse(value, UINT64_MAX, &n) == -1)
		return num_parse(span_head(value, SIZE_DIGITS_MAX - 1),
		    UINT64_MAX, &n) == -1 ? MALFORMED :
		    "552 5.3.4 no message may be that large";
	out->size = n;
	return NULL;
}

static const char *
take_body(struct span value, struct mail_params *out)
{
	if (span_case_is(value, "7BIT"))
		out->flags |= QUEUE_7BIT;
	else if (span_case_is(value, "8BITMIME"))
		out->flags |= QUEUE_8BITMIME;
	else
		return MALFORMED;
	return NULL;
}

static const char *
take_smtputf8(struct span value, struct mail_params *out)
{
	if (value.len > 0)
		return MALFORMED;
	out->flags |= QUEUE_SMTPUTF8;
	return NULL;
}

static const char *
take_ret(struct span value, struct mail_params *out)
{
	if (span_case_is(value, "FULL"))
		out->flags |= QUEUE_RET_FULL;
	else if (span_case_is(value, "HDRS"))
		out->flags |= QUEUE_RET_HDRS;
	else
		return MALFORMED;
	return NULL;
}

/* What was decoded into b, with result r. */
static const char *
judge(int r, const struct buf *b)
{
	if (b->err == ENOMEM)
		return NO_MEMORY;
	return r == -1 || b->err != 0 ? MALFORMED : NULL;
}

static const char *
take_envid(struct span value, struct mail_params *out)
{
	return judge(xtext_decode(value, out->envid), out->envid);
}

static const struct {
	const char *keyword;
	bool valued;
	const char *(*take)(struct span value, struct mail_params *out);
} mail_keywords[] = {
	{ "SIZE", true, take_size },
	{ "BODY", true, take_body },
	{ "SMTPUTF8", false, take_smtputf8 },
	{ "RET", true, take_ret },
	{ "ENVID", true, take_envid },
};
enum { MAIL_KEYWORDS = sizeof mail_keywords / sizeof *mail_keywords };

const char *
mail_params_parse(struct span in, struct mail_params *out)
{
	struct path_param p;
	unsigned seen = 0;
	int r;

	while ((r = path_param_take(&in, &p)) == 1) {
		const char *bad;
		unsigned i = 0;

		while (i < MAIL_KEYWORDS &&
		    !span_case_is(p.keyword, mail_keywords[i].keyword))
			i++;
		if (i == MAIL_KEYWORDS)
			return UNKNOWN;
		if (seen & 1u << i)
			return TWICE;
		seen |= 1u << i;
		if (p.has_value != mail_keywords[i].valued)
			return MALFORMED;
		if ((bad = mail_keywords[i].take(p.value, out)) != NULL)
			return bad;
	}
	return r == 0 ? NULL : MALFORMED;
}

static const char *
take_notify(struct span value, struct rcpt_params *out)
{
	if (out->notify != 0)
		return TWICE;
	return dsn_notify_parse(value, &out->notify) == -1 ? MALFORMED : NULL;
}

static const char *
take_orcpt(struct span value, struct rcpt_params *out)
{
	if (out->orcpt->len > 0)
		return TWICE;
	return judge(dsn_orcpt_decode(value, out->orcpt), out->orcpt);
}

const char *
rcpt_params_parse(struct span in, struct rcpt_params *out)
{
	struct path_param p;
	int r;

	while ((r = path_param_take(&in, &p)) == 1) {
		const char *bad = UNKNOWN;

		if (span_case_is(p.keyword, "NOTIFY"))
			bad = take_notify(p.value, out);
		else if (span_case_is(p.keyword, "ORCPT"))
			bad = take_orcpt(p.value, out);
		if (bad != NULL)
			return bad;
	}
	return r == 0 ? NULL : MALFORMED;
}
