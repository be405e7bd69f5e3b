/*
 * The command line of sendmail: what its many callers write, as one struct.
 * Pure but for the words of a usage error.
 */
#ifndef QUEUE_FRONTEND_H
#define QUEUE_FRONTEND_H

#include <stdbool.h>

enum { FRONTEND_WHY_MAX = 128 };

enum frontend_mode {
	MODE_DELIVER,		/* -bm, the default */
	MODE_SMTP,		/* -bs */
	MODE_LIST,		/* -bp, mailq */
	MODE_ALIASES,		/* -bi, -I, newaliases */
	MODE_VERIFY,		/* -bv */
	MODE_DAEMON,		/* -bd, -bD, -bl: not how this system starts */
	MODE_FLUSH,		/* -q */
	MODE_NOTHING		/* accepted, with nothing to do */
};

struct frontend {
	enum frontend_mode mode;
	bool header_recipients;	/* -t */
	bool ignore_dots;	/* -i */
	bool verp;		/* -XV */
	bool json;		/* -j */
	const char *sender;	/* -f, -r; NULL: not given */
	const char *name;	/* -F; NULL: not given */
	const char *envid;	/* -V */
	unsigned notify;	/* -N: DSN_NOTIFY_* */
	unsigned flags;		/* QUEUE_*: -B, -R, -O */
	char **recipients;	/* NULL-ended */
	char why[FRONTEND_WHY_MAX];	/* after a failure */
};

/* 0; -1 for a wrong usage, which out->why explains. argv is not copied. */
int frontend_parse(int argc, char **argv, struct frontend *out);

#endif
