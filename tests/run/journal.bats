#!/usr/bin/env bats
# journal.bats - DURABLE_CONTEXT alone: durable commands with no run around.
# shellcheck disable=SC2016,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

setup() {
  durable_setup
  export DURABLE_CONTEXT=$PWD/j.jsonl
}

@test "journal: a step is run once, whoever asks" {
  for _ in 1 2; do
    run -0 --separate-stderr durable step a -- sh -c 'echo ran >>ran; echo out'
    assert_output out
  done
  assert_equal "$(lines_of ran)" 1
}

@test "journal: a failed step returns its status each time" {
  for _ in 1 2; do
    run -7 durable step a -- sh -c 'echo ran >>ran; exit 7'
  done
  assert_equal "$(lines_of ran)" 1
}

@test "journal: a name is the identity, its occurrence always 1" {
  handler script <<'EOS'
durable step a -- sh -c 'echo ran >>ran'
durable step a -- sh -c 'echo ran >>ran'
EOS
  run -0 ./script
  assert_equal "$(lines_of ran)" 1
}

@test "journal: another command line under the same name is refused with 125" {
  run -0 durable step a -- echo 1
  run -125 durable step a -- touch ran
  assert_output --partial journal
  assert_not_exist ran
  run -0 durable step --digest none a -- touch ran
  assert_not_exist ran
}

@test "journal: the same name of another type is refused" {
  run -0 durable step a -- true
  run -125 durable checkpoint a -- x
  run -125 durable wait a 1s
}

@test "journal: a wait sleeps, and is over at once the second time" {
  began=$(date +%s%N)
  run -0 durable wait w 4s
  ended=$(date +%s%N)
  ((ended - began >= 4000000000))
  run -0 durable wait w 4s
  (($(date +%s%N) - ended < 4000000000))
}

@test "journal: a retry delay sleeps" {
  run -0 durable step --retry-delay 1s --retry-jitter none s -- \
    sh -c 'echo ran >>ran; [ "$DURABLE_ATTEMPT" = 2 ]'
  assert_equal "$(lines_of ran)" 2
}

@test "journal: checkpoint, child, parallel, log, error, input" {
  run -0 --separate-stderr durable checkpoint c -- x
  assert_output x
  run -0 --separate-stderr durable child d -- sh -c 'durable step in -- echo y'
  assert_output y
  run -0 --separate-stderr durable parallel p --branch a -- durable step in -- echo 1 \
    --branch b -- echo 2
  assert_output '1
2'
  run -0 durable log hello
  assert_output --partial hello
  run -0 durable input --default z
  assert_output z
}

@test "journal: many at once share one engine or take turns" {
  handler script <<'EOS'
for i in 1 2 3 4 5 6 7 8; do durable step "s$i" -- sh -c "echo $i >>ran" & done
wait
EOS
  run -0 timeout 60 ./script
  run -0 timeout 60 ./script
  assert_equal "$(sort ran | tr '\n' ' ')" '1 2 3 4 5 6 7 8 '
}

@test "journal: stdin, stdout and stderr are the client's own" {
  run -0 sh -c 'printf "a\nb\n" | durable step -i cat -- cat | tr ab cd'
  assert_output 'c
d'
}

@test "journal: a usage error is 2 and ends nothing" {
  run -2 durable step --bogus a -- true
  run -2 durable wait soon
  run -0 durable step a -- true
}

@test "journal: run, resume, retry and stop refuse it" {
  run -0 durable step a -- true
  handler flow <<<'touch ran'
  run -125 durable run --context j.jsonl ./flow
  assert_output --partial journal
  run -125 durable resume "$DURABLE_CONTEXT"
  assert_output --partial journal
  run -125 durable retry "$DURABLE_CONTEXT"
  assert_output --partial journal
  run -125 durable stop "$DURABLE_CONTEXT"
  assert_output --partial journal
  assert_not_exist ran
}

@test "journal: an execution's context file is refused" {
  handler flow <<<:
  run -0 durable run --context f.jsonl ./flow
  DURABLE_CONTEXT=$PWD/f.jsonl run -125 durable step a -- touch ran
  assert_output --partial execution
  assert_not_exist ran
}

@test "journal: a relative path, and folders that are not there yet" {
  DURABLE_CONTEXT=rel.jsonl run -0 durable step a -- true
  assert_exist rel.jsonl
  DURABLE_CONTEXT=$PWD/new/deep/j.jsonl run -0 durable step a -- true
  assert_exist new/deep/j.jsonl
}

@test "journal: its step may use make, and a Makefile may use it" {
  command -v make >/dev/null || skip 'no make here'
  printf 'all:\n\tdurable step build -- sh -c "echo ran >>ran"\n\tdurable step test -- false\n' >Makefile
  run -2 make
  run -2 make
  assert_equal "$(lines_of ran)" 1
}

@test "journal: without DURABLE_CONTEXT there is nothing to take part in: 125" {
  unset DURABLE_CONTEXT
  run -125 durable step a -- touch ran
  assert_output --partial 'durable run'
  assert_not_exist ran
}

@test "journal: a killed client is no crash of others, and runs again" {
  start durable step a -- sh -c 'echo ran >>ran; touch began; sleep 60'
  wait_until 60 test -e began
  pkill -KILL -P "$pid" || true
  kill -KILL "$pid" || true
  wait "$pid" || true
  run -0 durable step b -- true
}
