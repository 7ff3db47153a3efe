#!/usr/bin/env bats
# replay.bats - what a run that was cut off keeps, whoever was killed.
# shellcheck disable=SC2016,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

# A flow of ten steps that kills WHO (engine, handler, client) behind the fifth.
ten_steps() {
  handler flow <<EOS
for i in 1 2 3 4 5 6 7 8 9 10; do
  durable step "s \$i" -- sh -c "echo \$i >>ran; echo out \$i"
  [ \$i != 5 ] || [ -e again ] || { touch again; $1; }
done
EOS
}

all_ten() {
  assert_output "$(printf 'out %s\n' 1 2 3 4 5 6 7 8 9 10)"
  assert_equal "$(tr '\n' ' ' <ran)" '1 2 3 4 5 6 7 8 9 10 '
}

@test "replay: after the engine was killed no step is run again" {
  ten_steps 'kill -KILL $PPID; exec sleep 60'
  run -137 durable run --context f.jsonl ./flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  all_ten
  [[ $stderr == *'5 operations run, 5 replayed'* ]]
}

@test "replay: after the handler was killed it is run again by itself" {
  ten_steps 'kill -KILL $$'
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  all_ten
  [[ $stderr == *'run again in 1 s'* ]]
}

@test "replay: a killed client is a crash too" {
  handler flow <<'EOS'
durable step s -- sh -c 'echo ran >>ran; [ "$(wc -l <ran)" != 1 ] || { kill -KILL $PPID; sleep 60; }; echo ok' ||
  durable step bad -- touch went-on
[ "$(wc -l <ran)" = 2 ] || durable step worse -- touch went-on
echo end
EOS
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output 'ok
end'
  assert_not_exist went-on
}

@test "replay: a reader that has gone is no crash" {
  handler flow <<'EOS'
durable step a -- echo x | { exec <&-; sleep 0.2; }
[ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }
durable result done
EOS
  run -137 durable run --context f.jsonl ./flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output 'done'
  assert_equal "$(grep -c InvocationCompleted f.jsonl)" 2
}

@test "replay: a crash is recorded and told, with a delay that doubles" {
  handler flow <<<'kill -KILL $$'
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q 'again in 2 s' start.err
  kill -INT "$pid"
  ends_with 130
  run -0 jq -r 'select(.Outcome == "CRASHED").Error.ErrorType' f.jsonl
  assert_line --index 0 Runtime.ExitError
}

@test "replay: any completed operation starts the count of crashes anew" {
  handler flow <<'EOS'
durable step "s $(cat n)" -- true
n=$(($(cat n) + 1)); echo $n >n
[ $n -ge 3 ] || kill -KILL $$
EOS
  echo 0 >n
  run -0 durable run ./flow
  refute_output --partial 'again in 2 s'
}

@test "replay: an engine that died is not counted" {
  handler flow <<'EOS'
echo x >>runs
[ "$(wc -l <runs)" -gt 8 ] || { kill -KILL $PPID; exec sleep 60; }
EOS
  for _ in 1 2 3 4 5 6 7 8; do
    run -137 durable run --context f.jsonl ./flow
  done
  run -0 durable run --context f.jsonl ./flow
}

@test "replay: what a killed engine left running is ended first" {
  handler flow <<'EOS'
durable step s -- sh -c 'echo $$ >>pids; [ -e again ] || { touch again
  (setsid nohup timeout 60 sh -c "while :; do echo x >>written; sleep 0.01; done" &) >/dev/null 2>&1
  until [ -e written ]; do sleep 0.01; done; kill -KILL $(cat engine); sleep 60; }; rm -f written'
until [ -e checked ]; do sleep 0.02; done
EOS
  start sh -c 'echo $$ >engine; exec durable run --context f.jsonl ./flow'
  ends_with 137
  start durable run --context f.jsonl ./flow
  wait_until 60 test ! -e written
  run -124 timeout 0.3 sh -c 'until [ -e written ]; do sleep 0.02; done'
  touch checked
  ends_with 0
  assert_not_exist written
}

@test "replay: a step put in, taken out or moved disturbs nothing" {
  handler flow <<'EOS'
durable step a -- sh -c 'echo a >>ran'
durable step b -- sh -c 'echo b >>ran'
kill -KILL $PPID; exec sleep 60
EOS
  run -137 durable run --context f.jsonl ./flow
  handler flow <<'EOS'
durable step new -- sh -c 'echo new >>ran'
durable step b -- sh -c 'echo b >>ran'
durable step a -- sh -c 'echo a >>ran'
EOS
  run -0 durable run --context f.jsonl ./flow
  assert_equal "$(tr '\n' ' ' <ran)" 'a b new '
}

@test "replay: a torn last record is cut with a notice, its step run again" {
  handler flow <<'EOS'
durable step a -- sh -c 'echo a >>ran'
kill -KILL $PPID; exec sleep 60
EOS
  run -137 durable run --context f.jsonl ./flow
  truncate -s -5 f.jsonl
  handler flow <<<'durable step a -- sh -c "echo a >>ran"'
  run -0 durable run --context f.jsonl ./flow
  assert_equal "$(lines_of ran)" 2
}

@test "replay: a flipped byte in the middle is refused with 125 and the line" {
  handler flow <<<'for i in 1 2 3 4; do durable step "s$i" -- echo abcdef; done; exit 3'
  run -3 durable run --context f.jsonl ./flow
  n=$(grep -n '"s2".*abcdef' f.jsonl | cut -d: -f1)
  sed -i "${n}s/abcdef/abcdeX/" f.jsonl
  sum=$(cksum <f.jsonl)
  for command in 'run --context f.jsonl ./flow' 'retry f.jsonl' 'resume f.jsonl'; do
    # shellcheck disable=SC2086 # words
    run -125 durable $command
    assert_output --partial "line $n"
  done
  assert_equal "$(cksum <f.jsonl)" "$sum"
}

@test "replay: 200 steps are replayed without running one" {
  replayed <<'EOS'
i=0; while [ $((i += 1)) -le 200 ]; do durable step -q "s$i" -- sh -c 'echo >>ran'; done
EOS
  assert_equal "$(lines_of ran)" 200
  [[ $stderr == *'0 operations run, 200 replayed'* ]]
}
