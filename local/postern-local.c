/*
 * postern-local - deliver mail as the recipient
 *
 * runs as    the recipient; postern-lspawn has become that user already
 * hears      send, over descriptor 0, and messages, which it only copies
 * reads      the recipient's .qmail files; control/defaultdelivery
 * starts     programs named in .qmail files, postern-queue for forwards
 * never      sees an envelope, or a message that is not for this user
 * exits      as a worker 0, or 111; by hand 0 delivered, 100 failed for good,
 *            111 failed for now
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "lib/os/die.h"
#include "local/hand.h"
#include "local/worker.h"

static int
be_worker(const char *user, const char *home)
{
	struct verdict v;
	struct owner o;

	(void)prctl(PR_SET_DUMPABLE, 0);
	verdict_init(&v);
	if (owner_take_place(&o, user, home, &v) == -1) {
		worker_unready(0, &v);
		return 111;
	}
	return worker_run(&o, 0);
}

int
main(int argc, char **argv)
{
	die_name("postern-local");
	umask(077);
	signal(SIGPIPE, SIG_IGN);	/* an injector that dies is an answer */
	if (argc == 4 && strcmp(argv[1], "-w") == 0)
		return be_worker(argv[2], argv[3]);
	return by_hand(argc, argv);
}
