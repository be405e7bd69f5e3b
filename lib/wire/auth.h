/*
 * What is said at the auth door, the seqpacket socket queue/auth: packets
 * (lib/wire/packet.h). A client waits for the answer before it asks again; it
 * may ask as often as it likes on one connection.
 *
 *   VERIFY    'V'  service, user, password, peer    is this the password?
 *   VOUCH     'E'  service, user, peer              the asker knows who it is
 *                                                   (SASL EXTERNAL): may he?
 *                                                   From root only
 *   SCRAM     'S'  service, peer, message           the client's first message
 *   PROOF     'R'  message                          its last one
 * answers
 *   YES       'K'  user, uid(n), gid(n), home, shell, text
 *                  user: as it is called from now on
 *                  text: the server's last message after PROOF, else empty
 *   CHALLENGE 'C'  message                          the server's first message
 *   NO        'D'  text                             for good, and late: the
 *                                                   door's delay has passed
 *   LATER     'Z'  text                             cannot tell now
 *
 * service: "pop3", "imap", "smtp" ...: a word for the log. peer: the client's
 * address; it may be empty.
 */
#ifndef LIB_WIRE_AUTH_H
#define LIB_WIRE_AUTH_H

#include <stdint.h>

#include "lib/base/buf.h"

enum {
	AUTH_VERIFY = 'V',
	AUTH_VOUCH = 'E',
	AUTH_SCRAM = 'S',
	AUTH_PROOF = 'R',
	AUTH_YES = 'K',
	AUTH_CHALLENGE = 'C',
	AUTH_NO = 'D',
	AUTH_LATER = 'Z',
};

enum {
	AUTH_SERVICE_MAX = 31,
	AUTH_USER_MAX = 255,
	AUTH_PASSWORD_MAX = 511,
	AUTH_PEER_MAX = 63,
	AUTH_MESSAGE_MAX = 2048,
	AUTH_PATH_MAX = 1023,		/* home, shell */
	AUTH_PACKET_MAX = 8192,
	AUTH_WAIT_MS = 60000,		/* an asker waits no longer */
};

/* A question; b has a maximum of AUTH_PACKET_MAX. */
void auth_put_verify(struct buf *b, struct span service, struct span user,
    struct span password, struct span peer);
void auth_put_vouch(struct buf *b, struct span service, struct span user,
    struct span peer);
void auth_put_scram(struct buf *b, struct span service, struct span peer,
    struct span message);
void auth_put_proof(struct buf *b, struct span message);

/* A question as the door reads it; fields of other types are empty. */
struct auth_question {
	char type;
	struct span service, user, password, peer, message;
};
enum parse auth_take_question(struct span packet, struct auth_question *out)
    MUST_CHECK;

/* An answer; spans and strings point into the packet. */
struct auth_answer {
	char type;
	const char *user, *home, *shell;	/* YES; NUL-ended */
	uint32_t uid, gid;
	struct span text;		/* of all four */
};
void auth_put_answer(struct buf *b, const struct auth_answer *a);
enum parse auth_take_answer(struct span packet, struct auth_answer *out)
    MUST_CHECK;

#endif
