#!/usr/bin/env bats
# compensate.bats - durable compensate: last first, to the end.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

put_down='for n in a b c; do durable undo $n -- sh -c "echo $n >>undone"; durable step $n -- true; done'

@test "compensate: last first, each as a step called undo NAME, once" {
  replayed <<EOS
$put_down
durable compensate
EOS
  assert_equal "$(cat undone)" $'c\nb\na'
  run -0 jq -r 'select(.Action == "SUCCEED" and .Type == "STEP") | .Name' f.jsonl
  assert_output $'a\nb\nc\nundo c\nundo b\nundo a'
}

@test "compensate: goes on after one that failed, and says what could not be undone" {
  handler flow <<EOS
$put_down
durable undo bad -- sh -c 'echo bad >>undone; exit 7'
durable undo last -- sh -c 'echo last >>undone'
s=0; durable compensate || s=\$?
echo "status \$s"
EOS
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output 'status 1'
  assert_equal "$(cat undone)" $'last\nbad\nc\nb\na'
  [[ $stderr == *"'bad' could not be undone (status 7)"* ]]
  [[ $stderr == *'1 of 5'* ]]
}

@test "compensate: nothing put down is success" {
  first_run <<<'durable compensate; echo fine'
  assert_output fine
}

@test "compensate: a second one undoes nothing twice" {
  first_run <<EOS
$put_down
durable compensate
durable compensate
EOS
  assert_equal "$(lines_of undone)" 3
}

@test "compensate: equal names are undone each" {
  first_run <<'EOS'
for i in 1 2 3; do durable undo seat -- sh -c "echo $i >>undone"; done
durable compensate
EOS
  assert_equal "$(cat undone)" $'3\n2\n1'
}

@test "compensate: killed in between, it goes on with the rest" {
  handler flow <<'EOS'
for n in a b c d; do durable undo $n -- sh -c "echo $n >>undone; [ $n != c ] || [ -e go ] || { touch here; exec sleep 60; }"; done
durable compensate
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e here
  kill -KILL "$pid"
  wait "$pid" || true
  touch go
  run -0 durable run --context f.jsonl ./flow
  # c was cut off, so it is run again; d never.
  assert_equal "$(cat undone)" $'d\nc\nc\nb\na'
}

@test "compensate: an undo that fails for a time is tried again" {
  handler flow <<'EOS'
durable undo a -- sh -c 'echo "$DURABLE_ATTEMPT" >>undone; [ "$DURABLE_ATTEMPT" = 2 ] || exit 75'
durable compensate
EOS
  run -0 durable run --skip-time --context f.jsonl ./flow
  assert_equal "$(cat undone)" $'1\n2'
}

@test "compensate: in a child undoes what was put down in the child" {
  first_run <<'EOS'
durable undo outer -- sh -c 'echo outer >>undone'
durable child c -- sh -c 'durable undo inner -- sh -c "echo inner >>undone"; durable compensate'
cp undone after-child
durable compensate
EOS
  assert_equal "$(cat after-child)" inner
  assert_equal "$(cat undone)" $'inner\nouter'
}

@test "compensate: after it durable retry is refused, before it not" {
  handler flow <<EOS
trap '[ \$? -eq 0 ] || durable compensate' EXIT
durable undo a -- touch undone
durable step bad -- test -e mended
EOS
  run -1 durable run --context f.jsonl ./flow
  assert_exist undone
  refute_output --partial 'durable retry'
  assert_output --partial 'it was compensated'
  assert_output --partial "start a new execution: 'durable run --if-failed new"
  touch mended
  run -125 durable retry f.jsonl
  assert_output --partial undone
  assert_output --partial "start a new execution: 'durable run --if-failed new"
  run -0 durable run --context g.jsonl ./flow
}

@test "compensate: what run says after it does start anew" {
  handler flow <<'EOS'
trap '[ $? -eq 0 ] || durable compensate' EXIT
durable undo a -- touch undone
durable step bad -- test -e mended
EOS
  run -1 durable run ./flow
  touch mended
  run -125 durable run ./flow
  refute_output --partial 'durable retry'
  assert_output --partial "'durable run --if-failed new ...'"
  run -0 durable run --if-failed new ./flow
}

@test "compensate: durable fail before it keeps the error's name" {
  handler flow <<'EOS'
trap '[ $? -eq 0 ] || durable compensate' EXIT
durable undo a -- touch undone
durable fail --type NoSeat 'sold out'
EOS
  run -1 --separate-stderr durable run --context f.jsonl ./flow
  [[ $stderr == *'NoSeat: sold out'* ]]
  assert_exist undone
}
