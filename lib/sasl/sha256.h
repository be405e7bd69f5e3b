/*
 * SHA-256 (FIPS 180-4), HMAC (RFC 2104) and PBKDF2 (RFC 8018) on it, and a
 * comparison that takes the same time whatever the bytes. Pure.
 */
#ifndef LIB_SASL_SHA256_H
#define LIB_SASL_SHA256_H

#include <stdint.h>

#include "lib/base/span.h"

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64 };

struct sha256 {
	uint32_t h[8];
	uint64_t len;			/* bytes so far */
	unsigned char block[SHA256_BLOCK];	/* len % SHA256_BLOCK used */
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, struct span bytes);
/* s is of no use afterwards. */
void sha256_end(struct sha256 *s, unsigned char out[SHA256_SIZE]);
/* All in one. */
void sha256(struct span bytes, unsigned char out[SHA256_SIZE]);

void hmac_sha256(struct span key, struct span bytes,
    unsigned char out[SHA256_SIZE]);

/* The first block of PBKDF2: 32 bytes, all that is needed here. */
void pbkdf2_sha256(struct span password, struct span salt, uint32_t rounds,
    unsigned char out[SHA256_SIZE]);

/* Equal? In a time that depends on nothing but len. */
bool same_bytes(const void *a, const void *b, size_t len);

#endif
