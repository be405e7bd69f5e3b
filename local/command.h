/* Programs named in .qmail files. */
#ifndef LOCAL_COMMAND_H
#define LOCAL_COMMAND_H

#include "local/job.h"

enum command_end { COMMAND_OK, COMMAND_STOP, COMMAND_FAILED };

/*
 * Runs sh -c command on a private copy of the message, with envp, for at most
 * limit_ms; then its process group is ended. What it wrote to its output goes
 * into v's text. COMMAND_STOP: it went well, and no line after it counts.
 * COMMAND_FAILED: the verdict is set.
 */
enum command_end command_run(const struct job *j, struct span command,
    char *const *envp, int64_t limit_ms, struct verdict *v);

#endif
