/* postern-local with qmail-local's arguments. */
#ifndef LOCAL_HAND_H
#define LOCAL_HAND_H

/* The exit code: 0, 100, 111. */
int by_hand(int argc, char **argv);

#endif
