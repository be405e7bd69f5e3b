/* One message for one recipient, whatever its recipe says, from first to last. */
#ifndef LOCAL_DELIVER_H
#define LOCAL_DELIVER_H

#include "local/recipe.h"

/* Follows the recipe; the verdict is always set. */
void deliver(const struct job *j, const struct recipe *r, struct verdict *v);

#endif
