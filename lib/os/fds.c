/* close_range(2), or where it is missing or forbidden, one by one. */
#include "lib/os/fds.h"

#include <sys/resource.h>
#include <unistd.h>

#include "lib/os/confine-calls.h"

enum { AT_LEAST = 1024, AT_MOST = 65536 };

/* How many there may be, as far as we care to look. */
static unsigned
table_size(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur < AT_LEAST)
		return AT_LEAST;
	return r.rlim_cur < AT_MOST ? (unsigned)r.rlim_cur : AT_MOST;
}

void
fds_close(unsigned first, unsigned last)
{
	unsigned end;

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	end = table_size();
	for (unsigned fd = first; fd < end && fd <= last; fd++)
		close((int)fd);
}
