# postern - every program, its objects, and how they are put together.
# Settings come from conf-files; nothing here needs editing.
# Works with GNU make and BSD make. See INSTALL.

CC != head -n 1 conf-files/cc
CFLAGS != head -n 1 conf-files/cflags
LDFLAGS != head -n 1 conf-files/ldflags
# Which compilers, and which flags they know: HARDEN, HARDENLD, CCSTATIC,
# HARDENST, LDSTATIC, CONFINE.
FLAGS != sh tools/flags "$(CC)"
include ./flags.mk
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2
BASE = -std=c11 -D_GNU_SOURCE -I.

.SUFFIXES:
.SUFFIXES: .c .o .st

default: all

# What is started once: dynamic.  .st: what is started per message or
# per connection: static, with musl where there is musl-gcc.
.c.o:
	@echo "  CC $@"
	@$(CC) $(BASE) $(WARN) $(HARDEN) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<
.c.st:
	@echo "  CC $@"
	@$(CCSTATIC) $(BASE) $(WARN) $(HARDENST) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<

LINK = @echo "  LINK $@"; $(CC) $(HARDENLD) $(LDFLAGS) -o $@
LINKST = @echo "  LINK $@"; $(CCSTATIC) $(LDSTATIC) $(LDFLAGS) -o $@

# ---- lib: what every program shares -------------------------------------
LIB_BASE = lib/base/buf.o lib/base/checksum.o lib/base/heap.o \
	lib/base/netstring.o lib/base/num.o lib/base/pool.o \
	lib/base/span.o lib/base/table.o
LIB_MAIL = lib/mail/address.o lib/mail/complete.o lib/mail/date.o lib/mail/dsn.o \
	lib/mail/encode.o lib/mail/header.o lib/mail/path.o lib/mail/rewrite.o \
	lib/mail/utf8.o lib/mail/verp.o
MAIL_UNITS = tests/unit/address tests/unit/date tests/unit/dsn \
	tests/unit/encode tests/unit/header tests/unit/mailvectors \
	tests/unit/path tests/unit/rewrite \
	tests/unit/verp
LIB_OS = $(CONFINE) lib/os/accept.o lib/os/authdoor.o lib/os/become.o \
	lib/os/child.o lib/os/control.o lib/os/deadline.o lib/os/die.o \
	lib/os/fdpass.o lib/os/fds.o lib/os/in.o lib/os/order.o \
	lib/os/out.o lib/os/paths.o lib/os/poller.o lib/os/replace.o lib/os/spawner.o
LIB_NET = lib/net/connect.o lib/net/dns.o lib/net/dnsmsg.o \
	lib/net/idn.o lib/net/ip.o
LIB_MAILDIR = lib/maildir/blocks.o lib/maildir/quota.o lib/maildir/quotafile.o \
	lib/maildir/deliver.o lib/maildir/import.o lib/maildir/index.o \
	lib/maildir/list.o lib/maildir/measure.o lib/maildir/names.o
LIB_DELIVERY = lib/base/cdb.o lib/mail/dotqmail.o lib/os/dotfile.o \
	lib/net/own.o lib/os/caps.o lib/os/dotlock.o lib/os/rename.o \
	lib/os/rewriting.o
# What other programs use of queue/: its public headers.
LIB_QUEUE = queue/envelope.o queue/format.o queue/injector.o \
	queue/launcher.o queue/program.o queue/store.o queue/verdict.o
LIB_WIRE = lib/wire/auth.o lib/wire/packet.o
LIB_SASL = lib/sasl/sasl.o lib/sasl/scram.o lib/sasl/sha256.o
LIB = $(LIB_BASE) $(LIB_MAIL) $(LIB_OS) $(LIB_NET) $(LIB_MAILDIR) $(LIB_WIRE) \
	$(LIB_SASL) $(LIB_DELIVERY) $(LIB_QUEUE)
LIBST = $(LIB:.o=.st)

