/*
 * postern-newmrh - compile morercpthosts to morercpthosts.cdb
 *
 * runs as    whoever maintains the control directory
 * reads      <control>/morercpthosts
 * writes     <control>/morercpthosts.cdb: readers see the old or the new one
 * exits      0 done; 100 misused; 111 trouble, nothing changed
 */
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/base/cdb.h"
#include "lib/net/idn.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "lib/os/replace.h"

enum { LIST_MAX = 1 << 28, CDB_MAX = 1 << 30 };

static void
read_domains(int dir, struct buf *domains)
{
	int r;

	buf_init(domains, LIST_MAX);
	r = control_list(dir, "morercpthosts", domains);
	if (r == 0)
		errno = ENOENT;
	if (r != 1 || idn_list(domains, '\0') == -1)
		die(111, "cannot read morercpthosts");
}

/* Keys in lower case and in the form of DNS, without data: being there is all. */
static void
compile(struct buf *domains, struct buf *cdb)
{
	struct span rest = buf_peek(domains);
	struct span domain;
	struct cdb_make make;

	for (size_t i = 0; i < domains->len; i++)
		domains->p[i] = char_lower(domains->p[i]);
	buf_init(cdb, CDB_MAX);
	cdb_make_start(&make, cdb);
	while (control_next(&rest, &domain))
		cdb_make_add(&make, domain, SPAN(""));
	if (cdb_make_finish(&make) == -1)
		die(111, "cannot make morercpthosts.cdb");
}

int
main(int argc, char **argv)
{
	struct buf domains, cdb;
	int dir;

	(void)argv;
	die_name("postern-newmrh");
	if (argc != 1)
		diex(100, "usage: postern-newmrh");
	umask(022);
	dir = control_open();
	if (dir == -1 || flock(dir, LOCK_EX) == -1)	/* one at a time */
		die(111, "cannot lock %s", path_control());
	read_domains(dir, &domains);
	compile(&domains, &cdb);
	if (file_replace(dir, "morercpthosts.cdb", buf_peek(&cdb), 0644) == -1)
		die(111, "cannot write morercpthosts.cdb");
	return 0;
}
