#!/usr/bin/env bats
# saga.bats - the EXIT trap that compensates, in every shell at hand.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

# saga SHELL LINE: a flow for SHELL that does a, b and then LINE.
saga() {
  handler flow <<EOS
#!$1
set -eu
trap '[ \$? -eq 0 ] || durable compensate' EXIT
durable undo a -- sh -c 'echo a >>undone'
durable step a -- sh -c 'echo a >>done'
durable wait w 1s
durable undo b -- sh -c 'echo b >>undone'
durable step b -- sh -c 'echo b >>done'
$2
durable result fine
EOS
}

each_shell() {
  local shell path
  for shell in dash bash 'busybox sh' zsh ksh mksh; do
    path=$(command -v "${shell%% *}") || continue
    [[ $shell != *' '* ]] || path+=" ${shell#* }"
    rm -f f.jsonl undone "done"
    "$1" "$path" || fail "in $shell"
  done
}

fails() {
  saga "$1" 'durable step bad -- sh -c "exit 3"'
  run -3 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_equal "$(cat undone)" $'b\na'
  assert_equal "$(cat 'done')" $'a\nb'
  run -3 durable run --context f.jsonl ./flow
  assert_equal "$(lines_of undone)" 2
  run -125 durable retry f.jsonl
}

succeeds() {
  saga "$1" ''
  run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_output fine
  assert_not_exist undone
}

suspends() {
  saga "$1" 'durable wait long 1h'
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_not_exist undone
  durable stop f.jsonl
  assert_not_exist undone
}

crashes() {
  saga "$1" 'durable step bad -- sh -c "touch here; [ -e go ] || exec sleep 60; exit 3"'
  rm -f here go
  start durable run --skip-time --context f.jsonl ./flow
  wait_until 60 test -e here
  kill -KILL "$pid"
  wait "$pid" || true
  assert_not_exist undone
  touch go
  run -3 durable run --context f.jsonl ./flow
  assert_equal "$(cat undone)" $'b\na'
}

@test "saga: a failure is compensated by the EXIT trap, last first" { each_shell fails; }

@test "saga: a success is not compensated" { each_shell succeeds; }

@test "saga: no trap runs at a suspension or a stop" { each_shell suspends; }

@test "saga: no trap runs in a crash, and the next run compensates" { each_shell crashes; }

@test "saga: a failed undo is reported, the rest is undone" {
  handler flow <<'EOS'
trap '[ $? -eq 0 ] || durable compensate' EXIT
durable undo a -- sh -c 'echo a >>undone'
durable undo b -- sh -c 'exit 9'
durable undo c -- sh -c 'echo c >>undone'
durable step bad -- sh -c 'exit 4'
EOS
  run --separate-stderr durable run --context f.jsonl ./flow
  ((status != 0))
  assert_equal "$(cat undone)" $'c\na'
  [[ $stderr == *"'b' could not be undone"* ]]
}

@test "saga: killed at any moment, all that was done is undone, once recorded never again" {
  handler flow <<'EOS'
trap '[ $? -eq 0 ] || durable compensate' EXIT
for n in 1 2 3 4 5; do
  durable undo $n -- sh -c "echo $n >>undone"
  durable step $n -- sh -c "echo $n >>done"
done
exit 6
EOS
  for delay in 0.02 0.04 0.06 0.08 0.1 0.12; do
    start durable run --context f.jsonl ./flow
    sleep "$delay"
    kill -KILL "$pid" || true # or it has ended
    wait "$pid" || true
  done
  run -6 durable run --context f.jsonl ./flow
  assert_equal "$(sort -u undone)" $'1\n2\n3\n4\n5'
  run -0 jq -r 'select(.Action == "SUCCEED" and (.Name | startswith("undo"))) | .Name' f.jsonl
  assert_output $'undo 5\nundo 4\nundo 3\nundo 2\nundo 1'
}