# ---- the programs --------------------------------------------------------
# A section for each directory: DIR_PROGRAMS (what to build), DIR_PARTS (its
# objects without the mains, for the unit tests), the objects of each program,
# and a rule that links it: $(LINK) for dynamic, $(LINKST) for static ones:
#
#   postern_x = x/postern-x.st x/part.st
#   x/postern-x: $(postern_x) lib-st.a
#	$(LINKST) $(postern_x) lib-st.a

# queue/: postern-queue, postern-inject, sendmail
QUEUE_PROGRAMS = queue/postern-queue
queue_parts = queue/arrival.st queue/caller.st queue/chunks.st \
	queue/listener.st queue/once.st queue/relay.st queue/session.st \
	queue/spool.st
QUEUE_PARTS = $(queue_parts:.st=.o)

postern_queue = queue/postern-queue.st $(queue_parts)
queue/postern-queue: $(postern_queue) lib-st.a
	$(LINKST) $(postern_queue) lib-st.a
QUEUE_UNITS = tests/unit/arrival tests/unit/checksum tests/unit/netstring \
	tests/unit/queuefile tests/unit/verdict tests/unit/injector \
	tests/unit/store

# submitting: postern-inject, sendmail (in queue/)
SUBMIT_PROGRAMS = queue/postern-inject queue/postern-sendmail
submit_parts = queue/author.st queue/compose.st queue/reader.st queue/submit.st
sendmail_parts = queue/frontend.st queue/mailq.st queue/note.st queue/verify.st
SUBMIT_PARTS = $(submit_parts:.st=.o) $(sendmail_parts:.st=.o)
SUBMIT_UNITS = tests/unit/reader
postern_inject = queue/postern-inject.st $(submit_parts)
queue/postern-inject: $(postern_inject) lib-st.a
	$(LINKST) $(postern_inject) lib-st.a
postern_sendmail = queue/postern-sendmail.st $(submit_parts) $(sendmail_parts)
queue/postern-sendmail: $(postern_sendmail) lib-st.a
	$(LINKST) $(postern_sendmail) lib-st.a

# send/: postern-start, postern-send
SEND_PROGRAMS = send/postern-ctl send/postern-send send/postern-start
postern_send_parts = send/admit.st send/arrive.st send/book.st \
	send/bounce.st send/control.st send/copy.st send/deliver.st \
	send/entry.st send/flusher.st send/helper.st send/log.st \
	send/marks.st send/message.st send/note.st send/owners.st \
	send/qfile.st send/refuse.st send/report.st send/ring.st \
	send/route.st send/schedule.st send/settle.st send/tell.st \
	send/transaction.st send/worker.st send/workforce.st
SEND_PARTS = send/bounce.o send/entry.o send/log.o send/marks.o \
	send/message.o send/note.o send/owners.o send/ring.o \
	send/route.o send/schedule.o send/workforce.o
SEND_UNITS = tests/unit/bounce tests/unit/heap tests/unit/marks \
	tests/unit/note tests/unit/owners tests/unit/schedule \
	tests/unit/sendlog tests/unit/sendroute
postern_send = send/postern-send.st $(postern_send_parts)
send/postern-send: $(postern_send) lib-st.a
	$(LINKST) $(postern_send) lib-st.a
postern_ctl = send/postern-ctl.st
send/postern-ctl: $(postern_ctl) lib-st.a
	$(LINKST) $(postern_ctl) lib-st.a
postern_start = send/postern-start.o
send/postern-start: $(postern_start) lib.a
	$(LINK) $(postern_start) lib.a

# local/: postern-lspawn, postern-local, mbox helper
LOCAL_PROGRAMS = local/postern-local local/postern-lspawn \
	local/postern-mboxlock
local_parts = local/batch.st local/command.st local/copy.st local/deliver.st \
	local/forward.st local/hand.st local/job.st local/lines.st \
	local/mbox.st local/mboxlock.st local/newsender.st local/owner.st \
	local/recipe.st local/store.st local/surroundings.st \
	local/transact.st local/verdict.st local/worker.st
