#!/usr/bin/env bats
# The same script on one machine and on Lambda: it prints and does the same,
# and the same is recorded of its operations.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
  mkdir here there
}

# Of each event of an operation what is no time and no id; the order of
# branches is chance.
recorded() {
  jq -r 'def told: walk(if type == "object" then with_entries(select(.key |
      test("Timestamp$|CallbackId$|^Duration|^NextAttempt") | not)) else . end);
    .Events[] | select(.EventType | test("^Invocation|^Execution") | not) |
      [.EventType, .SubType, .Name, (to_entries |
      map(select(.key | test("Details$"))) | from_entries | told)] |
      tojson' "$1" | sort
}

# How it ended: the result, or the error.
ended() {
  jq -c '[.Events[] | .ExecutionSucceededDetails // .ExecutionFailedDetails |
    select(.) | .Result.Payload, .Error.Payload]' "$1"
}

# same NAME [RUN OPTION...]: runs ./NAME in ./here and in ./there. What its
# steps did is in the files did of both; $output is how it ended.
same() {
  local name=$1
  cp "$name" here/
  cp "$name" there/
  (cd here && durable run --skip-time --name "$@" "./$name") \
    >here.out 2>here.err || true
  durable history --json "$name" >here.json
  bridge --function "$name=durable lambda $PWD/there/$name" --skip-time \
    --task-root "$PWD/there" --invoke "$name" --name "$@" || true
  assert_file_empty violations
  assert_equal "$(recorded history.json)" "$(recorded here.json)"
  assert_equal "$(ended history.json)" "$(ended here.json)"
  assert_equal "$(sort there/did)" "$(sort here/did)"
  run ended here.json
}

@test "same: an order that is paid, mailed and booked" {
  handler order <<'EOF'
order=$(durable input -r .order)
paid=$(durable step charge -- sh -c 'echo charge >>did; echo "paid $1"' x "$order")
echo "this is no result"
durable wait cool-off 1h
durable parallel notify --branch mail -- sh -c 'durable step m1 -- echo mail
  durable wait 5m; durable step m2 -- sh -c "echo mailed >>did"' \
  --branch ledger -- sh -c 'durable step l -- printf "a \"q\" \\\\ b\tc"
  durable wait-for-condition --initial 0 --poll-delay 3 p -- sh -c "
    read n; echo \$((n + 1)); [ \$n -ge 2 ]"' >printed
durable step printed -- cat printed
f=0
durable step bad --retry --max-attempts 3 --retry-delay 2 -- sh -c '
  echo "try $DURABLE_ATTEMPT" >>did; echo "oh no \"x\"" >&2; exit 7' || f=$?
durable result --arg paid="$paid" --arg f="$f" \
  --arg e="$(durable error bad -r .ErrorMessage)"
EOF
  same order --input '{"order":"o-1"}'
  assert_output --partial '\"f\":\"7\",\"e\":\"oh no \\\"x\\\"\"'
}

@test "same: branches that were not needed, and what was below them" {
  handler race <<'EOF'
durable parallel -q --min-successful 1 race --branch slow -- sh -c '
  durable step s1 -- true; durable wait 1h
  durable step s2 -- sh -c "echo never >>did"' --branch fast -- sh -c '
  durable step f1 -- true; durable wait 2s; durable step f2 -- sleep 0.1'
durable parallel --flat --array --json flat --branch a -- sh -c '
  durable step fa -- true; durable wait 5s; echo 1' --branch b -- echo 2 >printed
durable step after -- sh -c 'echo after >>did; cat printed'
durable wait again 1h
durable result done
EOF
  same race
  assert_equal "$(cat there/did)" after
}

