/*
 * DNS messages (RFC 1035, 3596, 6891): writing a question, reading the answer
 * to it. Pure; every name, count and jump is bounded. lib/net/dns sends them.
 */
#ifndef LIB_NET_DNSMSG_H
#define LIB_NET_DNSMSG_H

#include "lib/net/ip.h"

enum {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_AAAA = 28,
};

enum {
	DNS_NAME_MAX = 255,	/* bytes of a name on the wire */
	DNS_TEXT_MAX = 254,	/* room for a name as text, NUL counted */
	DNS_QUESTION_MAX = 12 + DNS_NAME_MAX + 4 + 11,
	DNS_UDP_MAX = 1232,	/* what we offer to take (RFC 6891) */
	DNS_CHAIN_MAX = 10,	/* CNAMEs followed inside one answer */
	DNS_RECORDS_MAX = 512,	/* records looked at in one answer */
};

/* A name in wire form: length-prefixed labels in lower case, a 0 last. */
struct dns_name {
	uint8_t len;
	char wire[DNS_NAME_MAX];
};

/*
 * A host or domain name as text, a final dot allowed: labels of 1 to 63
 * letters, digits, '-' or '_'. false: no name could be looked up by that.
 */
bool dns_name_parse(struct span text, struct dns_name *out);
/*
 * As text without the final dot, NUL-ended, into room. false when a label
 * holds anything but what dns_name_parse takes; the root is "".
 */
bool dns_name_text(const struct dns_name *name, char room[DNS_TEXT_MAX]);
bool dns_name_eq(const struct dns_name *a, const struct dns_name *b);

struct dns_question {
	struct dns_name name;
	uint16_t type;
	uint16_t id;
};

/*
 * The packet that asks q, recursion desired, with EDNS when edns. How many
 * bytes were put into room.
 */
size_t dns_question_write(const struct dns_question *q, bool edns,
    char room[DNS_QUESTION_MAX]);

enum dns_outcome {
	DNS_FOUND,		/* records of that type */
	DNS_NODATA,		/* the name exists, without such records */
	DNS_NXDOMAIN,		/* no such name */
	DNS_SERVFAIL,		/* the server failed or refuses: try later */
	DNS_FORMERR,		/* it does not understand (EDNS, perhaps) */
	DNS_TRUNCATED,		/* ask again over TCP */
	DNS_BAD,		/* malformed: try later */
	DNS_TIMEOUT,		/* nobody answered (lib/net/dns) */
	DNS_OTHER,		/* no answer to this question at all: ignore it */
};

struct dns_reader {
	struct span whole;
	size_t at;		/* of the next record in the answer section */
	unsigned left;
	uint16_t type;
	struct dns_name owner;	/* the question's name, CNAMEs followed */
};

/*
 * Looks at a packet: is it the answer to q, and what does it say? With
 * DNS_FOUND the records are there for dns_reader_next.
 */
enum dns_outcome dns_reader_open(struct dns_reader *r, struct span packet,
    const struct dns_question *q);

struct dns_record {
	uint16_t preference;	/* MX */
	struct ip ip;		/* A, AAAA */
	struct dns_name name;	/* MX, PTR, CNAME */
};

/* The next record of the type asked for. 1; 0 no more; -1 malformed. */
int dns_reader_next(struct dns_reader *r, struct dns_record *out);

#endif