LOCAL_PARTS = $(local_parts:.st=.o)
LOCAL_UNITS = tests/unit/dotqmail tests/unit/cdb tests/unit/maildir-names

postern_local = local/postern-local.st $(local_parts)
local/postern-local: $(postern_local) lib-st.a
	$(LINKST) $(postern_local) lib-st.a
postern_lspawn = local/postern-lspawn.st
local/postern-lspawn: $(postern_lspawn) lib-st.a
	$(LINKST) $(postern_lspawn) lib-st.a
postern_mboxlock = local/postern-mboxlock.st
local/postern-mboxlock: $(postern_mboxlock) lib-st.a
	$(LINKST) $(postern_mboxlock) lib-st.a

# for .qmail files and scripts (in local/)
TOOL_PROGRAMS = local/postern-bouncesaying local/postern-condredirect \
	local/postern-except local/postern-forward \
	local/postern-maildirmake local/postern-mailsubj \
	local/postern-preline local/postern-qreceipt
TOOL_PARTS = local/tool.o
$(TOOL_PROGRAMS): local/tool.st lib-st.a
local/postern-bouncesaying: local/postern-bouncesaying.st
	$(LINKST) local/postern-bouncesaying.st local/tool.st lib-st.a
local/postern-condredirect: local/postern-condredirect.st
	$(LINKST) local/postern-condredirect.st local/tool.st lib-st.a
local/postern-except: local/postern-except.st
	$(LINKST) local/postern-except.st local/tool.st lib-st.a
local/postern-forward: local/postern-forward.st
	$(LINKST) local/postern-forward.st local/tool.st lib-st.a
local/postern-maildirmake: local/postern-maildirmake.st
	$(LINKST) local/postern-maildirmake.st local/tool.st lib-st.a
local/postern-mailsubj: local/postern-mailsubj.st
	$(LINKST) local/postern-mailsubj.st local/tool.st lib-st.a
local/postern-preline: local/postern-preline.st
	$(LINKST) local/postern-preline.st local/tool.st lib-st.a
local/postern-qreceipt: local/postern-qreceipt.st
	$(LINKST) local/postern-qreceipt.st local/tool.st lib-st.a

# auth/ as far as addresses go: postern-users, postern-newu
USERS_PROGRAMS = auth/postern-users auth/postern-newu
users_parts = auth/answer.o auth/ask.o auth/assign.o auth/database.o \
	auth/door.o auth/exists.o auth/lookup.o auth/passwd.o auth/query.o \
	auth/rules.o auth/whose.o
USERS_PARTS = $(users_parts)
USERS_UNITS = tests/unit/assign

postern_users = auth/postern-users.o $(users_parts)
auth/postern-users: $(postern_users) lib.a
	$(LINK) $(postern_users) lib.a
postern_newu = auth/postern-newu.o auth/assign.o
auth/postern-newu: $(postern_newu) lib.a
	$(LINK) $(postern_newu) lib.a

# remote/: postern-rspawn, postern-remote
REMOTE_PROGRAMS = remote/postern-remote remote/postern-rspawn
remote_parts = remote/body.st remote/byhand.st remote/client.st \
	remote/command.st remote/data.st remote/demands.st remote/mx.st \
	remote/peer.st remote/reply.st remote/route.st remote/settings.st \
	remote/transact.st remote/why.st remote/worker.st remote/wrapped.st
REMOTE_PARTS = $(remote_parts:.st=.o)
REMOTE_UNITS = tests/unit/ip tests/unit/idn tests/unit/dnsmsg \
	tests/unit/remote-client tests/unit/remote-data tests/unit/remote-mx \
	tests/unit/remote-reply

postern_remote = remote/postern-remote.st $(remote_parts)
remote/postern-remote: $(postern_remote) lib-st.a
	$(LINKST) $(postern_remote) lib-st.a
