/* Maildir++ quota, as far as it is text: limits and sums. Pure. */
#include "lib/maildir/quota.h"

#include <errno.h>

#include "lib/base/num.h"
#include "lib/maildir/names.h"

int
quota_limit_parse(struct span s, struct quota_limit *out)
{
	struct quota_limit l = { 0, 0 };
	bool any = false;

	s = span_trim(s);
	while (s.len > 0) {
		struct span part = span_trim(span_cut(&s, ','));
		uint64_t n;

		if (num_take(&part, INT64_MAX, &n) != PARSE_OK ||
		    part.len != 1) {
			errno = EINVAL;
			return -1;
		}
		if (part.p[0] == 'S')
			l.bytes = n;
		else if (part.p[0] == 'C')
			l.count = n;
		any = true;
	}
	if (!any) {
		errno = EINVAL;
		return -1;
	}
	*out = l;
	return 0;
}

static int64_t
add(int64_t sum, int64_t n)
{
	if (n > QUOTA_SUM_MAX - sum)
		return QUOTA_SUM_MAX;
	return n < -QUOTA_SUM_MAX - sum ? -QUOTA_SUM_MAX : sum + n;
}

void
quota_sum_add(struct quota_sum *s, int64_t bytes, int64_t count)
{
	s->bytes = add(s->bytes, bytes);
	s->count = add(s->count, count);
}

bool
quota_counts(struct span name)
{
	struct span flags = maildir_name_flags(name);

	return span_find(flags, 'T') == flags.len;
}

static struct span
skip_blanks(struct span s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_tail(s, 1);
	return s;
}

/* A number with a sign perhaps; false: none. */
static bool
take_signed(struct span *s, int64_t *out)
{
	struct span in = skip_blanks(*s);
	bool minus = in.len > 0 && in.p[0] == '-';
	uint64_t n;

	if (minus)
		in = span_tail(in, 1);
	if (num_take(&in, QUOTA_SUM_MAX, &n) != PARSE_OK)
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	*s = in;
	return true;
}

int
quota_file_parse(struct span file, struct span *first,
    struct quota_limit *limit, struct quota_sum *sum)
{
	*sum = (struct quota_sum){ 0, 0, 0 };
	*first = span_trim(span_cut(&file, '\n'));
	if (quota_limit_parse(*first, limit) == -1)
		return -1;
	while (file.len > 0) {
		struct span line = span_cut(&file, '\n');
		int64_t bytes, count;

		if (!take_signed(&line, &bytes) || !take_signed(&line, &count))
			continue;
		quota_sum_add(sum, bytes, count);
		sum->lines++;
	}
	return 0;
}
