/*
 * The message itself: read in blocks at its own offsets (the descriptor's
 * position is never used), encoded straight into the connection's buffer. A
 * small one is read once for both purposes.
 */
#include "remote/body.h"

#include <errno.h>
#include <string.h>

#include "lib/os/in.h"
#include "remote/data.h"
#include "remote/phases.h"

/* ---- looking ---- */

struct look {
	uint64_t line_feeds;
	bool in_body;
	char before;		/* the byte before this block */
};

static bool
has_eight_bit(struct span s)
{
	unsigned char all = 0;

	for (size_t i = 0; i < s.len; i++)
		all |= (unsigned char)s.p[i];
	return all >= 0x80;
}

/* What is header in this block. Notes where the body begins. */
static struct span
take_header(struct look *l, struct span block)
{
	size_t at = 0;

	while (at < block.len) {
		size_t lf = at + span_find(span_tail(block, at), '\n');

		if (lf == at && l->before == '\n') {
			l->in_body = true;
			return span_head(block, at);
		}
		if (lf < block.len)
			l->before = '\n';
		else
			l->before = block.p[block.len - 1];
		if (lf == at + 1 && block.p[at] == '\r' && at > 0) {
			l->in_body = true;
			return span_head(block, at);
		}
		at = lf < block.len ? lf + 1 : lf;
	}
	return block;
}

static void
look_at(struct look *l, struct span block, struct content *out)
{
	for (size_t i = 0; i < block.len; i++)
		l->line_feeds += block.p[i] == '\n';
	if (!has_eight_bit(block)) {
		if (!l->in_body)
			(void)take_header(l, block);
		return;
	}
	out->eight_bit = true;
	if (!l->in_body && has_eight_bit(take_header(l, block)))
		out->header_eight_bit = true;
}

static int
read_block(const struct message *m, char *to, size_t len, uint64_t at)
{
	ssize_t n = pread_full(m->fd, to, len, m->offset + at);

	if (n == (ssize_t)len)
		return 0;
	if (n >= 0)
		errno = EIO;	/* shorter than it was said to be */
	return -1;
}

int
content_scan(struct client *c, const struct message *m, struct content *out)
{
	struct look l = { .before = '\n' };
	uint64_t at = 0;

	*out = (struct content){ 0 };
	while (at < m->size) {
		size_t len = m->size - at < CLIENT_BLOCK ?
		    (size_t)(m->size - at) : CLIENT_BLOCK;

		if (read_block(m, c->block, len, at) == -1)
			return -1;
		look_at(&l, (struct span){ c->block, len }, out);
		at += len;
	}
	out->wire_size = m->size + l.line_feeds;
	out->in_block = m->size <= CLIENT_BLOCK;
	return 0;
}

/* ---- sending ---- */

struct sending {
	struct encoder encoder;
	uint64_t at;		/* bytes of the message read so far */
	size_t have;		/* bytes in the client's block */
};

/* Fills the block behind what is left in it. */
static int
refill(struct client *c, const struct message *m, struct sending *s)
{
	size_t room = CLIENT_BLOCK - s->have;
	size_t len = m->size - s->at < room ? (size_t)(m->size - s->at) : room;

	if (len == 0)
		return 0;
	if (read_block(m, c->block + s->have, len, s->at) == -1)
		return -1;
	s->at += len;
	s->have += len;
	return 0;
}

/* Encodes from the block into the buffer of the connection. */
static void
encode_some(struct client *c, const struct message *m, struct sending *s)
{
	struct peer *p = &c->peer;
	struct span in = { c->block, s->have };

	p->owed += encode(&s->encoder, &in, s->at == m->size,
	    p->out + p->owed, peer_room(p));
	if (in.len > 0 && in.p != c->block)
		memmove(c->block, in.p, in.len);
	s->have = in.len;
}

enum body_result
body_send(struct client *c, const struct message *m,
    struct content *content, struct deadline end,
    enum peer_event *event)
{
	struct sending s = { 0 };

	encoder_start(&s.encoder);
	if (content->in_block)
		s.at = s.have = (size_t)m->size;
	content->in_block = false;	/* what is left there moves */
	do {
		if (refill(c, m, &s) == -1)
			return BODY_UNREADABLE;
		encode_some(c, m, &s);
		if (peer_room(&c->peer) >= ENCODE_OUT_MIN)
			continue;
		*event = peer_send(&c->peer, phase_ms(c, BLOCK_MS), end);
		if (*event != PEER_OK)
			return BODY_FAILED;
	} while (s.have > 0 || s.at < m->size);
	peer_put(&c->peer, SPAN(".\r\n"));
	*event = peer_send(&c->peer, phase_ms(c, BLOCK_MS), end);
	return *event == PEER_OK ? BODY_SENT : BODY_FAILED;
}
