/* sendmail -bv: would the system deliver to an address? */
#ifndef QUEUE_VERIFY_H
#define QUEUE_VERIFY_H

#include "lib/os/out.h"

enum verify_answer {
	VERIFY_YES,		/* also for every address that is not local */
	VERIFY_NO,
	VERIFY_LATER,		/* cannot be told now */
	VERIFY_TROUBLE		/* errno: EACCES when the caller may not ask */
};

/*
 * Asks the users door about all addresses (NUL-ended, completed) and tells
 * out, a line for each. The worst answer.
 */
enum verify_answer verify(struct span addresses, struct out *out);

#endif
