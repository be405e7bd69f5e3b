/* What POP3 answers alike before and after the login. */
#ifndef POP3D_BOTH_H
#define POP3D_BOTH_H

#include "lib/os/out.h"

/* A command; the session is that of the state whose table it stands in. */
struct session;
struct verb {
	const char *name;
	void (*run)(struct session *s, struct span args);
};

/* The one of count verbs that is called name, in any case; NULL. */
const struct verb *verb_find(const struct verb *verbs, size_t count,
    struct span name);

/* What CAPA tells (RFC 2449) beside what never changes. */
struct capa {
	bool user;			/* USER is of use */
	bool stls;
	const char *sasl;		/* mechanisms, each with a blank before
					 * it; NULL or empty: none */
	uint64_t login_delay;		/* seconds; section 6.5 */
	uint64_t expire_days;		/* UINT64_MAX: never; section 6.6 */
};

void capa_answer(struct out *o, const struct capa *c);

/*
 * LANG (RFC 6856 section 3): one language, English. false: it is another that
 * was asked for, and nothing was answered.
 */
bool lang_answer(struct out *o, struct span args);

#endif
