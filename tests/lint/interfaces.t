# What the programs take and what their pages tell is the same: options, control
# files, variables of the environment; in both directions.
. "${0%/*}/../lib.sh"
cd "$TOP"

# ---- options ----

# The letters of a program's options: given to getopt or getopts, in a table of
# commands or of options, or compared with.
taken() { # source...
	cat -- "$@" | tr '\n' ' ' | grep -oE \
	    -e 'getopt\(argc, argv, "[^"]*"' \
	    -e '\{ "[a-z-]+", "[A-Za-z:]*", [0-9]' \
	    -e "\\{ '[A-Za-z]', (NONE|VALUE|ATTACHED)" \
	    -e "\*p [!=]= '[A-Za-z]'" \
	    -e 'argv(\[1\])?, "-[a-zA-Z]"' \
	    -e 'getopts [a-z:]+ ' |
	    sed -E 's/^getopts //; s/.*(argv, |", )"([^"]*)".*/\2/
		s/.*"-(.)"$/\1/; '"s/.*'(.)'.*/\\1/" |
	    letters
}

# Those behind Fl macros, of the SYNOPSIS or of all. Values are attached to some
# of sendmail's, of which the first letter counts.
told() { # page of-what
	awk -v first="$(expr "$1" : '.*sendmail')" -v of_what="$2" '
	/^\.Sh/ { here = of_what == "all" || $2 == of_what }
	here && /^\.[A-Z]/ {
		sub(/^\./, "")
		flags = 0
		for (i = 1; i <= NF; i++) {
			if ($i == "Fl")
				flags = 1
			else if ($i ~ /^[A-Z][a-z]$/)
				flags = 0
			else if (flags && $i ~ /^[A-Za-z]+$/)
				print first ? substr($i, 1, 1) : $i
		}
	}' "$1" | letters
}
letters() { grep -o '[A-Za-z]' | LC_ALL=C sort -u | tr -d '\n'; }
without() { # letters others: those that are not among the others
	echo "$1" | tr -d "$2."
}

for program in $(${MAKE:-make} -s programs); do
	case $program in
	auth/postern) sources='auth/user.c' ;;
	queue/postern-sendmail) sources='queue/frontend.c' ;;
	local/postern-local) sources='local/postern-local.c local/hand.c' ;;
	service/*) sources=$program.sh ;;
	*) sources=$program.c ;;
	esac
	page=$(ls "$program".[18])
	# shellcheck disable=SC2086
	takes=$(taken $sources)
	is "$(without "$takes" "$(told "$page" all)")" '' \
	    "${program##*/}: options in its page${takes:+: $takes}"
	is "$(without "$(told "$page" SYNOPSIS)" "$takes")" '' \
	    '  and the other way'
done

# ---- control files ----

# The other direction is in pages.t. postern-listen puts the service's name to
# the beginning or the end.
in_programs() { # name
	grep -qE -e "[\"/ ]$1([\" ]|\$)" -- */*.c lib/*/*.c service/*.sh
}
for name in $(sed -n 's/^\.It Pa \([^/]*\)$/\1/p' lib/postern-control.5); do
	case $name in
	smtp* | pop3*) pattern="\\\$(service|\{service\})${name#????}" ;;
	tcp.*) pattern='tcp\.\$service' ;;
	*) pattern=$name ;;
	esac
	ok "control/$name is read" eval \
	    'in_programs "$name" || in_programs "$pattern"'
done

# ---- the environment ----

read_by_programs() {
	cat -- [!b]*/*.c lib/*/*.c | grep -oE 'getenv\("[A-Z0-9_]+"' |
	    grep -oE '[A-Z0-9_]{3,}' | sort -u
}
for name in $(read_by_programs); do
	case $name in
	POSTERN_DNS | POSTERN_SMTP_PORT) continue ;; # for tests, without root
	esac
	ok "$name is in a page" eval \
	    'cat -- */*.[1-9] | grep -qE "^\.It Ev (.* )?$name( |\$)"'
done
for name in $(cat -- */*.[1-9] | sed -n 's/^\.It Ev //p' | tr -d ' ' |
    tr ',' '\n' | sort -u); do
	ok "$name is read or set" grep -qE -e "\"$name[\"=]" -e "\$name\\>" \
	    -e "\\<$name=" -- */*.c lib/*/*.c service/*.sh service/*/*
done
done_testing
