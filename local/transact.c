/* Packets of the worker's socket to values and back; everything is checked. */
#include "local/transact.h"

#include <errno.h>
#include <poll.h>

#include "lib/mail/dsn.h"
#include "lib/os/deadline.h"
#include "lib/os/fdpass.h"

enum {
	ID_MAX = 32,
	RESULT_WAIT_MS = 60000,
};

static bool
take_num(struct packet *p, uint64_t max, uint64_t *out)
{
	return packet_take_num(p, max, out) == PARSE_OK;
}

static bool
take_str(struct packet *p, size_t max, struct span *out)
{
	return packet_take_str(p, max, out) == PARSE_OK;
}

/* It becomes part of a file name. */
static bool
id_ok(struct span id)
{
	for (size_t i = 0; i < id.len; i++)
		if (!char_is_digit(id.p[i]) && !char_is_alpha(id.p[i]))
			return false;
	return id.len > 0;
}

int
transact_open(struct transact *t, const struct owner *owner, struct packet p,
    int fd)
{
	struct job *j = &t->common;
	uint64_t flags;

	*t = (struct transact){ 0 };
	j->owner = owner;
	j->fd = fd;
	if (p.type != WORK_TRANSACT || !take_num(&p, UINT64_MAX, &t->tid) ||
	    !take_str(&p, ID_MAX, &j->id) || !id_ok(j->id) ||
	    !take_num(&p, INT64_MAX, &j->birth_us) ||
	    !take_num(&p, INT64_MAX, &j->offset) ||
	    !take_num(&p, INT64_MAX, &j->size) ||
	    !take_str(&p, WORK_ADDRESS_MAX, &j->sender) ||
	    !take_num(&p, UINT32_MAX, &flags) ||
	    !take_str(&p, DSN_ENVID_MAX, &j->envid) ||
	    !take_num(&p, WORK_RECIPIENTS_MAX, &t->count) || fd == -1)
		return -1;
	j->flags = (unsigned)flags;
	j->maybe_again = flags & WORK_AGAIN;
	t->rest = p;
	return 0;
}

int
transact_next(struct transact *t, struct job *j)
{
	struct span address;
	uint64_t notify;

	if (t->taken == t->count)
		return packet_at_end(&t->rest) ? 0 : -1;
	*j = t->common;
	if (!take_num(&t->rest, UINT32_MAX, &j->index) ||
	    !take_str(&t->rest, WORK_ADDRESS_MAX, &address) ||
	    !take_num(&t->rest, DSN_NOTIFY_ALL, &notify) ||
	    !take_str(&t->rest, DSN_ORCPT_MAX, &j->orcpt) ||
	    !take_str(&t->rest, WORK_ADDRESS_MAX, &j->dash) ||
	    !take_str(&t->rest, WORK_ADDRESS_MAX, &j->ext))
		return -1;
	j->notify = (unsigned)notify;
	j->position = t->taken++;
	job_address(j, address);
	return 1;
}

int
result_send(int sock, uint64_t tid, uint64_t position, const struct verdict *v)
{
	struct deadline d = deadline_in_ms(RESULT_WAIT_MS);
	struct buf b;
	int r;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, v->class);
	packet_num(&b, tid);
	packet_num(&b, position);
	packet_str(&b, span_str(v->code));
	packet_str(&b, buf_peek(&v->text));
	packet_str(&b, SPAN(""));
	packet_str(&b, span_str(v->action));
	while ((r = fdpass_send(sock, &b, NULL, 0)) == -1 && errno == EAGAIN)
		if (deadline_wait(sock, POLLOUT, d) == -1)
			break;
	buf_free(&b);
	return r;
}
