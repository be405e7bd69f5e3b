/*
 * What only few messages have at a time: recipients being looked up, a copy
 * without its envelope, marks not yet flushed, something to be told.
 */
#ifndef SEND_RARE_H
#define SEND_RARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message;

struct rare {
	struct message *message;
	struct rare *prev, *next;	/* of all of them */
	/* admission: where it goes on, how many answers it waits for */
	size_t at;
	uint32_t index, asked;
	int64_t since_ms;	/* when it began; 0: it is over */
	int64_t late_ms;	/* when it is to be routed again; 0: not */
	int copy_fd;		/* the message alone; -1 */
	int marks_fd;		/* written to, not yet flushed; -1 */
	int64_t marks_ms;	/* since when */
	bool told;		/* what comes of their flush: ASK_REPORTED */
	uint64_t states_at;	/* offset of the states in its file */
	uint32_t unflushed;	/* report entries on their way to the disk */
	uint32_t told_s;	/* first entry that waits to be told; 0 none */
	uint32_t try_again_s;	/* a report could not be sent: not before */
	uint32_t untold;	/* so many times in a row */
	uint64_t report_at;	/* report/ID has been told up to here */
};

#endif
