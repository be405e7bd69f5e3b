/* SHA-256, HMAC and PBKDF2 against the published vectors. */
#include "lib/sasl/sha256.h"

#include <stdlib.h>

#include "tests/tap.h"

static void
hex(const unsigned char *p, char *out)
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		sprintf(out + 2 * i, "%02x", p[i]);
}

static bool
digest_is(struct span s, const char *want)
{
	unsigned char h[SHA256_SIZE];
	char got[2 * SHA256_SIZE + 1];

	sha256(s, h);
	hex(h, got);
	return strcmp(got, want) == 0;
}

static bool
hmac_is(struct span key, struct span s, const char *want)
{
	unsigned char h[SHA256_SIZE];
	char got[2 * SHA256_SIZE + 1];

	hmac_sha256(key, s, h);
	hex(h, got);
	return strncmp(got, want, strlen(want)) == 0;
}

static bool
pbkdf2_is(struct span password, struct span salt, uint32_t rounds,
    const char *want)
{
	unsigned char h[SHA256_SIZE];
	char got[2 * SHA256_SIZE + 1];

	pbkdf2_sha256(password, salt, rounds, h);
	hex(h, got);
	return strcmp(got, want) == 0;
}

static struct span
repeat(char c, size_t n)
{
	char *p = malloc(n);

	memset(p, c, n);
	return (struct span){ p, n };
}

static const char two_blocks[] =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
    "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

static void
digests(void)
{
	struct span million = repeat('a', 1000000);

	ok(digest_is(SPAN("abc"), "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad"), "FIPS 180: one block");
	ok(digest_is(SPAN(""), "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855"), "FIPS 180: nothing");
	ok(digest_is(SPAN("abcdbcdecdefdefgefghfghighijhijk"
	    "ijkljklmklmnlmnomnopnopq"), "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1"), "FIPS 180: 448 bits");
	ok(digest_is(span_str(two_blocks), "cf5b16a778af8380036ce59e7b049237"
	    "0b249b11e8f07a51afac45037afee9d1"), "FIPS 180: 896 bits");
	ok(digest_is(million, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0"), "FIPS 180: a million a");
	free((char *)million.p);
}

static void
cut_anywhere(void)
{
	struct span all = span_str(two_blocks);
	unsigned char want[SHA256_SIZE], got[SHA256_SIZE];
	bool same = true;

	sha256(all, want);
	for (size_t cut = 0; cut <= all.len; cut++) {
		struct sha256 s;

		sha256_start(&s);
		sha256_add(&s, span_head(all, cut));
		sha256_add(&s, span_tail(all, cut));
		sha256_end(&s, got);
		same = same && memcmp(got, want, sizeof got) == 0;
	}
	ok(same, "the same digest wherever the bytes are cut");
}

static void
hmacs(void)
{
	static const char counting[] = "\x01\x02\x03\x04\x05\x06\x07\x08"
	    "\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
	    "\x18\x19";
	struct span b20 = repeat('\x0b', 20), aa = repeat('\xaa', 131);
	struct span dd = repeat('\xdd', 50), cd = repeat('\xcd', 50);
	struct span c20 = repeat('\x0c', 20);

	ok(hmac_is(b20, SPAN("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7"), "RFC 4231 case 1");
	ok(hmac_is(SPAN("Jefe"), SPAN("what do ya want for nothing?"),
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843"), "RFC 4231 case 2");
	ok(hmac_is(span_head(aa, 20), dd, "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe"), "RFC 4231 case 3");
	ok(hmac_is(SPAN(counting), cd, "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b"), "RFC 4231 case 4");
	ok(hmac_is(c20, SPAN("Test With Truncation"),
	    "a3b6167473100ee06e0c796c2955552b"), "RFC 4231 case 5");
	ok(hmac_is(aa, SPAN("Test Using Larger Than Block-Size Key - "
	    "Hash Key First"), "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54"), "RFC 4231 case 6");
	ok(hmac_is(aa, SPAN("This is a test using a larger than block-size "
	    "key and a larger than block-size data. The key needs to be "
	    "hashed before being used by the HMAC algorithm."),
	    "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2"), "RFC 4231 case 7");
	free((char *)b20.p);
	free((char *)aa.p);
	free((char *)dd.p);
	free((char *)cd.p);
	free((char *)c20.p);
}

static void
pbkdf2s(void)
{
	ok(pbkdf2_is(SPAN("passwd"), SPAN("salt"), 1,
	    "55ac046e56e3089fec1691c22544b605"
	    "f94185216dde0465e68b9d57c20dacbc"), "RFC 7914: one round");
	ok(pbkdf2_is(SPAN("Password"), SPAN("NaCl"), 80000,
	    "4ddcd8f60b98be21830cee5ef22701f9"
	    "641a4418d04c0414aeff08876b34ab56"), "RFC 7914: 80,000 rounds");
	ok(pbkdf2_is(SPAN("password"), SPAN("salt"), 4096,
	    "c5e478d59288c841aa530db6845c4c8d"
	    "962893a001ce4e11a4963873aa98134a"), "RFC 6070's inputs");
}

int
main(void)
{
	digests();
	cut_anywhere();
	hmacs();
	pbkdf2s();
	ok(same_bytes("abc", "abc", 3) && !same_bytes("abc", "abd", 3) &&
	    !same_bytes("xbc", "abc", 3) && same_bytes("a", "b", 0),
	    "comparison in constant time");
	return tap_done();
}
