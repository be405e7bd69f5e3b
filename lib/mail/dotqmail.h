/*
 * The .qmail language, dot-qmail(5): which files control an address, and what
 * their lines say. Pure; lib/os/dotfile does the search in a home directory.
 */
#ifndef LIB_MAIL_DOTQMAIL_H
#define LIB_MAIL_DOTQMAIL_H

#include "lib/base/buf.h"

enum dotqmail_kind {
	DOTQMAIL_BLANK,		/* an error when it is the first line */
	DOTQMAIL_COMMENT,
	DOTQMAIL_PROGRAM,	/* text: the command */
	DOTQMAIL_MAILDIR,	/* text: the directory, slash at the end */
	DOTQMAIL_MBOX,		/* text: the file */
	DOTQMAIL_FORWARD,	/* text: the address */
	DOTQMAIL_LIST,		/* +list: only forwards from here on */
	DOTQMAIL_RESERVED,	/* any other +: ignored */
};

struct dotqmail_line {
	enum dotqmail_kind kind;
	struct span text;	/* in the file, blanks at the end cut */
};

/* Takes the next line off a .qmail file's bytes; false at the end. */
bool dotqmail_next(struct span *rest, struct dotqmail_line *line);

/*
 * The names to look for, the most specific first: .qmail DASH EXT, then
 * .qmail DASH PREFIX default for shorter and shorter prefixes that end in "-".
 * In names, EXT is in lower case and its dots are colons.
 */
struct dotqmail_search {
	struct span dash, ext;
	bool started, over;
	size_t prefix;		/* next prefix to try */
};

enum { DOTQMAIL_NO_DEFAULT = -1 };

void dotqmail_search_start(struct dotqmail_search *s, struct span dash,
    struct span ext);
/*
 * The next name, into name, a buf. *rest is where in ext that part begins for
 * which "default" stands, or DOTQMAIL_NO_DEFAULT. False when there are no more.
 */
bool dotqmail_search_next(struct dotqmail_search *s, struct buf *name,
    long *rest);
/* .qmail DASH EXT SUFFIX, as for the -owner files. */
void dotqmail_name(struct buf *name, struct span dash, struct span ext,
    const char *suffix);

#endif
