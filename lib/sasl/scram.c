/*
 * SCRAM-SHA-256: verifiers, and the two messages from each side. Attributes
 * come in a fixed order (RFC 5802 section 5.1), so a message is read from left
 * to right; unknown ones behind them are skipped, but "m" is refused.
 */
#include "lib/sasl/scram.h"

#include <errno.h>
#include <string.h>

#include "lib/base/num.h"
#include "lib/mail/encode.h"
#include "lib/mail/utf8.h"

static const struct span scheme = { "{SCRAM-SHA-256}", 15 };

static struct span
hash_span(const unsigned char *hash)
{
	return (struct span){ (const char *)hash, SHA256_SIZE };
}

/* ---- verifiers ---- */

void
scram_make(struct scram_verifier *v, struct span password, struct span salt,
    uint32_t iterations)
{
	unsigned char salted[SHA256_SIZE], client_key[SHA256_SIZE];

	memset(v, 0, sizeof *v);
	salt = span_head(salt, SCRAM_SALT_MAX);
	v->iterations = iterations;
	v->salt_len = salt.len;
	memcpy(v->salt, salt.p, salt.len);
	pbkdf2_sha256(password, salt, iterations, salted);
	hmac_sha256(hash_span(salted), SPAN("Client Key"), client_key);
	sha256(hash_span(client_key), v->stored_key);
	hmac_sha256(hash_span(salted), SPAN("Server Key"), v->server_key);
}

bool
scram_check(const struct scram_verifier *v, struct span password)
{
	struct scram_verifier same;
	struct span salt = { (const char *)v->salt, v->salt_len };

	scram_make(&same, password, salt, v->iterations);
	return same_bytes(same.stored_key, v->stored_key, SHA256_SIZE);
}

void
scram_fake(struct scram_verifier *v, struct span name, struct span secret)
{
	unsigned char made[SHA256_SIZE];

	memset(v, 0, sizeof *v);
	v->iterations = SCRAM_ITERATIONS;
	v->salt_len = SCRAM_SALT;
	hmac_sha256(secret, name, made);
	memcpy(v->salt, made, SCRAM_SALT);
	hmac_sha256(hash_span(made), secret, v->stored_key);
	hmac_sha256(hash_span(v->stored_key), secret, v->server_key);
}

bool
scram_is_verifier(struct span s)
{
	return span_case_starts(s, scheme);
}

/* Takes "base64," off the front and decodes it into room. */
static enum parse
take_base64(struct span *in, unsigned char *room, size_t max, size_t *len)
{
	struct buf b;
	struct span got;
	enum parse result = PARSE_BAD;

	buf_init(&b, max);
	if (base64_decode(&b, span_cut(in, ',')) == 0 &&
	    buf_get(&b, &got) == 0) {
		if (got.len > 0)
			memcpy(room, got.p, got.len);
		*len = got.len;
		result = PARSE_OK;
	}
	buf_free(&b);
	return result;
}

enum parse
scram_parse(struct span s, struct scram_verifier *out)
{
	struct scram_verifier v = { 0 };
	uint64_t n;
	size_t stored, server;

	if (!scram_is_verifier(s))
		return PARSE_BAD;
	s = span_tail(s, scheme.len);
	if (num_parse(span_cut(&s, ','), SCRAM_ITERATIONS_MAX, &n) == -1 ||
	    n == 0 ||
	    take_base64(&s, v.salt, SCRAM_SALT_MAX, &v.salt_len) != PARSE_OK ||
	    take_base64(&s, v.stored_key, SHA256_SIZE, &stored) != PARSE_OK ||
	    take_base64(&s, v.server_key, SHA256_SIZE, &server) != PARSE_OK ||
	    v.salt_len == 0 || stored != SHA256_SIZE ||
	    server != SHA256_SIZE || s.len > 0)
		return PARSE_BAD;
	v.iterations = (uint32_t)n;
	*out = v;
	return PARSE_OK;
}

void
scram_write(struct buf *to, const struct scram_verifier *v)
{
	buf_span(to, scheme);
	buf_num(to, v->iterations);
	buf_char(to, ',');
	base64_encode(to, (struct span){ (const char *)v->salt, v->salt_len });
	buf_char(to, ',');
	base64_encode(to, hash_span(v->stored_key));
	buf_char(to, ',');
	base64_encode(to, hash_span(v->server_key));
}

/* ---- the exchange ---- */

void
scram_init(struct scram *s)
{
	buf_init(&s->name, SCRAM_NAME_MAX);
	buf_init(&s->act_as, SCRAM_NAME_MAX);
	buf_init(&s->gs2, SCRAM_MESSAGE_MAX);
	buf_init(&s->nonce, 2 * SCRAM_NONCE_MAX);
	buf_init(&s->signed_text, 2 * SCRAM_MESSAGE_MAX);
}

void
scram_free(struct scram *s)
{
	buf_free(&s->name);
	buf_free(&s->act_as);
	buf_free(&s->gs2);
	buf_free(&s->nonce);
	buf_free(&s->signed_text);
}

/* Takes "X=value," or "X=value" at the end; the value has a byte at least. */
static bool
take_attribute(struct span *in, char name, struct span *value)
{
	if (in->len < 3 || in->p[0] != name || in->p[1] != '=')
		return false;
	*in = span_tail(*in, 2);
	*value = span_cut(in, ',');
	return value->len > 0;
}

