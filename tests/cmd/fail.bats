#!/usr/bin/env bats
# fail.bats - durable fail: names the error of what is around it.
# shellcheck disable=SC2016 # flows are quoted text; bats sets its variables
load ../lib/durable

# error_of FILE: type and message of a failed execution.
error_of() {
  jq -r 'select(.Event == "ExecutionFailed").Error | .ErrorType + ": " + .ErrorMessage' "$1"
}

@test "fail: in the handler names the execution's error and exits 1" {
  handler flow <<<'durable fail --type Order.Empty "nothing to do"'
  run -1 durable run --context f.jsonl ./flow
  assert_output --partial 'Order.Empty: nothing to do'
  assert_equal "$(error_of f.jsonl)" 'Order.Empty: nothing to do'
}

@test "fail: without --type it is Error" {
  handler flow <<<'durable fail why'
  run -1 durable run --context f.jsonl ./flow
  assert_equal "$(error_of f.jsonl)" 'Error: why'
}

@test "fail: --data is kept as JSON" {
  first_run <<'EOS'
durable step s -- durable fail --data '{"n": 7}' why || durable error s .ErrorData.data
EOS
  assert_output '{"n": 7}'
}

@test "fail: --data from a file" {
  echo '{"n": 8}' >data.json
  first_run <<'EOS'
durable step s -- durable fail --data @data.json why || durable error s .ErrorData.data.n
EOS
  assert_output 8
}

@test "fail: --data that is not JSON is a usage error" {
  handler flow <<<'durable fail --data "{" why || touch went-on; touch went-on'
  run -2 durable run ./flow
  assert_not_exist went-on
}

@test "fail: exits 1, and the handler may exit with another status" {
  handler flow <<<'durable fail why || s=$?; echo "$s" >status; exit 7'
  run -7 durable run --context f.jsonl ./flow
  assert_equal "$(cat status)" 1
  assert_equal "$(error_of f.jsonl)" 'Error: why'
}

@test "fail: of the handler is final, even when it exits 0" {
  handler flow <<<'durable fail why || exit 0'
  run -1 durable run --context f.jsonl ./flow
  assert_equal "$(error_of f.jsonl)" 'Error: why'
}

@test "fail: a step in which it was called has failed, whatever follows" {
  replayed <<'EOS'
s=0
durable step s -- sh -c 'echo ran >>ran; durable fail --type T why || true; exit 0' || s=$?
echo "$s $(durable error -r s '.ErrorType + .ErrorMessage')"
EOS
  assert_output '1 Twhy'
  assert_equal "$(lines_of ran)" 1
}

@test "fail: what it names is final: the step is not tried again" {
  first_run <<'EOS'
durable step --retry --retry-delay 1s s -- sh -c 'echo ran >>ran; durable fail why' || echo $?
EOS
  assert_output 1
  assert_equal "$(lines_of ran)" 1
}

@test "fail: a type that --retry-on names is tried again" {
  first_run <<'EOS'
durable step --retry-on Busy --retry-delay 1s s -- sh -c 'echo ran >>ran
  [ "$DURABLE_ATTEMPT" = 2 ] || durable fail --type Busy later'
EOS
  assert_equal "$(lines_of ran)" 2
}

@test "fail: keeps the status of the step's command" {
  first_run <<<'durable step s -- sh -c "durable fail why || exit 9" || echo $?'
  assert_output 9
}

@test "fail: in a child and in a branch" {
  first_run <<'EOS'
durable child c -- durable fail --type C inner || durable error -r c .ErrorType
durable parallel p --branch b -- durable fail --type B inner || durable error -r p .[0].ErrorType
EOS
  assert_output 'C
B'
}

@test "fail: what it names may be long, in a step, a child and a branch" {
  handler flow <<'EOS'
long=$(head -c 7000 /dev/zero | tr '\0' 9)
data() { durable error "$@" | tr -cd 9 | wc -c; }
durable step s -- durable fail --data "$long" one || data s .ErrorData
durable child c -- durable fail --data "$long" two || data c .ErrorData
durable parallel p --branch b -- durable fail --data "$long" three \
  --branch d -- durable fail --data "$long" four || data p '.[1].ErrorData'
EOS
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output '7000
7000
7000'
}

@test "fail: after it the handler starts no operation any more" {
  handler flow <<'EOS'
durable step before -- touch before
durable fail --type T why || true
durable log --always seen
durable step after -- touch after
touch went-on
EOS
  run -1 durable run --context f.jsonl ./flow
  assert_exist before
  assert_not_exist after
  assert_not_exist went-on
  assert_output --partial seen
  assert_equal "$(error_of f.jsonl)" 'T: why'
}

@test "fail: needs one message, and a type of 1 to 255 bytes" {
  n=0
  for words in '' 'a b' "--type '' a" "--type $(printf '%0300d' 1) a"; do
    handler flow <<<"durable fail $words || touch went-on; touch went-on"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist went-on
  done
}
