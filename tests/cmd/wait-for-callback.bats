#!/usr/bin/env bats
# wait-for-callback.bats - a callback, its submitter and the wait in one.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

@test "wait-for-callback: the submitter has the id, once, and the outcome is printed" {
  handler flow <<'EOS'
durable wait-for-callback ask -- sh -c 'echo printed; echo "$DURABLE_CALLBACK_ID" >>ids'
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable callback success "$(cat ids)" yes
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output yes
  assert_equal "$(lines_of ids)" 1
}

@test "wait-for-callback: an answer that comes while the submitter still runs counts" {
  replayed <<'EOS'
durable wait-for-callback ask -- sh -c 'durable callback success "$DURABLE_CALLBACK_ID" now; echo x >>ran'
EOS
  assert_output now
  assert_equal "$(lines_of ran)" 1
}

@test "wait-for-callback: a failure, a timeout and a heartbeat's timeout" {
  first_run <<'EOS'
s=0; durable wait-for-callback no -- sh -c 'durable callback failure --type Denied "$DURABLE_CALLBACK_ID" "not you"' || s=$?
echo "$s $(durable error -r no .ErrorType) $(durable error -r no .ErrorMessage)"
s=0; durable wait-for-callback --timeout 1s late -- true || s=$?
echo "$s $(durable error -r late .ErrorType)"
s=0; durable wait-for-callback --heartbeat-timeout 1s beat -- true || s=$?
echo "$s"
EOS
  assert_line --index 0 '1 Denied not you'
  assert_line --index 1 --regexp '^124 '
  assert_line --index 2 124
}

@test "wait-for-callback: the status is the operation's, whatever the error's data and type say" {
  replayed <<'EOS'
see() { s=0; "$@" || s=$?; echo "$s"; }
see durable wait-for-callback data -- sh -c 'durable callback failure --data "{\"exitStatus\":7}" "$DURABLE_CALLBACK_ID"'
durable error data '.ErrorData.data.exitStatus'
see durable wait-for-callback type -- sh -c 'durable callback failure --type Callback.Timeout "$DURABLE_CALLBACK_ID"'
see durable child c -- sh -c 'id=$(durable callback create k); durable callback failure --data "{\"exitStatus\":9}" "$id"; durable callback wait k'
see durable wait-for-callback other -- sh -c 'durable callback failure --data "{\"n\":7}" "$DURABLE_CALLBACK_ID"'
durable error other '.ErrorData.n'
EOS
  assert_output $'1\n7\n1\n1\n1\n7'
}

@test "wait-for-callback: a handler that ends with such a failure has status 1" {
  handler flow <<'EOS'
durable wait-for-callback data -- sh -c 'durable callback failure --data "{\"exitStatus\":7}" "$DURABLE_CALLBACK_ID"'
EOS
  run -1 durable run --context f.jsonl ./flow
  run -1 durable run --context f.jsonl ./flow
}

@test "wait-for-callback: a child that ends with a timeout has its status" {
  replayed <<'EOS'
s=0; durable child c -- durable wait-for-callback --timeout 1s late -- true || s=$?
echo "$s $(durable error -r c .ErrorType)"
EOS
  assert_output '124 Callback.Timeout'
}

@test "wait-for-callback: a submitter that fails is a failure with its status" {
  replayed <<'EOS'
s=0; durable wait-for-callback ask -- sh -c 'echo x >>ran; exit 7' || s=$?
echo "status $s"
EOS
  assert_output 'status 7'
  assert_equal "$(lines_of ran)" 1
}

@test "wait-for-callback: the submitter is tried again as any step" {
  handler flow <<'EOS'
durable wait-for-callback --retry-delay 1s --max-attempts 3 ask -- sh -c \
  'echo "$DURABLE_CALLBACK_ID" >>ids; [ "$DURABLE_ATTEMPT" = 2 ] || exit 9; durable callback success "$DURABLE_CALLBACK_ID" ok'
EOS
  run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_output ok
  assert_equal "$(lines_of ids)" 2
  assert_equal "$(sort -u ids | wc -l)" 1
}

@test "wait-for-callback: killed between submitter and answer, it is not submitted again" {
  handler flow <<'EOS'
durable wait-for-callback ask -- sh -c 'echo "$DURABLE_CALLBACK_ID" >>ids'
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q '"Outcome":"PENDING"' f.jsonl
  kill -KILL "$pid"
  wait "$pid" || true
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable callback success "$(cat ids)" yes
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output yes
  assert_equal "$(lines_of ids)" 1
}

@test "wait-for-callback: in branches at the same time" {
  handler flow <<'EOS'
durable map ask -- sh -c 'durable wait-for-callback q -- sh -c "echo \"\$DURABLE_CALLBACK_ID\" >\$1.id" - "$1"' - ::: a b c
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  for i in c a b; do run -0 durable callback success "$(cat $i.id)" "for $i"; done
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output $'for a\nfor b\nfor c'
}

@test "wait-for-callback: --json, --jq and -r" {
  replayed <<'EOS'
durable wait-for-callback --jq .n j -- sh -c 'durable callback success "$DURABLE_CALLBACK_ID" "{\"n\": 1.0}"'
durable wait-for-callback --json -r r -- sh -c 'durable callback success "$DURABLE_CALLBACK_ID" "\"bare\""'
EOS
  assert_output $'1.0\nbare'
}

@test "wait-for-callback: an outcome that cannot be handed out ends the script" {
  local how
  for how in "--decode 'base64 -d'" "--decode 'exit 3'" '>/dev/full'; do
    rm -rf f.jsonl* gone-on
    handler flow <<EOS
set +e
durable wait-for-callback ask $how -- sh -c 'durable callback success \$DURABLE_CALLBACK_ID "not base64!"'
touch gone-on
EOS
    run -125 --separate-stderr timeout -s KILL 30 durable run --context f.jsonl ./flow
    # shellcheck disable=SC2154 # run sets it
    assert_regex "$stderr" "durable: ('.*' failed: |write to standard output: No space)"
    assert_not_exists gone-on
    run -125 timeout -s KILL 30 durable run --context f.jsonl ./flow
    assert_not_exists gone-on
  done
}
