/*
 * The loop of postern-auth: clients on one side, workers on the other, limits
 * and delays between them. Every failure takes the same time, whatever was
 * wrong: its answer waits for the next multiple of the delay.
 */
#ifndef AUTH_GATE_H
#define AUTH_GATE_H

#include "auth/account.h"
#include "auth/limits.h"

enum {
	GATE_CLIENTS_MAX = 800,
	GATE_WORKERS_MAX = 64,
	GATE_WORK_MAX_MS = 30000,	/* a worker that takes longer is killed */
	GATE_IDLE_MS = 30000,	/* a client that asks nothing is hung up on */
};

struct gate_settings {
	int64_t delay_ms;
	unsigned workers;		/* at a time */
	struct limits *limits;
	struct span dummy;		/* a hash, as of verify_password */
	struct span secret;		/* for the salts of strangers */
	int control;			/* the control directory */
};

/*
 * Serves listener until lifeline (-1: none) ends. reload, when not NULL, is
 * asked each turn whether to change the settings. 0; -1 with errno.
 */
int gate_serve(int listener, int lifeline, struct gate_settings *settings,
    void (*reload)(struct gate_settings *settings));

#endif
