/* The packets of the auth door: writers and readers side by side. */
#include "lib/wire/auth.h"

#include <string.h>

#include "lib/wire/packet.h"

void
auth_put_verify(struct buf *b, struct span service, struct span user,
    struct span password, struct span peer)
{
	packet_start(b, AUTH_VERIFY);
	packet_str(b, service);
	packet_str(b, user);
	packet_str(b, password);
	packet_str(b, peer);
}

void
auth_put_vouch(struct buf *b, struct span service, struct span user,
    struct span peer)
{
	packet_start(b, AUTH_VOUCH);
	packet_str(b, service);
	packet_str(b, user);
	packet_str(b, peer);
}

void
auth_put_scram(struct buf *b, struct span service, struct span peer,
    struct span message)
{
	packet_start(b, AUTH_SCRAM);
	packet_str(b, service);
	packet_str(b, peer);
	packet_str(b, message);
}

void
auth_put_proof(struct buf *b, struct span message)
{
	packet_start(b, AUTH_PROOF);
	packet_str(b, message);
}

static bool
take(struct packet *p, size_t max, struct span *out)
{
	return packet_take_str(p, max, out) == PARSE_OK;
}

static bool
take_fields(struct packet *p, struct auth_question *q)
{
	switch (p->type) {
	case AUTH_VERIFY:
		return take(p, AUTH_SERVICE_MAX, &q->service) &&
		    take(p, AUTH_USER_MAX, &q->user) &&
		    take(p, AUTH_PASSWORD_MAX, &q->password) &&
		    take(p, AUTH_PEER_MAX, &q->peer);
	case AUTH_VOUCH:
		return take(p, AUTH_SERVICE_MAX, &q->service) &&
		    take(p, AUTH_USER_MAX, &q->user) &&
		    take(p, AUTH_PEER_MAX, &q->peer);
	case AUTH_SCRAM:
		return take(p, AUTH_SERVICE_MAX, &q->service) &&
		    take(p, AUTH_PEER_MAX, &q->peer) &&
		    take(p, AUTH_MESSAGE_MAX, &q->message);
	case AUTH_PROOF:
		return take(p, AUTH_MESSAGE_MAX, &q->message);
	default:
		return false;
	}
}

enum parse
auth_take_question(struct span packet, struct auth_question *out)
{
	struct auth_question q = { 0 };
	struct packet p;

	if (packet_open(packet, &p) == -1)
		return PARSE_BAD;
	q.type = p.type;
	if (!take_fields(&p, &q) || !packet_at_end(&p))
		return PARSE_BAD;
	*out = q;
	return PARSE_OK;
}

void
auth_put_answer(struct buf *b, const struct auth_answer *a)
{
	packet_start(b, a->type);
	if (a->type == AUTH_YES) {
		packet_str(b, span_str(a->user));
		packet_num(b, a->uid);
		packet_num(b, a->gid);
		packet_str(b, span_str(a->home));
		packet_str(b, span_str(a->shell));
	}
	packet_str(b, a->text);
}

static bool
take_account(struct packet *p, struct auth_answer *a)
{
	uint64_t uid, gid;

	if (packet_take_cstr(p, AUTH_USER_MAX, &a->user) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX - 1, &uid) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX - 1, &gid) != PARSE_OK ||
	    packet_take_cstr(p, AUTH_PATH_MAX, &a->home) != PARSE_OK ||
	    packet_take_cstr(p, AUTH_PATH_MAX, &a->shell) != PARSE_OK)
		return false;
	a->uid = (uint32_t)uid;
	a->gid = (uint32_t)gid;
	return true;
}

enum parse
auth_take_answer(struct span packet, struct auth_answer *out)
{
	struct packet p;

	memset(out, 0, sizeof *out);
	if (packet_open(packet, &p) == -1)
		return PARSE_BAD;
	out->type = p.type;
	if (p.type != AUTH_YES && p.type != AUTH_CHALLENGE &&
	    p.type != AUTH_NO && p.type != AUTH_LATER)
		return PARSE_BAD;
	if ((p.type == AUTH_YES && !take_account(&p, out)) ||
	    !take(&p, AUTH_MESSAGE_MAX, &out->text) || !packet_at_end(&p))
		return PARSE_BAD;
	return PARSE_OK;
}
