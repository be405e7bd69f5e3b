/* UTF-8 (RFC 3629): shortest forms only, no surrogates, up to U+10FFFF. */
#ifndef LIB_MAIL_UTF8_H
#define LIB_MAIL_UTF8_H

#include <stdint.h>

#include "lib/base/buf.h"

bool utf8_ok(struct span s);
/* No bytes over 127? */
bool ascii_ok(struct span s);
/* Takes one character off the front of *in. PARSE_BAD at the end too. */
enum parse utf8_take(struct span *in, uint32_t *out);
/* Appends c; nothing for what is not a character. */
void utf8_write(struct buf *to, uint32_t c);

#endif
