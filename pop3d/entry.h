/*
 * The root parent of a login: hears its questions, asks the auth door or runs
 * the checkpassword chain, and becomes the server. It believes nothing the
 * login says but what the door or the chain confirms.
 */
#ifndef POP3D_ENTRY_H
#define POP3D_ENTRY_H

#include "lib/base/span.h"

struct entry_settings {
	int login;			/* the socket */
	int tls_ctl, tls_read, tls_write;	/* UCSPI-TLS; -1: none */
	const char *service;		/* "pop3" */
	const char *peer;		/* the client's address, or "" */
	struct span vouched;		/* whom the front end vouches for */
	unsigned mechanisms;		/* for CAPA */
	bool plain_ok;			/* passwords may come in the clear */
	bool door;			/* ask it; else run the chain */
	char **program;			/* door: the server; else the chain */
};

/* Serves one login until it ends, or the server runs. The exit code. */
int entry_serve(const struct entry_settings *settings);

#endif
