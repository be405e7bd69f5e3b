/*
 * The queue manager's whole state, and what its files do for each other. One
 * struct send, made by main and passed on; nothing else is remembered.
 *
 *   arrive.c       the trigger, and listing new/ and cur/
 *   admit.c        a file becomes a message, its recipients become jobs
 *   transaction.c  a job becomes transactions: whom they take
 *   deliver.c      a transaction goes to a worker
 *   book.c         results are booked
 *   refuse.c       recipients fail without a worker
 *   worker.c       the spawners and the workers: who carries transactions
 *   settle.c       what becomes of a message when something has ended
 *   marks.c        state bytes
 *   note.c         cur/ID.note, and the move to cur/
 *   copy.c         a message without its envelope
 *   helper.c       the child that flushes and tells senders: asking it
 *   report.c       report/ID: what senders are to be told
 *   control.c      orders of administrators
 */
#ifndef SEND_SEND_H
#define SEND_SEND_H

#include <sys/types.h>

#include "lib/os/accept.h"
#include "lib/os/poller.h"
#include "queue/format.h"
#include "queue/store.h"
#include "send/log.h"
#include "send/message.h"
#include "send/owners.h"
#include "send/qfile.h"
#include "send/rare.h"
#include "send/route.h"
#include "send/schedule.h"

struct send;

/* Something that the poller watches. */
struct source {
	int fd;			/* -1: not in use */
	void (*ready)(struct send *s, struct source *self, unsigned ready);
};

/* Names waiting to be looked at: a queue of IDs. */
struct idlist {
	uint64_t *ids;
	size_t at, count, room;
};

struct listing;

/* A queue of what the helper is asked (helper.c). */
struct asks {
	struct asked *first, *last;
};

struct send {
	struct schedule schedule;
	struct messages messages;
	struct log log;
	struct settings settings;
	struct routes routes;
	struct route_room room;
	struct owners owners;
	struct poller poller;
	struct buf own_ips;

	/* the clock, read once for each turn of the loop */
	int64_t now_ms;
	uint64_t wall_us;
	uint32_t now_s;
	uint32_t began_s;	/* when this send began */

	int new_dir, cur_dir, report_dir, control_dir;
	struct source trigger, door, spawner[KINDS], helper, control, signals;
	struct acceptor acceptor;	/* on control */

	/* the queue file that is open just now */
	struct qfile file;
	struct message *file_of;

	struct buf packet, recipients;	/* under construction */
	uint64_t deliveries, last_tid, last_tag;
	struct table crews;		/* workers asked for, by tag */
	struct crew *all_crews, *discharged;

	struct idlist arrived;		/* from the trigger or new/ */
	struct idlist resumed;		/* to be admitted further */
	struct idlist rerouted;		/* to be routed anew */
	struct listing *listing;
	bool cur_unseen;		/* and cur/, as not all was taken in */
	int64_t gather_ms;		/* arrivals are left alone until then */
	int64_t list_ms;		/* when new/ is to be listed again */
	int64_t sweep_ms;		/* when the slow things are looked at */
	char trigger_rest[QUEUE_ID_LEN + 1];
	size_t trigger_rest_len;

	struct rare *rares;		/* all of them, a list */
	size_t copies;			/* that they hold */
	struct asks asked;		/* of the helper, in order */
	struct asks flushes, tells;	/* to be asked when it has room */
	unsigned telling;		/* notices among those asked */
	struct conn *conns;		/* clients of the control socket */
	int64_t user_retry_ms;		/* when users may have all tried again */
	char **companion_pids;		/* in decimal, of those start started */
	pid_t helper_pid;
	bool term, lost;		/* told to go; a companion has died */
	int64_t lost_ms;		/* since when */
};

/* ---- postern-send.c ---- */

/* Carries out everything that the schedule decides. */
void send_work(struct send *s);
/* Adds id; 0, or -1 with errno ENOMEM. Takes the first one; false: none. */
int idlist_add(struct idlist *l, uint64_t id) MUST_CHECK;
bool idlist_take(struct idlist *l, uint64_t *id);
/* What waits of a message is due now, unless it is held. */
void send_retry(struct send *s, struct message *msg);
/* Everything that waits is due now. */
void send_retry_all(struct send *s);
/* A program that we need has died: drain, then exit 111. */
void send_companion_lost(struct send *s, const char *who);
/* Watches fd from now on. 0; -1 with errno. */
int source_add(struct send *s, struct source *src, int fd,
    void (*ready)(struct send *, struct source *, unsigned)) MUST_CHECK;
void source_remove(struct send *s, struct source *src);

/* ---- arrive.c ---- */

/* Opens the trigger and begins to list new/, then cur/. 0; -1 with errno. */
int arrive_start(struct send *s);
/* Does a slice of what there is to look at. true: there is more. */
bool arrive_slice(struct send *s);
/* Milliseconds until there is something to look at. */
int arrive_wait_ms(const struct send *s);
/*
 * A file that is not ours or not whole: renamed and logged; false: it is still
 * in the way.
 */
bool arrive_set_aside(struct send *s, int dir, const char *name);

