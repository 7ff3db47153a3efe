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
