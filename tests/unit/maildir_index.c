/* The index of a Maildir: what is written is read, and damage is noticed. */
#include "lib/maildir/index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/maildir.h"
#include "tests/tap.h"

static bool
fill(struct maildir_index *x, const char *text)
{
	maildir_index_free(x);
	buf_str(&x->text, text);
	return x->text.err == 0;
}

static bool
has(struct maildir_index *x, const char *base, const char *uidl)
{
	const struct maildir_note *n =
	    maildir_index_find(x, span_str(base));

	return n != NULL && span_is(n->uidl, uidl);
}

static void
dovecot(struct maildir_index *x)
{
	fill(x, "3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1\n"
	    "25006 W2345 :1276528487.M364837P9451.host,S=1355,W=1394\n"
	    "25017 Pold.id :1276533073.M242911P3632.host:2,F\n"
	    "bad line\n25018 :\n");
	ok(maildir_import_dovecot(x, MAILDIR_UIDL_FORMAT) == 1,
	    "dovecot-uidlist");
	ok(has(x, "1276528487.M364837P9451.host,S=1355,W=1394",
	    "000061ae4c0907b0"), "UID and UIDVALIDITY in hexadecimal");
	ok(has(x, "1276533073.M242911P3632.host", "old.id"),
	    "the identifier of a server before it");
	ok(x->count == 2, "and no more");
	fill(x, "3 V1 N9\n1 Psame :3.c\n2 :1.b\n2 Psame :1.a\n2 :4.d\n"
	    "2 Psame :2.a\n");
	ok(maildir_import_dovecot(x, MAILDIR_UIDL_FORMAT) == 1 &&
	    has(x, "1.a", "same") && has(x, "2.a", "") && has(x, "3.c", "") &&
	    has(x, "1.b", "0000000200000001") && has(x, "4.d", ""),
	    "no identifier is given twice");
	fill(x, "1 1275660208 25022\n1 a\n");
	ok(maildir_import_dovecot(x, MAILDIR_UIDL_FORMAT) == 0,
	    "another version is not believed");
}

/* In every form that Dovecot may have been told to use. */
static void
forms(struct maildir_index *x)
{
	static const struct { const char *form, *uidl; } good[] = {
		{ "%08Xu%08Xv", "000061ae4c0907b0" },
		{ "%v-%u", "1275660208-25006" },
		{ "%v.%u", "1275660208.25006" },
		{ "%u", "25006" },
		{ "%08Xv%08Xu", "4c0907b0000061ae" },
		{ "UID%u-%v", "UID25006-1275660208" },
		{ "%010u", "0000025006" },
		{ "%Xu", "61ae" },
		{ "%f", "1.a.h,S=5" },
		{ "%%%u", "%25006" },
	};
	static const char *const bad[] = {
		"", "%", "%m", "%g", "%8u", "%08", "%0", "%0f", "%Xf", "%u ",
		"%090u", "a\177b", "%070u%u",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct span form = span_str(good[i].form);

		fill(x, "3 V1275660208 N25022\n25006 W9 :1.a.h,S=5\n");
		ok(maildir_uidl_format_ok(form) &&
		    maildir_import_dovecot(x, form) == 1 &&
		    has(x, "1.a.h,S=5", good[i].uidl), good[i].form);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!maildir_uidl_format_ok(span_str(bad[i])), bad[i]);
	fill(x, "3 V1 N2\n1 :12345678901234567890123456789012345678901234567"
	    "8901234567890123.a.h,S=5\n");
	ok(maildir_import_dovecot(x, SPAN("%f")) == 1 && x->count == 1 &&
	    x->notes[0].uidl.len == 0, "what is too long is no identifier");
}

static void
courier(struct maildir_index *x)
{
	fill(x, "/3 18 1275660208\n"
	    "1276528487.M1P2.host:2,S 1394 17:1275660208:0\n"
	    "1276528488.M1P2.host,S=10 15 3:0:0\n"
	    "1276528489.M1'P2.host,S=9:2,S 15 0:0:0\nx\n \n");
	ok(maildir_import_courier(x) == 1, "courierpop3dsizelist");
	ok(has(x, "1276528487.M1P2.host", "UID17-1275660208"), "with validity");
	ok(has(x, "1276528488.M1P2.host,S=10", "UID3"), "without");
	ok(has(x, "1276528489.M1'P2.host,S=9", "1276528489.M1+27P2.host,S=9"),
	    "number 0 is the name");
	ok(x->count == 3, "and no more");
}

