/* Borrowed bytes: never owned, never NUL-ended, may hold anything. */
#ifndef LIB_BASE_SPAN_H
#define LIB_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *p;
	size_t len;
};

/* A span over a string literal. */
#define SPAN(lit) ((struct span){ (lit), sizeof(lit) - 1 })

/* The result matters: an unchecked one is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* What a parser found: a value, not a value, or not yet enough to tell. */
enum parse { PARSE_OK, PARSE_BAD, PARSE_MORE };

/* A span over a NUL-ended string, without the NUL. */
struct span span_str(const char *s);
/* A span from p up to, not including, end. */
struct span span_between(const char *p, const char *end);

bool span_eq(struct span a, struct span b);
/* Equal but for the case of A-Z. */
bool span_case_eq(struct span a, struct span b);
bool span_is(struct span s, const char *str);
bool span_case_is(struct span s, const char *str);
/* In the order of their bytes: < 0 a comes first; 0 equal; > 0. */
int span_compare(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_case_starts(struct span s, struct span prefix);
bool span_case_ends(struct span s, struct span suffix);

/* Index of the first (last) c in s, or s.len when there is none. */
size_t span_find(struct span s, char c);
size_t span_rfind(struct span s, char c);

/* The first n bytes; what follows the first n bytes. n is cut to s.len. */
struct span span_head(struct span s, size_t n);
struct span span_tail(struct span s, size_t n);

/*
 * Takes what stands before the first c off the front of *in and skips the c.
 * Without a c it takes all and *in becomes empty.
 */
struct span span_cut(struct span *in, char c);

/* Without blanks (space, tab, CR, LF) at both ends; at the end only. */
struct span span_trim(struct span s);
struct span span_trim_end(struct span s);

/*
 * Copies s and a NUL into to, which has room for size bytes.
 * 0; -1 with errno EMSGSIZE when it does not fit, EINVAL when s holds a NUL.
 */
int span_to_cstr(struct span s, char *to, size_t size) MUST_CHECK;

/* ASCII only, whatever the locale. */
static inline bool
char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
char char_lower(char c);
bool char_is_alpha(char c);

#endif
