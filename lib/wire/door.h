/*
 * What the users door answers: who owns an address, and whether one exists.
 * Packets over the seqpacket socket queue/users; tags are the asker's own and
 * come back; answers may come in another order than the questions.
 *
 *   OWNER   'A'  tag(n), local part         whose is it? (no domain, no rewriting)
 *   EXISTS  'C'  tag(n), address            would a delivery find a mailbox?
 *                                           (whole, as in RCPT; rewritten as
 *                                           send would)
 * answers
 *   OWNED   'O'  tag(n), user, uid(n), gid(n), home, dash, ext
 *   YES     'K'  tag(n)                     also for addresses that are not local
 *   NO      'D'  tag(n), code, text
 *   LATER   'Z'  tag(n), code, text         cannot tell now; never "unknown"
 */
#ifndef LIB_WIRE_DOOR_H
#define LIB_WIRE_DOOR_H

enum {
	DOOR_OWNER = 'A',
	DOOR_EXISTS = 'C',
	DOOR_OWNED = 'O',
	DOOR_YES = 'K',
	DOOR_NO = 'D',
	DOOR_LATER = 'Z',
};

enum {
	DOOR_USER_MAX = 255,
	DOOR_HOME_MAX = 1023,
	DOOR_WAIT_MS = 30000,	/* an asker waits no longer */
};

#endif
