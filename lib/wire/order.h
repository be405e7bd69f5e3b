/*
 * Orders to postern-send over the seqpacket socket queue/control. One packet
 * there, one back; (n) marks a number.
 *
 *   STATUS  'S'
 *   RETRY   'R'  id(n)            0: all messages
 *   HOLD    'H'  id(n)
 *   RELEASE 'L'  id(n)
 *   DELETE  'X'  id(n)
 *   BOUNCE  'B'  id(n)            return it to its sender now
 *   FLUSH   'F'  destination      a domain, or a relay of smtproutes
 *   OWN     'O'  place(n)         which messages the asker injected; 0: from
 *                                 the first. Text: the next place or 0, then
 *                                 IDs, in no order, a line for each
 *   SHOW    'W'  id(n)            with the answer come the message's file to
 *                                 read and, when there is one, its note. Text:
 *                                 "new" or "cur"
 * answers
 *   DONE    'K'  text
 *   REFUSED 'D'  text             not allowed, no such message
 *   LATER   'Z'  text             trouble: it was not done
 *
 * Allowed to: root, the user and the group of postern-send; about a message
 * also to who injected it, and OWN and RETRY of all messages, once in some
 * minutes, to everybody, smtpd's user excepted; STATUS to all. Who gives none
 * for ten seconds, and a user's ninth connection at a time (but of those first
 * named), is hung up on.
 */
#ifndef LIB_WIRE_ORDER_H
#define LIB_WIRE_ORDER_H

enum {
	ORDER_STATUS = 'S',
	ORDER_RETRY = 'R',
	ORDER_HOLD = 'H',
	ORDER_RELEASE = 'L',
	ORDER_DELETE = 'X',
	ORDER_BOUNCE = 'B',
	ORDER_FLUSH = 'F',
	ORDER_OWN = 'O',
	ORDER_SHOW = 'W',
	ORDER_DONE = 'K',
	ORDER_REFUSED = 'D',
	ORDER_LATER = 'Z',
};

enum { ORDER_DEST_MAX = 1024, ORDER_TEXT_MAX = 4096 };

#endif
