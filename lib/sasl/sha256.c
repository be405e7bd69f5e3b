/*
 * SHA-256 and what is built on it. PBKDF2 keeps the state after the two HMAC
 * pads, so that a round costs two blocks and not four.
 */
#include "lib/sasl/sha256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
load(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
store(unsigned char *p, uint32_t x)
{
	p[0] = (unsigned char)(x >> 24);
	p[1] = (unsigned char)(x >> 16);
	p[2] = (unsigned char)(x >> 8);
	p[3] = (unsigned char)x;
}

/* The message schedule, section 6.2.2 step 1. */
static void
expand(uint32_t w[64], const unsigned char *block)
{
	for (size_t t = 0; t < 16; t++)
		w[t] = load(block + 4 * t);
	for (size_t t = 16; t < 64; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];

		w[t] = w[t - 16] + w[t - 7] +
		    (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
		    (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
	}
}

static void
compress(uint32_t h[8], const unsigned char *block)
{
	uint32_t w[64], v[8];

	expand(w, block);
	memcpy(v, h, sizeof v);
	for (size_t t = 0; t < 64; t++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t1 = v[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
		    ((e & v[5]) ^ (~e & v[6])) + round_constants[t] + w[t];
		uint32_t t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
		    ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		v[7] = v[6];
		v[6] = v[5];
		v[5] = e;
		v[4] = v[3] + t1;
		v[3] = v[2];
		v[2] = v[1];
		v[1] = a;
		v[0] = t1 + t2;
	}
	for (size_t i = 0; i < 8; i++)
		h[i] += v[i];
}

void
sha256_start(struct sha256 *s)
{
	memcpy(s->h, initial, sizeof s->h);
	s->len = 0;
}

void
sha256_add(struct sha256 *s, struct span bytes)
{
	while (bytes.len > 0) {
		size_t used = s->len % SHA256_BLOCK;
		size_t n = SHA256_BLOCK - used;

		if (n > bytes.len)
			n = bytes.len;
		memcpy(s->block + used, bytes.p, n);
		s->len += n;
		bytes = span_tail(bytes, n);
		if (used + n == SHA256_BLOCK)
			compress(s->h, s->block);
	}
}

void
sha256_end(struct sha256 *s, unsigned char out[SHA256_SIZE])
{
	uint64_t bits = s->len * 8;
	size_t used = s->len % SHA256_BLOCK;

	s->block[used++] = 0x80;
	if (used > SHA256_BLOCK - 8) {
		memset(s->block + used, 0, SHA256_BLOCK - used);
		compress(s->h, s->block);
		used = 0;
	}
	memset(s->block + used, 0, SHA256_BLOCK - 8 - used);
	store(s->block + SHA256_BLOCK - 8, (uint32_t)(bits >> 32));
	store(s->block + SHA256_BLOCK - 4, (uint32_t)bits);
	compress(s->h, s->block);
	for (size_t i = 0; i < 8; i++)
		store(out + 4 * i, s->h[i]);
}

void
sha256(struct span bytes, unsigned char out[SHA256_SIZE])
{
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, bytes);
	sha256_end(&s, out);
}

/* The two halves of HMAC, each with its pad hashed already. */
struct hmac {
	struct sha256 inner, outer;
};

static void
hmac_start(struct hmac *m, struct span key)
{
	unsigned char k[SHA256_BLOCK] = { 0 }, pad[SHA256_BLOCK];

	if (key.len > SHA256_BLOCK)
		sha256(key, k);
	else if (key.len > 0)
		memcpy(k, key.p, key.len);
	for (size_t i = 0; i < SHA256_BLOCK; i++)
		pad[i] = k[i] ^ 0x36;
	sha256_start(&m->inner);
	sha256_add(&m->inner, (struct span){ (char *)pad, sizeof pad });
	for (size_t i = 0; i < SHA256_BLOCK; i++)
		pad[i] = k[i] ^ 0x5c;
	sha256_start(&m->outer);
	sha256_add(&m->outer, (struct span){ (char *)pad, sizeof pad });
}

static void
hmac_end(struct hmac *m, unsigned char out[SHA256_SIZE])
{
	sha256_end(&m->inner, out);
	sha256_add(&m->outer, (struct span){ (char *)out, SHA256_SIZE });
	sha256_end(&m->outer, out);
}

void
hmac_sha256(struct span key, struct span bytes,
    unsigned char out[SHA256_SIZE])
{
	struct hmac m;

	hmac_start(&m, key);
	sha256_add(&m.inner, bytes);
	hmac_end(&m, out);
}

void
pbkdf2_sha256(struct span password, struct span salt, uint32_t rounds,
    unsigned char out[SHA256_SIZE])
{
	unsigned char u[SHA256_SIZE];
	struct hmac keyed, m;

	hmac_start(&keyed, password);
	m = keyed;
	sha256_add(&m.inner, salt);
	sha256_add(&m.inner, (struct span){ "\0\0\0\1", 4 });
	hmac_end(&m, u);
	memcpy(out, u, SHA256_SIZE);
	for (uint32_t n = 1; n < rounds; n++) {
		m = keyed;
		sha256_add(&m.inner, (struct span){ (char *)u, sizeof u });
		hmac_end(&m, u);
		for (size_t i = 0; i < SHA256_SIZE; i++)
			out[i] ^= u[i];
	}
}

bool
same_bytes(const void *a, const void *b, size_t len)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}
