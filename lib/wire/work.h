/*
 * What send, the spawners and their workers say to each other: packets
 * (lib/wire/packet.h) over SOCK_SEQPACKET sockets. Fields are listed in order;
 * (n) marks a number.
 *
 * client -> spawner (client: send, or users for queries; several at a time)
 *   SPAWN      'S'  tag(n), key
 *              key for lspawn: the local part of an address of the owner
 *              key for rspawn: "m:domain" (look up MX; domain may be an address
 *              literal in brackets) or "r:relay" (smtproutes' right side:
 *              host, [literal], either with :port)
 * spawner -> client
 *   SPAWNED    'W'  tag(n)                  with the worker's socket
 *              from lspawn also user, uid(n), gid(n), home: whose worker it is
 *   REFUSED    'F'  tag(n), class (Z or D), code, text
 *
 * worker -> send
 *   READY      'R'  peer                    connected and greeted; now ask
 *   UNREADY    'F'  class (Z or D), code, text, peer    and then it ends
 *   RESULT     'K', 'Z' or 'D'
 *                   tid(n), position(n), code, text, peer, action
 *              position: of the recipient in its transaction, from 0
 *              code: enhanced status code, "2.0.0"
 *              text: one line for the log and the bounce, qmail's style
 *              action, with K: "delivered", "relayed" (the peer takes no DSN
 *              requests), "passed" (it does: it will tell), "expanded"
 *              for a query 'K' means that the address exists
 * send -> worker
 *   TRANSACT   'T'  tid(n), id, birth_us(n), offset(n), size(n), sender,
 *                   flags(n) of WORK_*, envid, count(n), then for each of
 *                   count recipients: index(n), address, notify(n) of
 *                   DSN_NOTIFY_* (lib/mail/dsn.h), orcpt, dash, ext
 *              with a descriptor, open for reading, of its own: the message is
 *              its bytes offset .. offset+size; readers use pread
 *              id: the 16 digits; index: of the recipient in the envelope;
 *              address: as to be delivered, after virtualdomains and the like
 *              dash, ext: for local recipients, as users answered
 *   QUERY      'Q'  tid(n), dash, ext       (local workers, from users only)
 *
 * A transaction is over when each of its recipients has its result. A worker
 * ends when its socket is closed; it ends by itself after an idle time.
 */
#ifndef LIB_WIRE_WORK_H
#define LIB_WIRE_WORK_H

enum {
	WORK_SPAWN = 'S',
	WORK_SPAWNED = 'W',
	WORK_REFUSED = 'F',
	WORK_READY = 'R',
	WORK_UNREADY = 'F',
	WORK_DONE = 'K',
	WORK_LATER = 'Z',
	WORK_NEVER = 'D',
	WORK_TRANSACT = 'T',
	WORK_QUERY = 'Q',
};

/* Flags of a transaction. */
enum {
	WORK_8BITMIME = 1,	/* BODY=8BITMIME was declared */
	WORK_SMTPUTF8 = 2,
	WORK_REQUIRETLS = 4,
	WORK_RET_FULL = 8,
	WORK_RET_HDRS = 16,
	WORK_7BIT = 32,		/* BODY=7BIT was declared */
	/*
	 * An earlier attempt, of this send or of one before it, may have got it
	 * delivered without saying so: set unless this is the first attempt
	 * since the trigger told of it. Maildirs are then searched for it.
	 */
	WORK_AGAIN = 64,
};

enum {
	WORK_RECIPIENTS_MAX = 100,	/* in one transaction */
	WORK_ADDRESS_MAX = 1002,	/* bytes of an envelope address */
	WORK_TEXT_MAX = 10000,		/* bytes of a result's text */
	WORK_KEY_MAX = 1024,
	WORK_IN_FLIGHT_MAX = 16,	/* transactions on a local worker */
};

#endif
