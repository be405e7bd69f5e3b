/* Renaming that never replaces. */
#ifndef LIB_OS_RENAME_H
#define LIB_OS_RENAME_H

/*
 * Gives from_dir/from the name to_dir/to if nothing has that name.
 * 0; -1 with errno, EEXIST when something has.
 */
int rename_new(int from_dir, const char *from, int to_dir, const char *to);

#endif
