# What the style page asks of every source file and can be told by a machine.
. "${0%/*}/../lib.sh"
cd "$TOP"
files() {
	find lib smtpd queue send local remote auth pop3d -name '*.[ch]' | sort
}
is "$(files | xargs grep -nE '\<(TODO|FIXME|XXX)\>|[Nn]ot implemented')" "" \
    "no unfinished work"
is "$(files | xargs wc -l | awk '$2 != "total" && $1 > 700')" "" \
    "no file of more than 700 lines"
is "$(files | xargs grep -nE '[[:space:]]+$')" "" "no blanks at line ends"
is "$(files | xargs grep -nE '(^|[^a-z_])(system|popen|strcat|sprintf|gets)\(')" "" \
    "no call that asks for trouble"
# departments include lib and the public headers of queue/ only
is "$(for d in smtpd send local remote auth pop3d queue; do
	grep -nE '^#include "' $d/*.[ch] |
	    grep -vE "\"($d|lib)/|\"conf.h\"|\"queue/(format|injector|launcher|store)\.h\""
done)" "" "no program includes another's headers"
is "$(grep -nE '^#include "' lib/mail/*.[ch] lib/wire/*.[ch] |
    grep -vE '"lib/(mail|wire|base|net/(ip|idn))')" "" "pure parts include pure parts"
done_testing
