#!/usr/bin/env bats
# retry.bats - steps that are tried again: when, how often, after what delay.
# shellcheck disable=SC2016,SC2154,SC2238 # flows are quoted text; bats sets its variables
load ../lib/durable

# tries OPTION...: how often a step that fails with $1 is run, with delays of
# one second at most; $status is the step's.
tries() {
  local failure=$1
  shift
  handler flow <<EOS
s=0
durable step "\$@" s -- sh -c 'echo >>ran; $failure' || s=\$?
wc -l <ran | tr -d ' '
echo \$s
EOS
  rm -f ran
  run -0 --separate-stderr durable run --context "${BATS_TEST_NUMBER}$RANDOM.jsonl" ./flow "$@" \
    --retry-jitter none
  tried=${lines[0]} status=${lines[1]}
}

@test "retry: without an option a failure is not tried again" {
  handler flow <<<'durable step s -- sh -c "echo >>ran; exit 3" || echo $?'
  run -0 --separate-stderr durable run ./flow
  assert_output 3
  assert_equal "$(lines_of ran)" 1
}

@test "retry: without an option only status 75 is tried again, by the default" {
  handler flow <<<'durable step s -- sh -c "echo >>ran; exit 75"'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 jq -c 'select(.Action == "RETRY").StepOptions // .' f.jsonl
  assert_output --regexp 'Seconds":[1-5][,}]'
  handler flow <<<'durable step --no-retry s -- sh -c "exit 75" || echo $?'
  run -0 --separate-stderr durable run --context g.jsonl ./flow
  assert_output 75
}

@test "retry: --max-attempts N is N in all, then the command's status" {
  tries 'exit 3' --max-attempts 2 --retry-delay 1s
  assert_equal "$tried,$status" 2,3
}

@test "retry: it ends with the first success" {
  tries '[ "$DURABLE_ATTEMPT" = 2 ]' --max-attempts 9 --retry-delay 1s
  assert_equal "$tried,$status" 2,0
}

@test "retry: --retry tries any failure but 126, 127 and Output.*" {
  tries 'exit 126' --retry --retry-delay 1s
  assert_equal "$tried,$status" 1,126
  tries 'exit 127' --retry --retry-delay 1s
  assert_equal "$tried,$status" 1,127
  tries 'echo no' --retry --retry-delay 1s --json
  assert_equal "$tried,$status" 1,1
}

@test "retry: each of the options implies --retry" {
  n=0
  for option in --retry '--max-attempts 3' '--retry-delay 1h' '--retry-max-delay 1h' \
    '--retry-rate 3' '--retry-jitter half' '--no-retry-on 9'; do
    handler flow <<<"durable step $option s -- sh -c 'exit 3'"
    run -75 durable run --no-wait --context "f$((n += 1)).jsonl" ./flow
  done
}

@test "retry: --retry-on names statuses and error types, by glob" {
  tries 'exit 3' --retry-on 4,5 --retry-delay 1s
  assert_equal "$tried,$status" 1,3
  tries '[ "$DURABLE_ATTEMPT" = 2 ] || exit 4' --retry-on 4,5 --retry-delay 1s
  assert_equal "$tried,$status" 2,0
  tries '[ "$DURABLE_ATTEMPT" = 2 ] || kill -KILL $$' --retry-on 'Command?illed' --retry-delay 1s
  assert_equal "$tried,$status" 2,0
}

@test "retry: --no-retry-on names what is not tried again" {
  tries 'exit 3' --no-retry-on 3 --retry-delay 1s
  assert_equal "$tried,$status" 1,3
  tries '[ "$DURABLE_ATTEMPT" = 2 ] || exit 4' --no-retry-on 'Command[K]*,3' --retry-delay 1s
  assert_equal "$tried,$status" 2,0
}

@test "retry: --retry-delay, --retry-rate and --retry-max-delay without jitter" {
  handler flow <<'EOS'
durable step --max-attempts 4 --retry-delay 1s --retry-rate 60 --retry-max-delay 2s \
  --retry-jitter none s -- sh -c 'date +%s%N >>at; exit 3' || true
EOS
  run -0 durable run ./flow
  mapfile -t at <at
  assert_equal "${#at[@]}" 4
  ((at[1] - at[0] >= 1000000000 && at[1] - at[0] < 10000000000))
  ((at[2] - at[1] >= 2000000000 && at[3] - at[2] >= 2000000000))
  ((at[2] - at[1] < 30000000000 && at[3] - at[2] < 30000000000))
}

@test "retry: a delay is a suspension: nothing is held meanwhile" {
  handler flow <<<'durable step --retry-delay 1h --retry-jitter none s -- sh -c "exit 3"'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 jq -r 'select(.Event == "InvocationCompleted").Outcome' f.jsonl
  assert_output PENDING
}

@test "retry: --retry-command is an own policy: prints a delay, or exits 1" {
  handler flow <<'EOS'
s=0
durable step --retry-command 'cat >>errors; echo "$DURABLE_ATTEMPT" >>asked
  [ "$DURABLE_ATTEMPT" -lt 2 ] && echo 1s' s -- sh -c 'echo why >&2; exit 3' || s=$?
echo $s
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 3
  assert_equal "$(tr '\n' ' ' <asked)" '1 2 '
  run -0 jq -r .ErrorMessage errors
  assert_output 'why
why'
}

@test "retry: --retry-command that prints nonsense ends it and says so" {
  handler flow <<<'durable step --retry-command "echo soon" s -- sh -c "exit 3" || echo $?'
  run -0 --separate-stderr durable run ./flow
  assert_output 3
  [[ $stderr == *soon* ]]
}

@test "retry: usage errors of the retry options" {
  n=0
  for words in '--no-retry --retry' '--max-attempts 0' '--max-attempts x' '--retry-rate 0.5' \
    '--retry-jitter some' '--retry-delay 0' '--retry-on ""' '--retry-on 300' '--retry-on 3,,4' \
    '--no-retry --max-attempts 3'; do
    handler flow <<<"durable step $words s -- touch ran || touch ran; touch ran"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist ran
  done
}

@test "retry: full jitter is between 1 s and the delay, half at least its half" {
  for kind in full half; do
    handler flow <<<"durable step --retry-delay 10s --retry-jitter $kind s -- sh -c 'exit 3'"
    for n in 1 2 3 4; do
      run -75 durable run --no-wait --context "$kind$n.jsonl" ./flow
    done
    run -0 grep -ho 'Seconds":[0-9]*' "$kind"?.jsonl
    while IFS=: read -r _ delay; do
      ((delay >= 1 && delay <= 10))
      [[ $kind == full ]] || ((delay >= 5))
    done <<<"$output"
  done
}

@test "retry: the count of attempts goes on after the engine was killed" {
  handler flow <<'EOS'
durable step --max-attempts 3 --retry-delay 1m --retry-jitter none s -- \
  sh -c 'echo "$DURABLE_ATTEMPT" >>ran; exit 3' || echo "$?"
EOS
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q RETRY f.jsonl
  kill -KILL "$pid"
  ends_with 137
  run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_output 3
  assert_equal "$(tr '\n' ' ' <ran)" '1 2 3 '
}
