/*
 * The log: qmail's line grammar (postern-log(5)), collected and written once
 * for each turn of the main loop.
 */
#ifndef SEND_LOG_H
#define SEND_LOG_H

#include "send/schedule.h"

enum { LOG_SIZE = 32768, LOG_TEXT_MAX = 10000 };

struct log {
	int fd;
	size_t len;
	char bytes[LOG_SIZE];
};

void log_init(struct log *l, int fd);
/* Writes the lines that have been collected, each in one piece. */
void log_flush(struct log *l);

void log_new(struct log *l, uint64_t id);
void log_info(struct log *l, uint64_t id, uint64_t bytes,
    struct span sender, uint64_t qp, uint64_t uid);
void log_starting(struct log *l, uint64_t delivery, uint64_t id,
    enum kind kind, struct span address);
/* class: K success, D failure, Z deferral, 0 mangled. */
void log_result(struct log *l, uint64_t delivery, char class,
    struct span text);
void log_status(struct log *l, const struct schedule *s);
void log_bounce(struct log *l, uint64_t id, uint64_t qp);
/* The notice of a bounce: 2; of that: 3. */
void log_discarded(struct log *l, unsigned degree, uint64_t id);
void log_end(struct log *l, uint64_t id);
/*
 * Other lines: kind is "alert", "warning" or "status"; detail is added
 * encoded like all that strangers can influence.
 */
void log_say(struct log *l, const char *kind, const char *what,
    struct span detail);
/* The same with a message's number, and errno's text when err is not 0. */
void log_trouble(struct log *l, const char *what, uint64_t id, int err);

#endif