/* saslname, section 5.1: "=2C" is a comma, "=3D" an equals sign. */
static bool
unescape(struct span s, struct buf *to)
{
	if (!utf8_ok(s) || span_find(s, '\0') < s.len)
		return false;
	while (s.len > 0) {
		if (s.p[0] != '=') {
			buf_char(to, s.p[0]);
			s = span_tail(s, 1);
		} else if (span_starts(s, SPAN("=2C"))) {
			buf_char(to, ',');
			s = span_tail(s, 3);
		} else if (span_starts(s, SPAN("=3D"))) {
			buf_char(to, '=');
			s = span_tail(s, 3);
		} else {
			return false;
		}
	}
	return to->err == 0;
}

static bool
printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ',')
			return false;
	return true;
}

/* "n," or "y,", then "a=name," or ",": no channel is bound here. */
static bool
take_gs2(struct scram *s, struct span *in)
{
	struct span whole = *in, flag, authzid;

	flag = span_cut(in, ',');
	if (!span_is(flag, "n") && !span_is(flag, "y"))
		return false;
	if (span_find(*in, ',') == in->len)
		return false;
	authzid = span_cut(in, ',');
	if (authzid.len > 0 && (!span_starts(authzid, SPAN("a=")) ||
	    authzid.len == 2 || !unescape(span_tail(authzid, 2), &s->act_as)))
		return false;
	buf_span(&s->gs2, span_between(whole.p, in->p));
	return s->gs2.err == 0;
}

enum parse
scram_first(struct scram *s, struct span message)
{
	struct span bare, name, nonce;

	if (message.len > SCRAM_MESSAGE_MAX || !take_gs2(s, &message))
		return PARSE_BAD;
	bare = message;
	if (!take_attribute(&message, 'n', &name) ||
	    !unescape(name, &s->name) ||
	    !take_attribute(&message, 'r', &nonce) ||
	    nonce.len > SCRAM_NONCE_MAX || !printable(nonce))
		return PARSE_BAD;
	buf_span(&s->nonce, nonce);
	buf_span(&s->signed_text, bare);
	buf_char(&s->signed_text, ',');
	return s->signed_text.err == 0 ? PARSE_OK : PARSE_BAD;
}

int
scram_challenge(struct scram *s, const struct scram_verifier *v,
    struct span nonce, struct buf *to)
{
	size_t begin = to->len;
	struct span sent;

	s->verifier = *v;
	buf_span(&s->nonce, nonce);
	buf_str(to, "r=");
	buf_span(to, buf_peek(&s->nonce));
	buf_str(to, ",s=");
	base64_encode(to, (struct span){ (const char *)v->salt, v->salt_len });
	buf_str(to, ",i=");
	buf_num(to, v->iterations);
	if (s->nonce.err != 0)
		to->err = s->nonce.err;
	if (buf_get(to, &sent) == -1)
		return -1;
	buf_span(&s->signed_text, span_tail(sent, begin));
	return 0;
}

/* The channel binding must be the header, word for word (section 6). */
static bool
binding_matches(const struct scram *s, struct span c)
{
	struct buf b;
	bool same;

	buf_init(&b, SCRAM_MESSAGE_MAX);
	same = base64_decode(&b, c) == 0 &&
	    span_eq(buf_peek(&b), buf_peek(&s->gs2));
	buf_free(&b);
	return same;
}

/* ClientKey := proof XOR HMAC(StoredKey, AuthMessage); its hash is known. */
static bool
proof_matches(const struct scram *s, struct span text,
    const unsigned char *proof)
{
	unsigned char key[SHA256_SIZE];

	hmac_sha256(hash_span(s->verifier.stored_key), text, key);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		key[i] ^= proof[i];
	sha256(hash_span(key), key);
	return same_bytes(key, s->verifier.stored_key, SHA256_SIZE);
}

/* Splits "...,p=proof" and decodes the proof. */
static bool
cut_proof(struct span message, struct span *before, unsigned char *proof)
{
	size_t comma = span_rfind(message, ',');
	struct span p = span_tail(message, comma);
	size_t len;

	*before = span_head(message, comma);
	if (!span_starts(p, SPAN(",p=")))
		return false;
	p = span_tail(p, 3);
	return take_base64(&p, proof, SHA256_SIZE, &len) == PARSE_OK &&
	    len == SHA256_SIZE;
}

enum parse
scram_last(struct scram *s, struct span message, struct buf *to)
{
	unsigned char proof[SHA256_SIZE], signature[SHA256_SIZE];
	struct span before, rest, binding, nonce, text;

	if (message.len > SCRAM_MESSAGE_MAX ||
	    !cut_proof(message, &before, proof))
		return PARSE_BAD;
	rest = before;
	if (!take_attribute(&rest, 'c', &binding) ||
	    !binding_matches(s, binding) ||
	    !take_attribute(&rest, 'r', &nonce) ||
	    !span_eq(nonce, buf_peek(&s->nonce)))
		return PARSE_BAD;
	buf_char(&s->signed_text, ',');
	buf_span(&s->signed_text, before);
	if (buf_get(&s->signed_text, &text) == -1 ||
	    !proof_matches(s, text, proof))
		return PARSE_BAD;
	hmac_sha256(hash_span(s->verifier.server_key), text, signature);
	buf_str(to, "v=");
	base64_encode(to, hash_span(signature));
	return to->err == 0 ? PARSE_OK : PARSE_BAD;
}
