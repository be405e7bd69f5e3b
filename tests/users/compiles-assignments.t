# postern-newu: a correct file replaces users/cdb in one step, a wrong one
# changes nothing and is told by its line.
. "${0%/*}/../lib.sh"
need postern-newu
new_root
U=$ROOT/control/users
status 111 'no users directory' postern-newu 2> /dev/null
mkdir "$U"
status 111 'no users/assign' postern-newu 2> /dev/null
printf '=joe:joe:1:1:/home/joe:::\n.\n' > "$U/assign"
ok 'compiles' postern-newu
is "$(ls "$U")" "assign
cdb" 'nothing else is left'
is "$(stat -c %a "$U/cdb")" 644 'mode'
cp "$U/cdb" "$ROOT/old"
printf '=joe:joe:1:1:/home/joe:::\n=ann:ann:x:1:/home/ann:::\n.\n' > "$U/assign"
out=$(postern-newu 2>&1)
is $? 100 'a wrong line'
is "$out" 'postern-newu: fatal: users/assign: line 2: bad user, uid, gid or home directory' \
    'is named'
same_file "$U/cdb" "$ROOT/old" 'and nothing has changed'
printf '=joe:joe:1:1:/home/joe:::\n' > "$U/assign"
out=$(postern-newu 2>&1)
is $? 100 'a file without its last line'
same_file "$U/cdb" "$ROOT/old" 'changes nothing'
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "=u%d:u%d:%d:1:/home/u%d:::\n", i, i, i + 1, i; print "." }' > "$U/assign"
for i in 1 2 3 4; do
	postern-newu &
done
wait
ok 'several at a time' postern-newu
cp "$U/cdb" "$ROOT/old"
postern-newu
same_file "$U/cdb" "$ROOT/old" 'the same each time'
done_testing