/* ---- admit.c ---- */

enum found { FOUND_TRIGGER, FOUND_NEW, FOUND_CUR };
/* The file called id was found: make it a message, if it is not yet. */
void admit_file(struct send *s, uint64_t id, enum found where);
/* Routes (again) the recipients of msg that have no final state. */
void admit_begin(struct send *s, struct message *msg);
/* Goes on with those whose questions have been answered, some of them. */
bool admit_slice(struct send *s);
/* Answers from the users door. */
void admit_door_ready(struct send *s, struct source *self, unsigned ready);
void admit_overdue(struct send *s);
/* Routes changed: everything is routed anew. */
void admit_all_anew(struct send *s);
/* Some of those. true: there are more. */
bool admit_reroute_slice(struct send *s);

/*
 * Where a recipient goes as things are now: TO_ASK when its owner has been
 * asked for; TO_TROUBLE with errno. Owners are looked at as of since_ms
 * (send/owners.h). route points into s->room; *owner is what is known of a
 * local one. Condemned messages go to the destination that refuses.
 */
enum where { TO_REMOTE, TO_OWNER, TO_REFUSAL, TO_ASK, TO_TROUBLE };
enum where admit_where(struct send *s, const struct message *msg,
    struct span address, int64_t since_ms, struct route *route,
    struct owner **owner);
/* Is that d? */
bool admit_is_dest(const struct dest *d, enum where where,
    const struct route *route, const struct owner *owner);
/* Is d the destination that refuses? */
bool admit_refuses(const struct dest *d);

/* ---- transaction.c ---- */

struct item {
	uint64_t delivery;	/* its number in the log */
	uint32_t index, at;	/* in the envelope */
	uint8_t notify;		/* DSN_NOTIFY_* */
	uint8_t state;		/* as it was: QUEUE_DELAY_TOLD perhaps */
	bool answered;
};

struct transaction {
	struct transaction *next;	/* on the same worker */
	struct job *job;
	uint64_t tid;
	uint16_t count, left;
	bool dying;		/* this is the last try */
	struct buf notes;	/* for cur/ID.note */
	struct buf entries;	/* for report/ID, about these: */
	uint32_t *failed, failed_count;
	struct item items[];
};

struct result {
	char class;		/* K, Z, D; 0: mangled */
	struct span code, text, peer, action;
};

/* May recipients of j be taken now? 0: s->file is its message's; -1 no. */
int transaction_open(struct send *s, struct job *j);
/*
 * Takes the next recipients of j's round, max at most, after transaction_open.
 * NULL: there are none, or there is trouble; what comes of it is done, and j
 * may be gone.
 */
struct transaction *transaction_begin(struct send *s, struct job *j,
    uint16_t max);
/* t is on its way: counted, and its job gives way to others. */
void transaction_runs(struct send *s, struct transaction *t);
/*
 * The system's trouble: the round of j waits a little. EPROTO: the file is
 * damaged.
 */
void transaction_trouble(struct send *s, struct job *j, int err);
void transaction_free(struct transaction *t);

/* ---- deliver.c ---- */

/* The first recipients of j that crew can take go to it. */
void deliver_give(struct send *s, struct job *j, struct crew *crew);

/* ---- book.c ---- */

/* A result for one recipient. false: there is no such position. */
bool book_result(struct send *s, struct transaction *t, uint64_t position,
    const struct result *r);
/* All results are in: books them and forgets the transaction. */
void book_end(struct send *s, struct transaction *t);

/* ---- refuse.c ---- */

/*
 * Nobody reaches d, r says why. For good: what waits for it fails, some of it
 * now. For now: what is too old to wait fails, and what senders are to hear of
 * is put off; where that is nothing, the first job is put off.
 */
void refuse_for_good(struct send *s, struct dest *d, const struct result *r);
void refuse_for_now(struct send *s, struct dest *d, const struct result *r);
/* The first recipient of j, of the destination that refuses: for its reason. */
void refuse_first(struct send *s, struct job *j);

/* ---- worker.c ---- */

struct crew {
	struct worker w;	/* first: the schedule's part */
	struct source source;
	uint64_t tag;
	struct transaction *hands;	/* in its hands */
	int64_t deadline_ms;
	struct crew *prev, *next;
};

/* local, remote: the sockets of the spawners. 0; -1 with errno. */
int worker_start(struct send *s, int local, int remote);
void worker_spawn(struct send *s, struct dest *d);
/* It was given a transaction. */
void worker_given(struct send *s, struct crew *crew);
/* An idle one goes. */
void worker_close(struct send *s, struct crew *crew);
/* It hung up or broke the rules. */
void worker_lost(struct send *s, struct crew *crew, const char *why);
/* After the events of a turn: nobody names those who have gone any more. */
void worker_free_discharged(struct send *s);
/* Deadlines, and local workers that are stuck. */
void worker_sweep(struct send *s);
/* HUP: idle ones go now, the others when they have finished. */
void worker_retire_all(struct send *s);

/* ---- settle.c ---- */

