/* The users door: its clients, their questions, and the answers. */
#ifndef AUTH_DOOR_H
#define AUTH_DOOR_H

#include "auth/owner.h"
#include "lib/os/poller.h"

struct door;

/*
 * listener: the listening socket, or -1; lspawn: where workers are asked for,
 * or -1; client: one that is connected already, or -1; lifeline: end of file
 * there means that it is time to go, or -1. NULL with errno.
 */
struct door *door_new(int listener, int lspawn, int client, int lifeline);
/* Serves until the lifeline ends. 0; -1 with errno. */
int door_serve(struct door *d);

#endif
