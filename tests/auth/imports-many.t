#!/bin/sh
# postern user import: ten thousand accounts in one go, without as many flushes
# or as many expensive hashes; and as durable as one.
. "${0%/*}/../lib.sh"
need postern
need_tracer
new_root
hash=$(postern user add -gs default ann@one.example > /dev/null &&
    sed -n 's/^ann@[^:]*:\([^:]*\):.*/\1/p' "$ROOT/control/passwd")
i=0
while [ $i -lt 300 ]; do
	echo "u$i:$hash::::::"
	i=$((i + 1))
done > "$ROOT/many"
is "$(strace -f -o "$ROOT/trace" -e trace=fsync,sync,rename,renameat,renameat2 \
    postern user import -D many.example "$ROOT/many")" \
    '300 imported, 0 not' 'many at once'
flushes=$(grep -c 'fsync(' "$ROOT/trace")
ok "need a few flushes ($flushes)" test "$flushes" -lt 40
like "$(grep -E 'sync\(\)|"passwd"' "$ROOT/trace" | head -n 1)" 'sync\(\)' \
    'the Maildirs are durable before anybody has one'
is "$(find "$ROOT/virtual/many.example" -name maildirfolder | wc -l |
    tr -d ' ')" 1200 'all of them are there'
cut=$(echo "$hash" | sed 's/.$//')
bad=$(echo "$hash" | sed 's/.$/!/')
printf 'a:%s::\nb:%s::\nc:%s::\n' "$hash" "$cut" "$bad" > "$ROOT/odd"
status 1 'among like hashes' sh -c "postern user import -D odd.example \
    '$ROOT/odd' > '$ROOT/out' 2> '$ROOT/err'"
is "$(cat "$ROOT/out")" '1 imported, 2 not' 'broken ones are found'
done_testing
