#!/usr/bin/env bats
# callback.bats - durable callback: outcomes from outside, at every moment.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

# The flow of most tests: hands out the id, waits, says how it ended.
approval() {
  handler flow <<EOS
durable callback create $1 ask >id
s=0; answer=\$(durable callback wait ${2-} ask) || s=\$?
durable result "\$s <\$answer>"
EOS
}

suspended() {
  approval "$@"
  run -75 durable run --no-wait --context f.jsonl ./flow
  id=$(cat id)
}

# ends_as TEXT: run once more, the flow has the result TEXT.
ends_as() {
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output "$1"
}

@test "callback: completed while nobody runs the execution" {
  suspended
  run -0 durable callback success "$id" yes
  refute_output
  ends_as '0 <yes>'
}

@test "callback: completed while the engine sleeps, which wakes at once" {
  approval
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q '"Outcome":"PENDING"' f.jsonl
  run -0 durable callback success "$(cat id)" yes
  ends_with 0
  assert_equal "$(cat start.out)" '0 <yes>'
}

@test "callback: completed while an engine sleeps that was started to wait" {
  suspended
  start durable run --context f.jsonl ./flow
  wait_until 60 bash -c '! flock -n f.jsonl true'
  run -0 durable callback success "$id" yes
  ends_with 0
  assert_equal "$(cat start.out)" '0 <yes>'
}

@test "callback: completed while the handler runs" {
  handler flow <<'EOS'
durable callback create ask >id
durable step busy -- sh -c 'until [ -e done ]; do sleep 0.01; done'
durable callback wait ask
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 test -s id
  run -0 durable callback success "$(cat id)" early
  touch "done"
  ends_with 0
  assert_equal "$(cat start.out)" early
}

@test "callback: completed while the engine starts and ends, again and again" {
  handler flow <<'EOS'
for i in 1 2 3 4 5 6 7 8; do
  durable callback create "c$i" >"id$i.tmp"; mv "id$i.tmp" "id$i"
done
for i in 1 2 3 4 5 6 7 8; do durable callback wait "c$i"; done
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  ( while ! grep -q ExecutionSucceeded f.jsonl; do durable run --no-wait --context f.jsonl ./flow || :; done ) \
    >/dev/null 2>&1 3>&- &
  started+=($!)
  for i in 8 1 7 2 6 3 5 4; do
    run -0 durable callback success "$(cat "id$i")" "r$i"
  done
  wait_until 60 grep -q ExecutionSucceeded f.jsonl
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'r1\nr2\nr3\nr4\nr5\nr6\nr7\nr8'
}

@test "callback: a failure has type, message and data" {
  handler flow <<'EOS'
durable callback create ask >id
s=0; durable callback wait ask || s=$?
durable error ask '[.ErrorType, .ErrorMessage]'
durable error ask .ErrorData
echo "status $s"
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable callback failure --type Denied --data '{"n":1.50}' "$(cat id)" 'not you'
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output --partial '"Denied"'
  assert_output --partial '"not you"'
  assert_output --partial '1.50'
  assert_line --index -1 'status 1'
}

@test "callback: the first outcome counts, a second is refused and the first named" {
  suspended
  run -0 durable callback success "$id" yes
  for again in "success $id no" "failure $id no" "heartbeat $id"; do
    # shellcheck disable=SC2086
    run -125 durable callback $again
    assert_output --partial already
    assert_output --partial SUCCEEDED
  done
  ends_as '0 <yes>'
  run -125 durable callback failure "$id" late
  assert_output --partial ended
}

@test "callback: of many at once one wins, and its value is the outcome" {
  suspended
  local pids=() i
  for i in 1 2 3 4 5 6; do
    { durable callback success "$id" "v$i" 2>/dev/null && echo "v$i" >>won; } 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i" || true; done
  assert_equal "$(lines_of won)" 1
  ends_as "0 <$(cat won)>"
}

@test "callback: wrong and foreign ids are refused, nothing is changed" {
  suspended
  cp f.jsonl before
  for wrong in nonsense "${id%?}" "${id}A" "$(echo "$id" | tr a-y b-z)" '' ../../f.jsonl; do
    run durable callback success "$wrong" x
    ((status == 2 || status == 125)) || fail "'$wrong' gave $status"
  done
  run -0 cmp before f.jsonl
  mv f.jsonl g.jsonl
  run -125 durable callback success "$id" x
  assert_output --partial 'not there'
}

@test "callback: the id of another execution in its place is refused" {
  suspended
  other=$id
  rm f.jsonl
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -125 durable callback success "$other" x
  run -0 durable callback success "$(cat id)" y
  ends_as '0 <y>'
}

