#!/bin/sh
# RCPT gives the answer that a delivery would find: users, extensions,
# aliases, virtual domains, catch-alls.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-queue postern-start postern-send \
	postern-lspawn postern-local postern-users postern-newu
new_root
me="$(id -u):$(id -g):$ROOT/home/joe"
mkdir "$ROOT/home/joe" "$ROOT/home/joe/Maildir" "$ROOT/control/users"
for d in new tmp cur; do mkdir "$ROOT/home/joe/Maildir/$d"; done
chmod 755 "$ROOT/home/joe" "$ROOT/alias"
cat > "$ROOT/control/users/assign" <<END
=joe:joe:$me:::
+joe-:joe:$me:-::
=ann:joe:$me:::
+alias-:joe:$me:-:alias-:
.
END
postern-newu || exit 1
control rcpthosts test.example virt.example box.example gone.example
control virtualdomains virt.example:joe-virt one@box.example:joe-list \
	gone.example:nobody-here
control defaultdelivery ./Maildir/
for f in list virt-default open-default dots:in:it alias-thing list-one; do
	echo "$ROOT/home/joe/Maildir/" > "$ROOT/home/joe/.qmail-$f"
done
echo "$ROOT/home/joe/Maildir/" > "$ROOT/alias/.qmail-postmaster"
start_postern || skip_all 'postern-start does not run here'
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"
