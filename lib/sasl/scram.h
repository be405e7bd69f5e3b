/*
 * SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677), without channel
 * binding. What is stored for a user is a verifier, from which neither the
 * password nor a login can be made; the same verifier checks a password that
 * came in the clear. Pure: nonces and salts are handed in.
 */
#ifndef LIB_SASL_SCRAM_H
#define LIB_SASL_SCRAM_H

#include "lib/base/buf.h"
#include "lib/sasl/sha256.h"

enum {
	SCRAM_ITERATIONS = 15000,	/* of verifiers made here */
	SCRAM_ITERATIONS_MAX = 10000000,
	SCRAM_SALT = 16,		/* bytes, of verifiers made here */
	SCRAM_SALT_MAX = 64,
	SCRAM_NAME_MAX = 255,		/* bytes of a user name */
	SCRAM_NONCE_MAX = 256,		/* the client's */
	SCRAM_MESSAGE_MAX = 2048,	/* bytes of a message */
};

struct scram_verifier {
	uint32_t iterations;
	size_t salt_len;
	unsigned char salt[SCRAM_SALT_MAX];
	unsigned char stored_key[SHA256_SIZE];
	unsigned char server_key[SHA256_SIZE];
};

/* Makes one from a password; salt_len is at most SCRAM_SALT_MAX. */
void scram_make(struct scram_verifier *v, struct span password,
    struct span salt, uint32_t iterations);
/* Is this the password? */
bool scram_check(const struct scram_verifier *v, struct span password);
/*
 * One for a user who does not exist: the same salt each time for the same
 * name and secret, and keys that nobody can know.
 */
void scram_fake(struct scram_verifier *v, struct span name,
    struct span secret);

/* "{SCRAM-SHA-256}iterations,salt,storedkey,serverkey", base64 inside. */
bool scram_is_verifier(struct span s);
enum parse scram_parse(struct span s, struct scram_verifier *out);
void scram_write(struct buf *to, const struct scram_verifier *v);

/* An exchange. Ends with scram_free. */
struct scram {
	struct buf name;	/* who logs in, unescaped */
	struct buf act_as;	/* authorization identity; empty: the same */
	struct buf gs2;		/* the client's header */
	struct buf nonce;	/* both halves */
	struct buf signed_text;	/* client-first-bare "," server-first */
	struct scram_verifier verifier;
};

void scram_init(struct scram *s);
void scram_free(struct scram *s);
/* Reads the client's first message; then s->name is known. */
enum parse scram_first(struct scram *s, struct span message);
/*
 * Appends the server's first message: nonce is the server's half, printable
 * and without commas. 0; -1 with errno.
 */
int scram_challenge(struct scram *s, const struct scram_verifier *v,
    struct span nonce, struct buf *to);
/*
 * Checks the client's last message. PARSE_OK: it knows the password, and the
 * server's last message is appended. PARSE_BAD: it does not, or is malformed.
 */
enum parse scram_last(struct scram *s, struct span message, struct buf *to);

#endif
