/*
 * Finds the .qmail file that controls an address, for deliveries and for those
 * who ask whether an address exists: the same answer for both.
 */
#ifndef LIB_OS_DOTFILE_H
#define LIB_OS_DOTFILE_H

#include <sys/stat.h>

#include "lib/mail/dotqmail.h"

enum { DOTFILE_NAME_MAX = 1100 };

struct dotfile {
	int fd;			/* open for reading, or -1 with dotfile_find */
	struct stat st;
	long rest;		/* as of dotqmail_search_next */
	char name[DOTFILE_NAME_MAX + 1];
};

/*
 * Searches the directory fd home. Only regular files count.
 * 1 found, fd is the caller's to close; 0 there is none; -1 with errno:
 * cannot tell now, and name says where.
 */
int dotfile_open(int home, struct span dash, struct span ext,
    struct dotfile *out);
/* The same without opening what was found: needs no right to read it. */
int dotfile_find(int home, struct span dash, struct span ext,
    struct dotfile *out);
/* Is there .qmail DASH EXT SUFFIX? 1; 0; -1 with errno. */
int dotfile_exists(int home, struct span dash, struct span ext,
    const char *suffix);

#endif