@test "callback: create prints the same id on every replay, even when it has failed" {
  handler flow <<'EOS'
durable callback create ask >>ids || touch create-failed
durable callback wait ask || echo "status $?"
durable callback create second >>ids
durable callback wait second
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable callback failure "$(head -1 ids)"
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_not_exist create-failed
  assert_equal "$(sort -u ids | wc -l)" 2
  run -0 durable callback success "$(tail -1 ids)" fine
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'status 1\nfine'
  assert_not_exist create-failed
}

@test "callback: --timeout ends it with 124" {
  approval '--timeout 1s'
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output '124 <>'
  run -125 durable callback success "$(cat id)" late
}

@test "callback: after its time, an outcome is refused though nobody had looked" {
  suspended '--timeout 1s'
  sleep 1.1
  run -125 durable callback success "$id" late
  assert_output --partial 'timed out'
  ends_as '124 <>'
}

@test "callback: heartbeats keep it alive, without one it ends with 124" {
  approval '--heartbeat-timeout 4s'
  start durable run --context f.jsonl ./flow
  wait_until 60 test -s id
  for _ in 1 2 3 4 5; do
    sleep 1
    run -0 durable callback heartbeat "$(cat id)"
  done
  ends_with 0
  assert_equal "$(cat start.out)" '124 <>'
  run -125 durable callback heartbeat "$(cat id)"
}

@test "callback: an answer may be any text, empty, or JSON with all its digits" {
  for value in '' 'two
lines' '"quoted"' '{"n": 12345678901234567890.0}' "$(printf '\001\302\251')" '-n'; do
    rm -f f.jsonl
    suspended
    run -0 durable callback success "$id" -- "$value"
    ends_as "0 <$value>"
  done
}

@test "callback: wait --json, --jq and -r" {
  handler flow <<'EOS'
durable callback create a >id
durable callback wait --json a
durable callback wait --jq .n a
durable callback wait --jq .s -r a
durable callback wait -q a
durable callback wait "$(cat id)" | wc -l
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  printf '%s\n' '{"n":1.0,"s":"x\ny"}' >answer
  run -0 durable callback success "$(cat id)" --json @answer
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'{"n":1.0,"s":"x\\ny"}\n1.0\nx\ny\n1'
}

@test "callback: a decoder that fails is no outcome, one that works prints" {
  handler flow <<'EOS'
durable callback create c >id
durable callback wait --decode '[ -e mended ] && rev' c || touch went-on
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable callback success "$(cat id)" abc
  run -125 durable run --context f.jsonl ./flow
  assert_not_exist went-on
  touch mended
  ends_as cba
}

@test "callback: wait --json of what is none exits 1, on every run" {
  replayed <<'EOS'
id=$(durable callback create c)
durable step answer -- durable callback success "$id" nonsense
durable callback wait --json c || echo "status $?"
EOS
  assert_output 'status 1'
}

@test "callback: an answer over 256 KiB is refused, and may be given again" {
  suspended
  head -c 300000 /dev/zero | tr '\0' x >big
  # shellcheck disable=SC2016
  run -2 sh -c '{ printf \"; cat big; printf \"; } | durable callback success "$1" --json -' - "$id"
  assert_output --partial 262144
  run -0 durable callback success "$id" small
  ends_as '0 <small>'
}

@test "callback: survives a kill of the engine and completes two of three branches" {
  handler flow <<'EOS'
durable parallel p --branch a -- sh -c 'durable callback create c >a; durable callback wait c' \
  --branch b -- sh -c 'durable callback create c >b; durable callback wait c'
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q '"Outcome":"PENDING"' f.jsonl
  kill -KILL "$pid"
  wait "$pid" || true
  run -0 durable callback success "$(cat b)" B
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable callback success "$(cat a)" A
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'A\nB'
}

@test "callback: usage errors" {
  run -2 durable callback
  run -2 durable callback finish x
  run -2 durable callback success
  run -2 durable callback heartbeat x y
  suspended
  run -2 durable callback success "$id" a b
  run -2 durable callback success "$id" --data 1
  run -2 durable callback success "$id" --json '{'
  run -2 durable callback failure "$id" --data nonsense
  run -0 durable callback success "$id" x
}

@test "callback: waiting for what was never created is a usage error" {
  handler flow <<<'durable callback wait nothing || touch went-on'
  run -2 durable run --context f.jsonl ./flow
  assert_output --partial "'nothing'"
  assert_not_exist went-on
}
