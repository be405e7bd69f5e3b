/* "postern user": accounts, by one command. */
#ifndef AUTH_USER_H
#define AUTH_USER_H

/* argv[0] is "user"; the exit code. Dies of trouble (111) and misuse (100). */
int user_main(int argc, char **argv);

/* A password from the terminal (twice, unseen) or the first line of input. */
struct buf;
void password_read(struct buf *to, const char *address);

#endif
