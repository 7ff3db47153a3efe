#!/usr/bin/env bats
# skip-time.bats - run --skip-time: a recorded clock that jumps over waits.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

# quick SECONDS COMMAND...: fails when it took longer.
quick() {
  local limit=$1
  shift
  SECONDS=0
  "$@"
  ((SECONDS <= limit)) || fail "took $SECONDS s: $*"
}

@test "skip-time: waits, retry delays and polls pass at once, in their order" {
  handler flow <<'EOS'
durable wait w 30d
durable step --max-attempts 3 --retry-delay 1h s -- sh -c 'echo x >>ran; [ "$DURABLE_ATTEMPT" = 3 ]'
durable wait-for-condition --poll-delay 1h c -- sh -c '[ "$DURABLE_ATTEMPT" = 4 ]'
durable map m -- sh -c 'durable wait w "$1"; durable step s -- sh -c "echo $1 >>order"' - ::: 3h 1h 2h
EOS
  quick 60 run -0 durable run --skip-time --context f.jsonl ./flow
  assert_equal "$(lines_of ran)" 3
  assert_equal "$(cat order)" $'1h\n2h\n3h'
}

@test "skip-time: a wait --until a day from now passes, too" {
  handler flow <<'EOS'
durable wait w --until "$(durable step t -- date -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)"
EOS
  quick 60 run -0 durable run --skip-time --context f.jsonl ./flow
}

@test "skip-time: no timer fires before its recorded time, on the recorded clock" {
  handler flow <<<'durable wait w 10d; durable wait v 5d'
  run -0 durable run --skip-time --context f.jsonl ./flow
  run -0 jq -s '(.[-1].time - .[0].time) / 86400000 | floor' f.jsonl
  assert_output 15
  run -0 jq -s '[.[].time] == ([.[].time] | sort)' f.jsonl
  assert_output true
}

@test "skip-time: the clock is kept on resume, with and without the option" {
  handler flow <<<'durable wait w 10d; durable callback create c >id; durable callback wait c'
  start durable run --skip-time --context f.jsonl ./flow
  wait_until 60 test -s id
  wait_until 60 eval '[ "$(grep -c PENDING f.jsonl)" = 2 ]'
  kill -KILL "$pid"
  wait "$pid" || true
  run -0 durable callback success "$(cat id)" x
  run -0 durable run --context f.jsonl ./flow
  run -0 jq -s '(.[-1].time - .[0].time) / 86400000 | floor' f.jsonl
  assert_output 10
  run -0 jq -s '[.[].time] == ([.[].time] | sort)' f.jsonl
  assert_output true
}

@test "skip-time: deadlines of callbacks and heartbeats move along" {
  handler flow <<'EOS'
durable callback create --timeout 1h --heartbeat-timeout 1h c >id
durable wait w 10d
durable callback wait c
EOS
  start durable run --skip-time --context f.jsonl ./flow
  wait_until 60 grep -q '"Name":"w"' f.jsonl
  wait_until 60 eval '[ "$(grep -c PENDING f.jsonl)" = 2 ]'
  run -0 durable callback heartbeat "$(cat id)"
  run -0 durable callback success "$(cat id)" in-time
  ends_with 0
  assert_equal "$(cat start.out)" in-time
}

@test "skip-time: =all lets callbacks time out at once" {
  handler flow <<'EOS'
durable callback create --timeout 10d c >id
s=0; durable callback wait c || s=$?
durable callback create --heartbeat-timeout 10d d >id
t=0; durable callback wait d || t=$?
echo "$s $t"
EOS
  quick 60 run -0 --separate-stderr durable run --skip-time=all --context f.jsonl ./flow
  assert_output '124 124'
}

@test "skip-time: the execution's --timeout moves along" {
  handler flow <<<'durable wait w 10d; echo fine'
  quick 60 run -0 --separate-stderr durable run --skip-time --timeout 1h --context f.jsonl ./flow
  assert_output fine
}

@test "skip-time: a step's --timeout is real, and nothing is skipped while it runs" {
  handler flow <<'EOS'
durable parallel p --branch a -- durable wait w 10d \
  --branch b -- sh -c 'durable step s -- sh -c "until [ -e go ]; do sleep 0.01; done; echo b >>order"' \
  --branch c -- sh -c 'durable wait v 5d; durable step t -- sh -c "echo c >>order"'
s=0; durable step --timeout 1s t -- sleep 60 || s=$?
echo "$s"
EOS
  start durable run --skip-time --context f.jsonl ./flow
  wait_until 60 grep -q '"Name":"s"' f.jsonl
  assert_equal "$(grep -c ClockSkipped f.jsonl)" 0
  touch go
  ends_with 0
  assert_equal "$(tail -1 start.out)" 124
  assert_equal "$(cat order)" $'b\nc'
}

@test "skip-time: children of invoke skip, their parent waits for them" {
  handler callee <<'EOS'
durable wait w 20d
durable step s -- sh -c 'echo child >>order'
durable result back
EOS
  handler flow <<'EOS'
durable invoke call ./callee
durable wait w 10d
durable step s -- sh -c 'echo parent >>order'
EOS
  quick 60 run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_output back
  assert_equal "$(cat order)" $'child\nparent'
}

@test "skip-time: not without the option, and no other word" {
  handler flow <<<'durable wait w 10d'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -1 grep -c ClockSkipped f.jsonl
  run -2 durable run --skip-time=some --context g.jsonl ./flow
  assert_not_exist g.jsonl
}

@test "skip-time: jitter differs between executions" {
  handler flow <<'EOS'
durable step --max-attempts 2 --retry-delay 1h --retry-max-delay 1h s -- sh -c '[ "$DURABLE_ATTEMPT" = 2 ]'
EOS
  for name in a b c d; do
    run -0 durable run --skip-time --context "$name.jsonl" ./flow
    jq -c 'select(.Action == "RETRY") | .NextAttemptDelaySeconds' "$name.jsonl" >>delays
  done
  run -1 grep -vE '^[0-9]+$' delays
  assert_equal "$(lines_of delays)" 4
  (($(sort -u delays | wc -l) > 1)) || fail "the same delay 4 times: $(cat delays)"
  (($(sort -n delays | tail -1) <= 3600))
}

@test "skip-time: =all ends at the time limit, not behind it" {
  handler flow <<<'durable wait w 5d'
  run -124 durable run --skip-time=all --timeout 1d --context f.jsonl ./flow
  assert_output --partial 'timed out after 1d'
  run -0 jq -s '(.[-1].time - .[0].time) / 86400000 | floor' f.jsonl
  assert_output 1
}
