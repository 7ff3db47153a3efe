#!/usr/bin/env bats
# resume.bats - durable resume: for cron and timers.
# shellcheck disable=SC2016 # flows are quoted text; bats sets its variables
load ../lib/durable

# resume_until_over FILE: as a timer would, until it does not exit 75.
resume_until_over() {
  local status=75
  while ((status == 75)); do
    status=0
    durable resume "$@" || status=$?
  done
  return "$status"
}

@test "resume: never sleeps: one that is not due stays suspended, 75" {
  handler flow <<<'echo ran >>ran; durable wait 1h'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -75 durable resume f.jsonl
  assert_equal "$(lines_of ran)" 1
}

@test "resume: drives one that is due to its end and prints its result" {
  handler flow <<<'durable wait 1s; echo result'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 --separate-stderr resume_until_over f.jsonl
  assert_output result
}

@test "resume: a working directory that has gone is named, and nothing else" {
  handler flow <<<'durable wait 1s'
  mkdir gone
  here=$PWD
  (cd gone && run -75 durable run --no-wait --context ../f.jsonl "$here/flow")
  rmdir gone
  sleep 1.1
  run -125 durable resume f.jsonl
  assert_output --partial \
    "working directory of $PWD/flow, $PWD/gone: No such file or directory"
  refute_output --partial interpreter
  chmod -x flow
  mkdir gone
  run durable resume f.jsonl
  assert_output --partial 'make it executable with chmod +x'
}

@test "resume: by name, and several at once" {
  handler flow <<<'durable wait 1s; touch "ended-$1"'
  for n in a b; do
    run -75 durable run --no-wait --name "$n" ./flow "$n"
  done
  run -0 resume_until_over a b
  assert_exist ended-a
  assert_exist ended-b
}

@test "resume: --all drives every one that has not ended" {
  handler flow <<<'durable wait 1s; touch "ended-$1"'
  for n in a b; do
    run -75 durable run --no-wait --name "$n" ./flow "$n"
  done
  run -0 resume_until_over --all
  assert_exist ended-a
  assert_exist ended-b
  run -0 durable resume --all
}

@test "resume: prints one line for each" {
  handler flow <<<'durable wait 1h'
  run -75 durable run --no-wait --name a ./flow a
  run -75 durable run --no-wait --name b ./flow b
  run -75 durable resume --all
  assert_equal "${#lines[@]}" 2
  run -75 durable resume --all --quiet
  assert_output ''
}

@test "resume: a failure is its status" {
  handler flow <<<'durable wait 1s; exit 7'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -7 resume_until_over f.jsonl
}

@test "resume: one that has ended is told, with its status" {
  handler flow <<<'echo ran >>ran; exit 7'
  run -7 durable run --context f.jsonl ./flow
  run -7 durable resume f.jsonl
  assert_equal "$(lines_of ran)" 1
}

@test "resume: one that runs is left alone" {
  handler flow <<<'touch began; until [ -e go ]; do sleep 0.02; done'
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e began
  run -0 durable resume f.jsonl
  assert_output --partial running
  touch go
  ends_with 0
}

@test "resume: restores arguments and folder" {
  handler flow <<<'durable wait 1s; printf "%s\n" "$PWD" "$@" >>out'
  run -75 durable run --no-wait --context f.jsonl ./flow 'a b' ''
  cd /
  run -0 resume_until_over "$BATS_TEST_TMPDIR/f.jsonl"
  run -0 cat "$BATS_TEST_TMPDIR/out"
  assert_output "$(printf '%s\n' "$BATS_TEST_TMPDIR" 'a b' '')"
}

@test "resume: one that is not there is 1, without operand 2" {
  run -1 durable resume nothing
  assert_output --partial nothing
  run -2 durable resume
  run -2 durable resume --all nothing
}

@test "resume: --all of nothing is 0" {
  run -0 durable resume --all
}

@test "resume: --strict makes an error of a changed command line" {
  handler flow <<<'durable step a -- echo "$(cat word)"; durable wait 1s'
  echo 1 >word
  run -75 durable run --no-wait --context f.jsonl ./flow
  echo 2 >word
  run -125 resume_until_over --strict f.jsonl
  run -0 resume_until_over f.jsonl
}

@test "resume: -v shows the steps' output" {
  handler flow <<<'durable wait 1s; durable step -q a -- echo words'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 resume_until_over -v f.jsonl
  assert_output --partial words
}

@test "resume: a kept DURABLE_PATH finds the function, from anywhere" {
  mkdir lib
  handler lib/billing <<<'durable result billed'
  handler flow <<<'durable wait 1s; durable invoke bill billing'
  DURABLE_PATH=lib run -75 durable run --no-wait --keep-env DURABLE_PATH --context f.jsonl ./flow
  cd /
  run -0 --separate-stderr resume_until_over "$BATS_TEST_TMPDIR/f.jsonl"
  assert_output billed
}

@test "resume: its own DURABLE_PATH counts where none was kept" {
  mkdir lib
  handler lib/billing <<<'durable result billed'
  handler flow <<<'durable wait 1s; durable invoke bill billing'
  run -75 durable run --no-wait --context f.jsonl ./flow
  DURABLE_PATH=$PWD/lib run -0 --separate-stderr resume_until_over f.jsonl
  assert_output billed
}

@test "resume: kept DURABLE_PAYLOAD_MAX and DURABLE_STRICT count" {
  handler flow <<'EOS'
durable step a -- echo "$(cat word)"
durable wait 1s
s=0; durable step b -- echo longer than ten bytes || s=$?
echo "$s $(durable error -r b .ErrorType)"
EOS
  echo 1 >word
  DURABLE_PAYLOAD_MAX=10 DURABLE_STRICT=1 run -75 durable run --no-wait \
    --keep-env DURABLE_PAYLOAD_MAX,DURABLE_STRICT --context f.jsonl ./flow
  echo 2 >word
  run -125 resume_until_over f.jsonl
  assert_output --partial 'command line'
  echo 1 >word
  run -0 --separate-stderr resume_until_over f.jsonl
  assert_output $'1\n1 Output.TooLarge'
}
