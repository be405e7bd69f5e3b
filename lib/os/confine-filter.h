/*
 * The system call filter of a profile: classic BPF made from the CONFINE_*
 * bits. Of its own so that tests can look at it; only confine.c uses it.
 */
#ifndef LIB_OS_CONFINE_FILTER_H
#define LIB_OS_CONFINE_FILTER_H

#include <stdint.h>

enum { FILTER_MAX = 256 };	/* jumps are one byte */

struct filter_step {		/* the kernel's struct sock_filter */
	uint16_t code;
	uint8_t jump_true, jump_false;
	uint32_t k;
};

struct filter {
	unsigned short len;
	struct filter_step step[FILTER_MAX];
};

/* 1; 0 for a machine whose calls are not known here; -1 with errno E2BIG. */
int filter_make(struct filter *f, unsigned may);

#endif
