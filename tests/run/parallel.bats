#!/usr/bin/env bats
# parallel.bats - branches that wait, fail, are cut off, and contain others.
load ../lib/durable

@test "parallel: nested, with names that repeat" {
  replayed <<'EOS'
durable parallel p --branch a -- sh -c 'durable parallel p --branch a -- durable step s -- echo aa' \
  --branch b -- echo b
EOS
  assert_output 'aa
b'
}

@test "parallel: a nested one by a script, put down in loops" {
  handler inner <<'EOS'
for i in 1 2 3; do durable branch q "$i" -- durable step s -- echo "$1$i"; done
durable parallel q
EOS
  replayed <<'EOS'
for n in a b; do durable branch p "$n" -- ./inner "$n"; done
durable parallel p
EOS
  assert_output "$(printf '%s\n' a1 a2 a3 b1 b2 b3)"
}

@test "parallel: waits in branches run at the same time" {
  handler flow <<'EOS'
durable parallel p --branch a -- sh -c 'durable wait w 1s; echo a' \
  --branch b -- sh -c 'durable wait w 1s; echo b' --branch c -- sh -c 'durable wait w 1s; echo c'
EOS
  run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_output "$(printf '%s\n' a b c)"
  # All three began before the first was over.
  run -0 jq -rn '[inputs | select(.Type == "WAIT" or .Action == "SUCCEED").Type][:4] | @csv' f.jsonl
  assert_output '"WAIT","WAIT","WAIT","CONTEXT"'
}

@test "parallel: a retry delay in one branch while another runs holds nothing" {
  first_run <<'EOS'
durable parallel p --branch a -- durable step --retry-delay 1s --retry-jitter none s -- \
  sh -c 'echo >>tries; [ "$DURABLE_ATTEMPT" = 2 ] && echo a' \
  --branch b -- durable step s -- sh -c 'until [ "$(wc -l <tries)" = 2 ]; do sleep 0.02; done; echo b'
EOS
  assert_output 'a
b'
  assert_equal "$(grep -c InvocationStarted f.jsonl)" 1
}

@test "parallel: finished branches are not run again after a suspension" {
  first_run <<'EOS'
durable parallel p --branch a -- sh -c 'echo a >>ran; echo a' \
  --branch b -- sh -c 'durable wait w 1s; echo b >>ran; echo b'
EOS
  assert_output 'a
b'
  assert_equal "$(sort ran | tr -d '\n')" ab
}

@test "parallel: suspended branches keep their slot" {
  handler flow <<'EOS'
durable parallel -j 1 p --branch a -- durable wait w 1h --branch b -- touch ran
EOS
  run -75 durable run --no-wait ./flow
  assert_not_exist ran
}

@test "parallel: an early end kills what runs, records nothing of it" {
  handler flow <<'EOS'
durable parallel --min-successful 1 p --branch slow -- sh -c \
  'durable step s -- sh -c "touch began; sleep 60; touch late" || touch late; touch late; durable step t -- touch late' \
  --branch fast -- sh -c 'until [ -e began ]; do sleep 0.01; done; echo fast'
[ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }
EOS
  run -137 durable run --context f.jsonl ./flow
  rm began
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output fast
  assert_not_exist began
  assert_not_exist late
  run -0 jq -r 'select(.Name == "slow" or .Name == "s").Action' f.jsonl
  refute_output --regexp 'SUCCEED|FAIL'
}

@test "parallel: an early end while a branch waits" {
  first_run <<'EOS'
durable parallel --min-successful 1 p --branch a -- sh -c 'durable wait w 1h; touch late' \
  --branch b -- sh -c 'durable wait w 1s; echo b'
EOS
  assert_output b
  assert_not_exist late
}

@test "parallel: tolerated failures are kept on a replay" {
  replayed <<'EOS'
durable parallel --tolerated-failure-count 1 p --branch a -- sh -c 'echo a >>ran; exit 3' \
  --branch b -- sh -c 'echo b >>ran; echo b'
EOS
  assert_output b
  assert_equal "$(sort ran | tr -d '\n')" ab
}

@test "parallel: a killed branch is a failure of 137, not of the others" {
  first_run <<'EOS'
s=0
durable parallel p --branch a -- sh -c 'kill -KILL $$' --branch b -- touch b || s=$?
echo "$s"
durable error -r p .[0].ErrorType
EOS
  assert_output '137
CommandKilled'
  assert_exist b
}

@test "parallel: the engine is killed in the middle: each branch goes on" {
  handler flow <<'EOS'
durable parallel p --branch a -- durable step s -- sh -c 'echo a >>ran; echo a' \
  --branch b -- sh -c 'durable step s -- sh -c "echo b >>ran"
  until [ -e go ] || { [ "$(grep -c SUCCEED f.jsonl)" -ge 3 ] && kill -KILL "$(cat engine)"; }; do
    sleep 0.02; done; echo b'
EOS
  start sh -c 'echo $$ >engine; exec durable run --context f.jsonl ./flow'
  ends_with 137
  touch go
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output 'a
b'
  assert_equal "$(sort ran | tr -d '\n')" ab
}

@test "parallel: a --flat branch fails with the same error behind a replay" {
  first_run <<'EOS'
durable parallel --flat --batch p --branch a -- durable step s -- durable fail --type Bad no \
  --branch b -- durable wait 1s >batch || true
jq -r '.all[0].error.ErrorType' batch
EOS
  assert_output Bad
  run -0 grep -c InvocationStarted f.jsonl
  assert_output 2
}

@test "parallel: --flat with waits, retries and nested operations" {
  replayed <<'EOS'
durable parallel --flat p --branch a -- sh -c 'durable wait w 1s; durable step s -- echo a' \
  --branch b -- durable child c -- durable step s -- echo b
EOS
  assert_output 'a
b'
}

@test "parallel: 60 branches put down in a loop, 5 at once" {
  replayed <<'EOS'
i=0; while [ $((i += 1)) -le 60 ]; do
  durable branch p -- durable step s -- sh -c "echo >>ran; echo $i"
done
durable parallel -j 5 p
EOS
  assert_output "$(seq 60)"
  assert_equal "$(lines_of ran)" 60
}

@test "parallel: two at once in the background" {
  replayed <<'EOS'
durable parallel p --branch a -- durable step s -- echo pa >p.out &
durable parallel q --branch a -- durable step s -- echo qa >q.out &
wait
cat p.out q.out
EOS
  assert_output 'pa
qa'
}

@test "parallel: steps at the same time in one context" {
  replayed <<'EOS'
for i in 1 2 3 4 5 6 7 8; do durable step "s$i" -- sh -c "echo >>ran; echo $i" >"out$i" & done
wait
cat out?
EOS
  assert_output "$(seq 8)"
  assert_equal "$(lines_of ran)" 8
}

@test "parallel: a usage error in a branch fails the execution" {
  handler flow <<'EOS'
durable parallel p --branch a -- sh -c 'durable wait soon; touch went-on' || touch went-on
touch went-on
EOS
  run -2 durable run ./flow
  assert_not_exist went-on
}