/* The directory where msg's file lies, and its name. */
int message_dir(const struct send *s, const struct message *msg);
void message_name(const struct message *msg, char name[QUEUE_ID_LEN + 1]);
/* s->file becomes msg's. 0; -1 when it cannot be read: all is done then. */
int message_open(struct send *s, struct message *msg);
void message_close(struct send *s);
/* Something about msg has ended: what now? msg may be gone afterwards. */
void message_settle(struct send *s, struct message *msg);
/* A round of j is over or not: what now? j may be gone afterwards. */
void message_settle_job(struct send *s, struct job *j);
/*
 * Those who were put off in this round of j are to be given again, before the
 * others. Nothing of it may be running.
 */
void message_begin_round(struct job *j);
/* Out of the queue; if it cannot be unlinked, when that can be done. */
void message_remove(struct send *s, struct message *msg);
/* Its jobs are ready, or wait, as its last try demands. */
void message_resume(struct send *s, struct message *msg);
/* Its jobs end; it is routed again in ms milliseconds. */
void message_late(struct send *s, struct message *msg, int64_t ms);
/* Its file turned out to be damaged: set aside. */
void message_damaged(struct send *s, struct message *msg);
/* What few messages have; made when missing. NULL with errno ENOMEM. */
struct rare *message_rare(struct send *s, struct message *msg);
void message_rare_sweep(struct send *s);

/* ---- note.c ---- */

/* First deferral: into cur/. 0; -1 with errno when it stays in new/. */
int note_move(struct send *s, struct message *msg);
enum { NOTE_DEFERRALS_MAX = 1 << 20, NOTE_ORDERS_MAX = 2 << 20 };
/*
 * Appends text to cur/ID.note, unless that has max bytes. A descriptor, to be
 * flushed; -1 with errno.
 */
int note_append(struct send *s, struct message *msg, struct span text,
    off_t max);
/* Opens cur/ID.note for reading. A descriptor; -1 with errno. */
int note_open(struct send *s, const struct message *msg);
/* What the notes say: when it was last tried, whether it is held. */
void note_recall(struct send *s, struct message *msg);
void note_remove(struct send *s, struct message *msg);

/* ---- marks.c ---- */

/* Writes a state byte; flushed within a second. 0; -1 with errno. */
int mark(struct send *s, struct message *msg, uint32_t index,
    unsigned char state);

/* ---- copy.c ---- */

/*
 * A descriptor of its own on the message of s->file alone, without envelope.
 * -1 with errno.
 */
int copy_open(struct send *s, struct message *msg);
void copy_drop(struct send *s, struct rare *r);

/* ---- helper.c ---- */

enum { HELPER_CUR = 1, HELPER_REPORT = 2 };	/* directories to flush */

enum ask {
	ASK_MARKS,		/* flush: marks were made */
	ASK_MOVED,		/* flush cur/: then unlink it in new/ */
	ASK_REPORT,		/* flush report/ID: then mark the recipients */
	ASK_REPORTED,		/* flush marks: then unlink report/ID */
	ASK_ORDER,		/* flush the note of an order: then answer */
	ASK_TELL,		/* tell the sender what report/ID holds */
};

/* Forks the helper and speaks to it from now on. 0; -1 with errno. */
int helper_start(struct send *s);
/* The life of the child (postern-send.c). */
void flusher_life(struct send *s, int sock);
/*
 * Flushes fd (-1: none), which is closed, and directories of HELPER_*.
 * indexes (malloced, or NULL) come back with the answer. 0; -1 with errno
 * ENOMEM, and then fd and indexes are still the caller's.
 */
int helper_flush(struct send *s, enum ask what, uint64_t id, int fd,
    unsigned dirs, uint32_t *indexes, uint32_t count);
/* Tells the sender; the answer settles the message. 0; -1 with errno. */
int helper_tell(struct send *s, struct message *msg);
/* Has it been asked for anything that it has not answered? */
bool helper_busy(const struct send *s);
/*
 * The marks made so far are flushed; what comes of it. If that cannot be asked
 * for now, mark_sweep does it.
 */
void mark_flush(struct send *s, struct rare *rare, enum ask what);
/* The same when they are half a second old. */
void mark_sweep(struct send *s, struct rare *rare);

/* ---- report.c ---- */

struct flusher_answer;

/*
 * Appends entries to report/ID and has them flushed; then the recipients with
 * those indexes (malloced, taken over) are marked. 0; -1 with errno.
 */
int report_append(struct send *s, struct message *msg,
    const struct buf *entries, uint32_t *indexes, uint32_t count) MUST_CHECK;
/* Entries are on the disk; marks are, so the report can go; it was told. */
void report_flushed(struct send *s, struct message *msg,
    const uint32_t *indexes, uint32_t count);
void report_marked(struct send *s, struct message *msg, int err);
void report_told(struct send *s, struct message *msg,
    const struct flusher_answer *f);

/* ---- control.c ---- */

int control_start(struct send *s, int listener);
/* Before each wait, which must not be longer, unless it is 0: see accept.h. */
int control_rest_ms(struct send *s);
void control_answer_order(struct send *s, uint64_t tag, int err);
/* Those who have given no order for a while go. */
void control_sweep(struct send *s);

#endif
