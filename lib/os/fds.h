/* Closing many descriptors, also where the kernel has no call for that. */
#ifndef LIB_OS_FDS_H
#define LIB_OS_FDS_H

/*
 * Closes the descriptors first to last (~0U: all from first on), those that
 * are open. Makes system calls only: may be used after vfork.
 */
void fds_close(unsigned first, unsigned last);

#endif
