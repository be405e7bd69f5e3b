/* qmail-remote's interface: arguments, the message on fd 0, records out. */
#ifndef REMOTE_BYHAND_H
#define REMOTE_BYHAND_H

/* argv: host, sender, recipients. The exit code: always 0. */
int byhand(int argc, char **argv);

#endif