static void
our_own(struct maildir_index *x)
{
	const struct maildir_note notes[] = {
		{ SPAN("b.2.h"), 77, SPAN("") },
		{ SPAN("a.1.h,S=5"), MAILDIR_SIZE_UNKNOWN, SPAN("UID1") },
	};
	char byte;
	int fd;

	ok(box_make(), "a Maildir");
	maildir_index_free(x);
	ok(maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 0 && x->count == 0, "none yet");
	ok(maildir_index_store(box, notes, 2) == 0, "stored");
	ok(maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 1 && x->count == 2, "loaded");
	ok(has(x, "a.1.h,S=5", "UID1") && has(x, "b.2.h", ""), "the notes");
	ok(maildir_index_find(x, SPAN("b.2.h"))->wire_size == 77, "a size");

	fd = openat(box, MAILDIR_INDEX_NAME, O_RDWR | O_CLOEXEC);
	ok(pread(fd, &byte, 1, 20) == 1, "a byte of it");
	byte ^= 1;
	ok(pwrite(fd, &byte, 1, 20) == 1, "is damaged");
	maildir_index_free(x);
	ok(maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 0 && x->count == 0, "and noticed");
	byte ^= 1;
	ok(pwrite(fd, &byte, 1, 20) == 1 && ftruncate(fd, 40) == 0, "cut off");
	ok(maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 0 && x->count == 0, "and noticed");
	close(fd);
}

/* A change of any bit, and an end anywhere, is noticed. */
static void
damage(struct maildir_index *x)
{
	static char text[1000];
	int fd = openat(box, MAILDIR_INDEX_NAME, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);
	int unnoticed = 0;

	close(fd);
	ok(n > 0 && fill(x, text) && maildir_index_parse(x) == 1, "whole");
	for (ssize_t i = 0; i < n * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		maildir_index_free(x);
		buf_add(&x->text, text, (size_t)n);
		unnoticed += maildir_index_parse(x) != 0;
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (ssize_t i = 0; i < n; i++) {
		maildir_index_free(x);
		buf_add(&x->text, text, (size_t)i);
		unnoticed += maildir_index_parse(x) != 0;
	}
	ok(unnoticed == 0, "any damage is noticed");
}

/* Whatever a message is called, the others keep their notes. */
static void
odd_names(struct maildir_index *x)
{
	const struct maildir_note notes[] = {
		{ SPAN("1.a"), 77, SPAN("UID1") }, { SPAN(""), 5, SPAN("") },
		{ SPAN("end 1 0123456789abcdef"), 6, SPAN("") },
		{ SPAN("end"), 7, SPAN("") },
		{ SPAN("postern-index 1"), 8, SPAN("") },
	};
	const size_t n = sizeof notes / sizeof *notes;

	ok(maildir_index_store(box, NULL, 0) == 0 &&
	    maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 1 &&
	    x->count == 0, "no note at all");
	ok(maildir_index_store(box, notes, n) == 0 &&
	    maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 1 &&
	    x->count == n, "notes of odd names");
	for (size_t i = 0; i < n; i++)
		ok(maildir_index_find(x, notes[i].base) != NULL &&
		    maildir_index_find(x, notes[i].base)->wire_size ==
		    notes[i].wire_size, notes[i].base.p);
}

/* A file that is only as long as too much memory. */
static bool
make_huge(const char *name)
{
	int fd = openat(box, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool made = fd != -1 && ftruncate(fd, (off_t)1 << 40) == 0;

	close(fd);
	return made;
}

/* What is in the place of each file is none, and the next one is looked at. */
static void
odd_files(struct maildir_index *x)
{
	static const char *const names[] = { MAILDIR_INDEX_NAME,
	    "dovecot-uidlist", "courierpop3dsizelist" };
	struct rusage u;
	char command[100];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int kind = 0; kind < 7; kind++) {
			unlinkat(box, names[i], 0);
			maildir_index_free(x);
			ok(kind == 0 ? box_socket(names[i]) :
			    kind == 1 ? make_huge(names[i]) :
			    kind == 2 ? box_link(names[i], names[i]) :
			    kind == 3 ? box_link(names[i], "nowhere") :
			    kind == 4 ? box_link(names[i], "a-file/x") :
			    kind == 5 ? mkfifoat(box, names[i], 0600) == 0 :
			    mkdirat(box, names[i], 0700) == 0, names[i]);
			ok(maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) ==
			    0 && x->count == 0, "is none");
		}
	ok(getrusage(RUSAGE_SELF, &u) == 0 && u.ru_maxrss < 400000,
	    "and takes no memory");
	snprintf(command, sizeof command, "rmdir %s %s %s", names[0],
	    names[1], names[2]);
	box_run(command);
}

/* A file of one that died, or what not, has the name that is written to. */
static void
stale_file(struct maildir_index *x)
{
	const struct maildir_note note = { SPAN("1.a"), 77, SPAN("") };
	char name[64];

	snprintf(name, sizeof name, "tmp/%s.%ld", MAILDIR_INDEX_NAME,
	    (long)getpid());
	maildir_index_free(x);
	alarm(60);
	ok(mkfifoat(box, name, 0600) == 0 &&
	    maildir_index_store(box, &note, 1) == 0 &&
	    maildir_index_load(x, box, MAILDIR_UIDL_FORMAT) == 1,
	    "nobody waits for a reader of a FIFO");
}

int
main(void)
{
	struct maildir_index x;

	maildir_index_init(&x);
	dovecot(&x);
	forms(&x);
	courier(&x);
	our_own(&x);
	ok(box_write("a-file", SPAN("")), "a file");
	odd_names(&x);
	damage(&x);
	odd_files(&x);
	stale_file(&x);
	box_remove();
	maildir_index_free(&x);
	return tap_done();
}
