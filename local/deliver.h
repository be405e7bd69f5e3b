/* One message for one recipient, whatever its recipe says. */
#ifndef LOCAL_DELIVER_H
#define LOCAL_DELIVER_H

#include "local/recipe.h"

/* Follows the recipe; the verdict is always set. */
void deliver(const struct job *j, const struct recipe *r, struct verdict *v);
/* Writes to descriptor 1 what deliver would do. 0; -1 with the verdict. */
int deliver_describe(const struct recipe *r, struct verdict *v);

#endif
