/* Unsigned decimal numbers, in and out, without locale or wrap-around. */
#ifndef LIB_BASE_NUM_H
#define LIB_BASE_NUM_H

#include <stdint.h>

#include "lib/base/span.h"

enum { NUM_DIGITS = 20 };	/* of the largest uint64_t */

/* n in decimal, in room; the span points into room. */
struct span num_format(uint64_t n, char room[NUM_DIGITS]);

/*
 * All of s as a decimal number of at most max; digits only, at least one.
 * 0; -1 with errno EINVAL (not a number) or ERANGE.
 */
int num_parse(struct span s, uint64_t max, uint64_t *out) MUST_CHECK;

/* Takes the digits at the front of *in. PARSE_BAD: none, or over max. */
enum parse num_take(struct span *in, uint64_t max, uint64_t *out);

#endif