postern_rspawn = remote/postern-rspawn.st
remote/postern-rspawn: $(postern_rspawn) lib-st.a
	$(LINKST) $(postern_rspawn) lib-st.a

# smtpd/: postern-smtpd, postern-newmrh
SMTPD_PROGRAMS = smtpd/postern-newmrh smtpd/postern-smtpd
smtpd_parts = smtpd/data.st smtpd/exists.st smtpd/lmtp.st smtpd/mail.st \
	smtpd/message.st smtpd/outlet.st smtpd/params.st \
	smtpd/peer.st smtpd/policy.st smtpd/rcpt.st smtpd/received.st \
	smtpd/session.st smtpd/settings.st smtpd/verbs.st
SMTPD_PARTS = $(smtpd_parts:.st=.o)
SMTPD_UNITS = tests/unit/smtpd-data tests/unit/smtpd-params

postern_smtpd = smtpd/postern-smtpd.st $(smtpd_parts)
smtpd/postern-smtpd: $(postern_smtpd) lib-st.a
	$(LINKST) $(postern_smtpd) lib-st.a
postern_newmrh = smtpd/postern-newmrh.st
smtpd/postern-newmrh: $(postern_newmrh) lib-st.a
	$(LINKST) $(postern_newmrh) lib-st.a

# auth/: postern-users, postern-newu, postern-auth, postern-checkpw
AUTH_PROGRAMS = auth/postern auth/postern-auth auth/postern-checkpw
auth_parts = auth/account.o auth/failure.o auth/gate.o auth/hash.o \
	auth/limits.o auth/people.o auth/verify.o auth/worker.o
user_parts = auth/ask-password.o auth/assign.o auth/bulk.o auth/hash.o \
	auth/import.o \
	auth/linefile.o auth/mailbox.o auth/people.o auth/registry.o \
	auth/user.o
AUTH_PARTS = $(auth_parts) auth/import.o auth/linefile.o
AUTH_UNITS = tests/unit/sha256 tests/unit/sasl tests/unit/people \
	tests/unit/limits

postern_auth = auth/postern-auth.o $(auth_parts)
auth/postern-auth: $(postern_auth) lib.a
	$(LINK) $(postern_auth) lib.a -lcrypt
postern_command = auth/postern.o $(user_parts)
auth/postern: $(postern_command) lib.a
	$(LINK) $(postern_command) lib.a -lcrypt
postern_checkpw = auth/postern-checkpw.o $(auth_parts)
auth/postern-checkpw: $(postern_checkpw) lib.a
	$(LINK) $(postern_checkpw) lib.a -lcrypt

# pop3d/: postern-pop3-login, postern-pop3d
POP3D_PROGRAMS = pop3d/postern-pop3d pop3d/postern-pop3-login
pop3d_parts = pop3d/both.o pop3d/lock.o pop3d/maildrop.o pop3d/session.o \
	pop3d/surrogate.o pop3d/transfer.o
login_parts = pop3d/both.o pop3d/entry.o pop3d/login.o
POP3D_PARTS = $(pop3d_parts) pop3d/entry.o pop3d/login.o
POP3D_UNITS = tests/unit/maildir_index tests/unit/maildir_list \
	tests/unit/maildir_deliver tests/unit/maildir_many \
	tests/unit/maildrop tests/unit/quota \
	tests/unit/pop3_transfer \
	tests/unit/pop3_surrogate

postern_pop3d = pop3d/postern-pop3d.st $(pop3d_parts:.o=.st)
pop3d/postern-pop3d: $(postern_pop3d) lib-st.a
	$(LINKST) $(postern_pop3d) lib-st.a
postern_pop3_login = pop3d/postern-pop3-login.st $(login_parts:.o=.st)
pop3d/postern-pop3-login: $(postern_pop3_login) lib-st.a
	$(LINKST) $(postern_pop3_login) lib-st.a


