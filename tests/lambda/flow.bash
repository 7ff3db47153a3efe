# flow.bash - the workflow that the tests of faults on Lambda run; loaded
# behind lib/durable and lambda.

# make_flow: act, killer, poll, branch and flow, in the test's folder.
make_flow() {
  handler act <<'EOT'
echo "start $1" >>log
case ${KILL-} in
  "$1 "*) [ -e killed ] || { : >killed; exec ./killer ${KILL#* }; } ;;
esac
echo "$1-$$-$(date +%N)-"
[ "${2-}" != later ] || [ "$DURABLE_ATTEMPT" -gt 1 ] || exit 75
[ "${2-}" = later ] || exit "${2-0}"
EOT
  # Kills who is above: the client of its step, the script, the runtime, all.
  handler killer <<'EOT'
pid=$PPID
pids=$pid
while [ "$1" != client ] && read -r _ name _ above _ <"/proc/$pid/stat"; do
  [ "$name" != "($1)" ] || { pids=$pid; break; }
  [ "$name" != '(durable-lambda)' ] || break
  pid=$above
  pids="$pid $pids" # the upper ones first: nobody sees another's death
done
kill -KILL $pids
exec sleep 60
EOT
  handler poll <<'EOT'
n=$(cat)
echo "start poll" >>log
echo $((n + 1))
[ "$n" = 1 ] || exit 1
EOT
  handler branch <<'EOT'
durable wait "nap $1" 2s || echo "WRONG nap $1" >>log
v=$(durable step "in $1" -- ./act "in-$1") || echo "WRONG in-$1" >>log
echo "after in-$1 $v" >>log
EOT
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
a=$(durable step a -- ./act a) || say "WRONG a"
say "after a $a"
if durable step c -- ./act c 3 >c.out; then say "WRONG c"; else say "after c $?"; fi
m=$(durable step --at-most-once m -- ./act m) || m="failed $?"
say "after m $m"
durable wait nap 1s || say "WRONG nap"
durable parallel -q both --branch l -- ./branch l --branch r -- ./branch r || say "WRONG both"
r=$(durable step --retry-delay 1s --retry-jitter none r -- ./act r later) || say "WRONG r"
say "after r $r"
n=$(durable wait-for-condition --initial 0 --poll-delay 1s poll -- ./poll) || say "WRONG poll"
say "after poll $n"
durable result all-done || say "WRONG result"
EOT
}

# make_outer: a flow that others have a part in: callbacks, an invoke; and a
# child and a map.
make_outer() {
  make_flow
  handler submit <<'EOT'
echo 'start w' >>log
EOT
  handler item <<'EOT'
v=$(durable step s -- ./act "item-$1") || echo "WRONG item-$1" >>log
echo "after item-$1 $v" >>log
EOT
  handler other <<'EOT'
durable wait 1s
durable input | durable result --json
EOT
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
id=$(durable callback create ask) || say "WRONG ask"
say "after ask $id"
v=$(durable callback wait ask) || say "WRONG answer"
say "after answer $v"
w=$(durable wait-for-callback w -- ./submit) || say "WRONG w"
say "after w $w"
durable child -q kid -- ./branch k || say "WRONG kid"
x=$(durable invoke call other --payload '{"a":1}') || say "WRONG call"
say "after call $x"
durable map -q m -- ./item ::: 1 2 3 || say "WRONG map"
durable result all-done || say "WRONG result"
EOT
  cat >actions.json <<'EOT'
[{"CallbackName":"*","Operation":"success","Payload":"yes"},
 {"CallbackName":"*","Operation":"success","Payload":"yes"}]
EOT
}