@test "same: functions of bash, and a saga that is undone" {
  handler saga <<'EOF'
#!/bin/bash
set -eu
. durable.sh
book() { echo "book $1" >>did; echo "id-$1"; }
fetch() { durable step "f $1" -- echo "got $1"; durable wait 10s; echo "end $1"; }
each() { durable step e -- printf '%s-%s' "$1" "$DURABLE_INDEX"; durable wait 1s; }
kid() { durable step k1 -- echo k1; durable fail --type KidError "kid failed"; }
flaky() { echo "flaky $DURABLE_ATTEMPT" >>did; [ "$DURABLE_ATTEMPT" = 3 ]; }
trap '[ $? -eq 0 ] || durable compensate' EXIT
durable undo hotel -- sh -c 'echo "undo hotel" >>did'
hotel=$(durable step hotel -- book "the inn")
out=$(durable parallel fan --branch a -- fetch a --branch b -- fetch b)
all=$(durable map m -- each ::: x "y z" 'q"q')
durable child kid -- kid || durable step told -- sh -c 'echo "kid $1" >>did' - $?
durable step --retry --retry-delay 1 flaky -- flaky
durable step said -- sh -c 'echo "$*" >>did' - "$hotel" "$out" "$all"
durable step last -- sh -c 'echo no >&2; exit 4'
EOF
  same saga
  assert_output --partial '\"exitStatus\":4'
  assert_line --partial 'HandlerFailed'
  run -0 grep -c 'undo hotel' there/did
}

@test "same: bytes, sizes, encodings and errors of any kind" {
  handler bytes <<'EOF'
set +e
tell() { echo "$*" >>did; }
durable step ctl -- sh -c 'head -c 4000 /dev/zero | tr "\0" "\001" >&2
  head -c 5000 /dev/zero | tr "\0" "\""; exit 3' || tell "ctl $?"
tell "$(durable error ctl .ErrorMessage | wc -c)"
durable step fd -- durable fail --data "$(head -c 8000 /dev/zero | tr '\0' 9)" \
  big || tell "fd $?"
tell "$(durable step bin -- printf 'a\0\377b' | od -c)"
tell "$(durable step --json sur -- printf '"\\ud800 \\u0000"' | od -c)"
durable step u2028 -- printf '\342\200\250\177\033[1m'
durable step empty -- true
durable step "$(printf 'bad\377 "name" \\')" -- echo named
durable step "$(head -c 300 /dev/zero | tr '\0' n)" -- echo long
durable child --encode base64 --decode 'base64 -d' enc -- printf secret
durable parallel --branch-encode 'base64 -w0' --branch-decode 'base64 -d' pb \
  --branch a -- echo 1 --branch b -- echo 2
big=$(durable child big -- sh -c 'for i in 1 2; do
  durable step "s$i" -- sh -c "head -c 200000 /dev/zero | tr \\\\0 a"; done')
durable wait later 2s
durable step sizes -- sh -c 'echo "$1" >>did' - "${#big}"
durable input .n | durable step --stdin n -- tee -a did
durable result --json '{"z": 1.10, "a": "\u2028\ud83d\ude00"}'
EOF
  same bytes --input '{"n":12345678901234567890.10}'
  assert_output --partial '1.10'
  run -0 grep -cx 400001 there/did
}

@test "same: what is logged once is logged once" {
  handler logs <<'EOF'
durable step a -- sh -c 'echo a >>did'
durable wait 1m
durable log 'behind the first wait'
durable wait 1m
durable log 'behind the second'
durable wait 1m
EOF
  same logs
  for file in here.err logs.log; do
    run grep -c 'behind the' "$file"
    assert_output 2
  done
}

# Not on one machine, where nobody is told of anything later.
@test "lambda: what the service tells as all is blocked is not lost" {
  handler blocked <<'EOF'
while :; do :; done &
durable parallel -q p --branch a -- sh -c 'durable wait a 1s
  durable step a2 -- true' --branch b -- durable wait b 1h
EOF
  run -0 --separate-stderr node "$BRIDGE/../late-news.mjs" durable "$PWD/blocked"
  assert_line 'a2 SUCCEED'
  assert_line '{"Status":"PENDING"}'
  handler busy <<'EOF'
durable parallel -q p --branch a -- sh -c 'durable wait a 3s; durable step a2 -- true' \
  --branch b -- durable wait b 1h --branch c -- sleep 30
EOF
  run -0 --separate-stderr node "$BRIDGE/../late-news.mjs" durable "$PWD/busy" 4000
  assert_output --partial Runtime.DeadlineExceeded
  refute_output --partial PENDING
}
