#!/usr/bin/env bats
# signals.bats - an interruption is not an outcome.
# shellcheck disable=SC2016,SC2030,SC2031 # flows are quoted text; bats sets its variables
load ../lib/durable

# A flow that reports if it goes on, or runs its step twice; ends when go is there.
busy() {
  handler flow <<'EOS'
durable step s -- sh -c 'echo ran >>ran; until [ -e go ]; do sleep 0.02; done; echo ok' || touch went-on
echo end
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e ran
}

resumes() {
  assert_not_exist went-on
  run -1 grep -e '"Action":"FAIL"' -e ExecutionFailed f.jsonl
  touch go
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output 'ok
end'
}

@test "signals: INT, TERM and HUP to the engine are 128+N, and it goes on later" {
  for signal in INT TERM HUP; do
    rm -f f.jsonl ran go
    busy
    kill -"$signal" "$pid"
    ends_with $((128 + $(kill -l $signal)))
    grep 'durable resume' start.err
    resumes
    assert_equal "$(lines_of ran)" 2
  done
}

@test "signals: while it sleeps in a wait" {
  handler flow <<<'durable wait w 1h; touch went-on'
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q PENDING f.jsonl
  kill -TERM "$pid"
  ends_with 143
  assert_not_exist went-on
  run -75 durable run --no-wait --context f.jsonl ./flow
}

@test "signals: to every process, as at a reboot: nothing is recorded" {
  busy
  pids=$(pgrep -s "$(pgrep -P "$pid")" | tr '\n' ' ')
  # shellcheck disable=SC2086 # numbers
  kill -TERM $pids "$pid"
  ends_with 143
  resumes
}

@test "signals: to the handler and all below, the engine a moment later" {
  busy
  pids=$(pgrep -s "$(pgrep -P "$pid")" | tr '\n' ' ')
  # shellcheck disable=SC2086 # numbers
  kill -TERM $pids
  kill -TERM "$pid"
  ends_with 143
  resumes
}

@test "signals: a command that only itself was ended by TERM has failed" {
  handler flow <<<'s=0; durable step s -- sh -c "kill -TERM \$\$" || s=$?; echo $s'
  run -0 --separate-stderr durable run ./flow
  assert_output 143
}

@test "signals: a command that exits 130 by itself has failed" {
  handler flow <<<'s=0; durable step s -- sh -c "exit 130" || s=$?; echo $s'
  run -0 --separate-stderr durable run ./flow
  assert_output 130
}

@test "signals: a client passes TERM on to its command and waits for it" {
  handler flow <<'EOS'
s=0
durable step s -- sh -c 'trap "echo got >>got; exit 9" TERM; echo $PPID >client; touch began
  while :; do sleep 0.02; done' || s=$?
echo "$s"
EOS
  start durable run ./flow
  wait_until 60 test -e began
  kill -TERM "$(cat client)"
  ends_with 0
  assert_equal "$(cat got)" got
  assert_equal "$(cat start.out)" 9
}

@test "signals: Ctrl-C at a terminal reaches the engine alone" {
  command -v script >/dev/null || skip 'no script(1) here'
  handler flow <<'EOS'
durable step s -- sh -c 'trap "touch got" INT; echo ran >>ran; until [ -e go ]; do sleep 0.02; done; echo ok' || touch went-on
echo end
EOS
  mkfifo keys
  exec 9<>keys
  script -qefc 'durable run --context f.jsonl ./flow' /dev/null <keys >start.out 2>&1 3>&- &
  pid=$!
  started+=("$pid")
  wait_until 60 test -e ran
  printf '\003' >&9
  wait_until 60 grep -q INTERRUPTED f.jsonl
  exec 9>&-
  ends_with 130
  assert_not_exist got
  resumes
}

@test "signals: TSTP stops everything below before the engine, CONT goes on" {
  handler flow <<'EOS'
durable step s -- sh -c 'touch began; while [ ! -e go ]; do echo x >>ticks; sleep 0.01; done; echo ok'
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e began
  kill -TSTP "$pid"
  wait_until 60 grep -q '^State:.T' "/proc/$pid/status"
  for p in $(pgrep -s "$(pgrep -P "$pid")"); do
    grep -q '^State:.[TZ]' "/proc/$p/status" # or ended, its parent stopped
  done
  kill -CONT "$pid"
  touch go
  ends_with 0
  assert_equal "$(cat start.out)" ok
}

@test "signals: a closed stdout of run is 125, the result kept" {
  handler flow <<<'echo result'
  run -125 sh -c 'durable run --name exe ./flow >&-'
  assert_output --partial 'write to standard output: Bad file descriptor'
  refute_output --partial 'durable drive'
  run -0 --separate-stderr durable run --name exe ./flow
  assert_output result
}

@test "signals: a full stdout of run is 125, the result kept" {
  handler flow <<<'echo result'
  handler slow <<<'durable wait w 1s; echo result'
  run -125 sh -c 'durable run --name slow ./slow >/dev/full'
  assert_output --partial 'write to standard output: No space left on device'
  refute_output --partial 'durable drive'
  refute_output --partial 'Input/output error'
  run -125 sh -c 'durable run --name exe ./flow >/dev/full'
  run -0 --separate-stderr durable run --name exe ./flow
  assert_output result
}

@test "signals: a reader that has gone gives the writer of a step 141" {
  handler flow <<'EOS'
#!/bin/bash
durable step big -- sh -c 'head -c 1000000 /dev/zero | tr "\0" x' | true
echo "${PIPESTATUS[0]}"
EOS
  run -0 --separate-stderr durable run ./flow
  [[ $output == 141 || $output == 0 ]]
}
