# Every program has a manual page without a fault; every control file that is
# read is in postern-control(5).
. "${0%/*}/../lib.sh"
need mandoc
cd "$TOP"
for program in $(${MAKE:-make} -s programs); do
	name=${program##*/}
	page=$(ls "${program%/*}/$name".[1-9] 2> /dev/null)
	isnt "$page" "" "$name has a page"
done
for page in */*.[1-9]; do
	is "$(mandoc -T lint -W warning "$page" 2>&1)" "" "$page is clean"
	# what belongs to a program's page
	case $page in
	*.5) continue ;;
	esac
	like "$(grep '^\.Sh' "$page")" 'EXIT STATUS' "$page tells exit codes"
done
for page in $(cat -- */*.[1-9] |
    sed -n 's/^\.Xr \(postern[a-z0-9-]*\) \([0-9]\).*/\1.\2/p' | sort -u); do
	isnt "$(ls */"$page" 2> /dev/null)" '' "$page, which others name, is there"
done

names() {
	cat -- */*.c lib/*/*.c | tr '\n' ' ' |
	    grep -oE '(control_[a-z]+|load_[a-z]+|setting|line_or_me) ?\([^;{]*"[a-z0-9]+"' |
	    grep -oE '"[a-z0-9]+"$' | tr -d '"' | sort -u
}
for name in $(names); do
	case $name in
	assign) name=users/assign ;;
	scram | courierpop3dsizelist) continue ;; # a value; a Maildir's file
	esac
	ok "postern-control.5 has $name" \
	    grep -qx "\.It Pa $name" lib/postern-control.5
done
done_testing
