/*
 * Address parsers against the vectors of others, which lie beside the tree:
 * address lists with their addresses, and single addresses with a judgement.
 */
#include <stdlib.h>

#include "lib/mail/address.h"
#include "lib/mail/utf8.h"
#include "tests/tap.h"

enum { FILE_MAX = 4 << 20, TEXT_MAX = 65536 };

/* The whole file, NUL-ended; NULL: it is not there. */
static char *
load(const char *name)
{
	static const char *const places[] = { "../shared", "../../shared" };
	char path[256];
	FILE *f = NULL;
	char *text;
	size_t n;

	for (size_t i = 0; f == NULL && i < 2; i++) {
		snprintf(path, sizeof path, "%s/corpus/vectors/%s", places[i],
		    name);
		f = fopen(path, "r");
	}
	if (f == NULL)
		return NULL;
	text = malloc(FILE_MAX);
	n = fread(text, 1, FILE_MAX - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* The JSON string behind key, from *p on but before end. */
static bool
json_string(const char **p, const char *end, const char *key, char *to)
{
	const char *s = strstr(*p, key);
	struct buf b;

	if (s == NULL || s >= end)
		return false;
	s += strlen(key);
	buf_init(&b, TEXT_MAX);
	for (; *s != '"'; s++) {
		if (*s != '\\') {
			buf_char(&b, *s);
			continue;
		}
		s++;
		if (*s == 'u') {
			char hex[5] = { s[1], s[2], s[3], s[4], '\0' };

			utf8_write(&b, (uint32_t)strtoul(hex, NULL, 16));
			s += 4;
		} else {
			buf_char(&b, *s == 'n' ? '\n' : *s == 't' ? '\t' :
			    *s == 'r' ? '\r' : *s);
		}
	}
	memcpy(to, b.len > 0 ? b.p : "", b.len);
	to[b.len] = '\0';
	buf_free(&b);
	*p = s + 1;
	return true;
}

/* Our opinion of a list: addresses with a comma behind each. */
static void
our_list(const char *value, char *to)
{
	struct address_list l;
	struct address a;
	size_t n = 0;
	int r;

	address_list_init(&l, span_str(value));
	while ((r = address_next(&l, &a)) == 1)
		if (a.kind == ADDRESS_MAILBOX)
			n += (size_t)sprintf(to + n, "%.*s,", (int)a.whole.len,
			    a.whole.p);
	address_list_free(&l);
	strcpy(to + n, r == 0 ? "" : "(error)");
}

static void
address_lists(const char *text)
{
	static char header[TEXT_MAX], address[TEXT_MAX], wanted[2 * TEXT_MAX],
	    ours[2 * TEXT_MAX];
	static const char key[] = "\"header\": \"";
	const char *p = text;
	int good = 0, bad = 0;

	while (json_string(&p, p + strlen(p), key, header)) {
		const char *end = strstr(p, key);
		size_t n = 0;

		if (end == NULL)
			end = p + strlen(p);
		while (json_string(&p, end, "\"address\": \"", address))
			n += (size_t)snprintf(wanted + n, sizeof wanted - n,
			    "%s,", address);
		wanted[n] = '\0';
		our_list(header, ours);
		if (strcmp(ours, wanted) == 0) {
			good++;
			continue;
		}
		bad++;
		printf("# %s# wanted: %s\n# ours:   %s\n", header, wanted,
		    ours);
	}
	printf("# %d alike, %d not\n", good, bad);
	ok(good >= 40, "address lists are read as others read them");
	ok(bad <= 15, "but for what is no address list");
}

/* XML's five entities, numeric ones, and the pictures of control characters. */
static size_t
xml_text(const char *s, const char *end, char *to)
{
	struct buf b;
	size_t n;

	buf_init(&b, TEXT_MAX);
	while (s < end) {
		const char *semi = memchr(s, ';', (size_t)(end - s));

		if (*s != '&' || semi == NULL) {
			buf_char(&b, *s++);
			continue;
		}
		if (s[1] == '#') {
			uint32_t c = (uint32_t)strtoul(s + 3, NULL, 16);

			if (s[2] != 'x')
				c = (uint32_t)strtoul(s + 2, NULL, 10);
			if (c >= 0x2400 && c <= 0x241f)
				c -= 0x2400;
			utf8_write(&b, c);
		} else {
			buf_char(&b, s[1] == 'l' ? '<' : s[1] == 'g' ? '>' :
			    s[1] == 'q' ? '"' : s[1] == 'a' && s[2] == 'm' ?
			    '&' : '\'');
		}
		s = semi + 1;
	}
	n = b.len;
	memcpy(to, n > 0 ? b.p : "", n);
	buf_free(&b);
	return n;
}

static bool
is_path(const char *address, size_t len)
{
	static char wire[TEXT_MAX];
	struct span in = { wire, len + 2 };
	struct path p;

	wire[0] = '<';
	memcpy(wire + 1, address, len);
	wire[len + 1] = '>';
	return path_take(&in, &p) == PATH_OK && in.len == 0 && p.has_domain;
}

/* What RFC 5321 takes, we take; of what is an error we bear the harmless. */
static void
single_addresses(const char *text)
{
	static char address[TEXT_MAX];
	static const char *const borne[] = {
		"CONSECUTIVEDOTS", "DOT_START", "DOT_END", "EXPECTING_ATEXT",
	};
	const char *p = text;
	int good = 0, lost = 0, let_in = 0;

	while ((p = strstr(p, "<address")) != NULL) {
		const char *from = strchr(p, '>') + 1;
		const char *to = p[8] == '/' ? from : strstr(from, "</address>");
		const char *cat = strstr(from, "<category>") + 10;
		const char *diag = strstr(from, "<diagnosis>") + 11;
		size_t n = xml_text(from, to, address);
		bool ours = is_path(address, n);
		bool valid = strncmp(cat, "ISEMAIL_VALID", 13) == 0 ||
		    strncmp(cat, "ISEMAIL_DNSWARN", 15) == 0 ||
		    strncmp(cat, "ISEMAIL_RFC5321", 15) == 0;
		bool error = strncmp(cat, "ISEMAIL_ERR", 11) == 0;
		bool bear = false;

		p = from;
		for (size_t i = 0; i < sizeof borne / sizeof borne[0]; i++)
			bear = bear || strncmp(diag + 12, borne[i],
			    strlen(borne[i])) == 0;
		if (valid && !ours) {
			lost++;
			printf("# refused: %.*s (%.40s)\n", (int)n, address,
			    diag);
		} else if (error && ours && !bear) {
			let_in++;
			printf("# let in: %.*s (%.40s)\n", (int)n, address,
			    diag);
		} else {
			good++;
		}
	}
	printf("# %d judged alike\n", good);
	ok(good >= 100, "addresses are judged as others judge them");
	ok(lost <= 2, "what RFC 5321 takes is taken");
	ok(let_in == 0, "errors are not");
}

int
main(void)
{
	char *lists = load("header-address.json");
	char *single = load("isemail-addresses.xml");

	if (lists == NULL || single == NULL) {
		printf("1..0 # SKIP needs ../shared/corpus\n");
		return 0;
	}
	address_lists(lists);
	single_addresses(single);
	free(lists);
	free(single);
	return tap_done();
}
