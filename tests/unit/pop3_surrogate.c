/* Headers in ASCII: what is encoded, what becomes of addresses. */
#include "pop3d/surrogate.h"

#include "lib/mail/utf8.h"
#include "tests/tap.h"

static const struct sample {
	const char *what, *given, *want;
} samples[] = {
	{ "ASCII stays", "Subject: a  b\n\n", "Subject: a  b\n\n" },
	{ "text", "Subject: gr\xc3\xbc\xc3\x9f dich\n",
	    "Subject: =?utf-8?B?Z3LDvMOf?= dich\n" },
	{ "neighbours are one text", "Subject: \xc3\xa4 \xc3\xb6 x \xc3\xbc\n",
	    "Subject: =?utf-8?B?w6Qgw7Y=?= x =?utf-8?B?w7w=?=\n" },
	{ "other fields are not touched",
	    "From: a@b\r\nSubject: \xc3\xa4\r\nX: y\r\n\r\n",
	    "From: a@b\r\nSubject: =?utf-8?B?w6Q=?=\nX: y\r\n\r\n" },
	{ "a display name", "From: J\xc3\xb6rg M\xc3\xbcller <j@b.example>\n",
	    "From: =?utf-8?B?SsO2cmcgTcO8bGxlcg==?= <j@b.example>\n" },
	{ "a quoted one", "To: \"J\xc3\xb6rg, M.\" <j@b>, x@y\n",
	    "To: =?utf-8?B?SsO2cmcsIE0u?= <j@b>, x@y\n" },
	{ "a comment", "To: j@b (J\xc3\xb6rg)\n",
	    "To: j@b (=?utf-8?B?SsO2cmc=?=)\n" },
	{ "an address", "To: Bob <b\xc3\xb6" "b@x>, y@z\n",
	    "To: Bob =?utf-8?B?YsO2YkB4?= :;, y@z\n" },
	{ "a bare one", "To: b\xc3\xb6" "b@x\n",
	    "To: =?utf-8?B?YsO2YkB4?= :;\n" },
	{ "a parameter",
	    "Content-Disposition: attachment; filename=\"\xc3\xa4.txt\"\n",
	    "Content-Disposition: attachment; "
	    "filename=\"=?utf-8?B?w6QudHh0?=\"\n" },
	{ "not UTF-8", "Subject: \xe4\n", "Subject: =?unknown-8bit?B?5A==?=\n" },
	{ "folded", "Subject: a\n \xc3\xa4\n",
	    "Subject: a =?utf-8?B?w6Q=?=\n" },
	{ "not ended", "To: \"\xc3\xa4", "To: =?utf-8?B?w6Q=?=\n" },
};

static void
examples(void)
{
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct buf b;
		bool good;

		buf_init(&b, 10000);
		surrogate_write(&b, span_str(samples[i].given));
		good = span_is(buf_peek(&b), samples[i].want);
		ok(good, samples[i].what);
		if (!good)
			printf("# got %.*s\n", (int)b.len, b.p);
		buf_free(&b);
	}
}

/* Cut anywhere: it stays ASCII, and inside its buffer. */
static void
cuts(void)
{
	bool good = true;

	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct span all = span_str(samples[i].given);

		for (size_t cut = 0; cut <= all.len; cut++) {
			struct buf b;

			buf_init(&b, 10000);
			surrogate_write(&b, span_head(all, cut));
			good = good && b.err == 0 && ascii_ok(buf_peek(&b));
			buf_free(&b);
		}
	}
	for (unsigned seed = 1; seed < 20000; seed++) {
		char junk[24];
		struct buf b;
		uint32_t x = seed * 2654435761u;

		memcpy(junk, "To:", 3);
		for (size_t i = 3; i < sizeof junk; i++, x = x * 69069 + 1)
			junk[i] = "\0\"()<>@,;:\\ \na\xc3\xa4"[x >> 28];
		buf_init(&b, 10000);
		surrogate_write(&b, (struct span){ junk, sizeof junk });
		good = good && b.err == 0 && ascii_ok(buf_peek(&b));
		buf_free(&b);
	}
	ok(good, "whatever comes, ASCII leaves");
}

int
main(void)
{
	examples();
	cuts();
	return tap_done();
}