# service/: scripts that keep it running
SERVICE_PROGRAMS = service/postern-listen service/postern-run
service/postern-listen: service/postern-listen.sh tools/fill conf.h
	@sh tools/fill service/postern-listen.sh > $@.new && chmod +x $@.new && mv $@.new $@
service/postern-run: service/postern-run.sh tools/fill conf.h
	@sh tools/fill service/postern-run.sh > $@.new && chmod +x $@.new && mv $@.new $@

PROGRAMS = $(QUEUE_PROGRAMS) $(SUBMIT_PROGRAMS) $(TOOL_PROGRAMS) $(USERS_PROGRAMS) $(SEND_PROGRAMS) \
	$(LOCAL_PROGRAMS) $(REMOTE_PROGRAMS) $(SMTPD_PROGRAMS) \
	$(AUTH_PROGRAMS) $(POP3D_PROGRAMS) $(SERVICE_PROGRAMS)
PARTS = $(QUEUE_PARTS) $(SUBMIT_PARTS) $(TOOL_PARTS) $(USERS_PARTS) $(SEND_PARTS) \
	$(LOCAL_PARTS) $(REMOTE_PARTS) $(SMTPD_PARTS) \
	$(AUTH_PARTS) $(POP3D_PARTS)
LIB_UNITS = $(MAIL_UNITS) tests/unit/span tests/unit/buf tests/unit/packet \
	tests/unit/spawner tests/unit/confine tests/unit/child tests/unit/fds \
	tests/unit/fdpass tests/unit/dotlock
UNITS = $(LIB_UNITS) $(QUEUE_UNITS) $(SUBMIT_UNITS) $(USERS_UNITS) $(SEND_UNITS) \
	$(LOCAL_UNITS) $(REMOTE_UNITS) $(SMTPD_UNITS) \
	$(AUTH_UNITS) $(POP3D_UNITS)

all: $(PROGRAMS)

lib.a: $(LIB)
	@rm -f $@ && ar qc $@ $(LIB)
lib-st.a: $(LIBST)
	@rm -f $@ && ar qc $@ $(LIBST)
parts.a: $(PARTS)
	@rm -f $@ && ar qc $@ $(PARTS)

conf.h: tools/conf-h conf-files/alias conf-files/bin conf-files/break \
	conf-files/control conf-files/group-mail conf-files/man \
	conf-files/patrn conf-files/queue conf-files/rootless conf-files/spawn \
	conf-files/user-alias conf-files/user-virtual conf-files/users \
	conf-files/virtual
	sh tools/conf-h > conf.h.new && mv conf.h.new conf.h

$(UNITS): lib.a parts.a tests/tap.h tests/maildir.h
	@echo "  LINK $@"
	@$(CC) $(BASE) $(WARN) $(HARDEN) $(CFLAGS) $(CPPFLAGS) $(HARDENLD) \
	    $(LDFLAGS) -o $@ $@.c parts.a lib.a -lcrypt

units: $(UNITS)

# For the scripts in tools/ and tests/.
programs:
	@echo $(PROGRAMS)

test: all units
	sh tests/run

# The system: what goes where is listed by tools/manifest.
install: all
	@sh tools/install "$(DESTDIR)" $(PROGRAMS)
uninstall:
	@sh tools/uninstall "$(DESTDIR)" $(PROGRAMS)
# A first configuration, where there is none.
config:
	@sh tools/config

clean:
	rm -f $(PROGRAMS) $(UNITS) lib.a lib-st.a parts.a conf.h depend.mk flags.mk
	find lib smtpd queue send local remote auth pop3d tests \( \
	    -name '*.o' -o -name '*.st' \) -exec rm -f {} +

.PHONY: all clean config install programs test uninstall units

# Made afresh each time from the #include lines: never stale.
DEPEND != sh tools/depend > depend.mk && echo made
include ./depend.mk
