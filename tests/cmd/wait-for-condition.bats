#!/usr/bin/env bats
# wait-for-condition.bats - polling with a state.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

poll='durable wait-for-condition --poll-delay 1s --poll-jitter none'

# A second of every poll would add up.
skipping() {
  handler flow
  run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
}

@test "wait-for-condition: the state goes from poll to poll, the last is printed" {
  skipping <<EOS
$poll --initial 0 c -- sh -c 'read n; echo "\$DURABLE_ATTEMPT:\$n" >>seen; echo \$((n + 10)); [ "\$n" -ge 20 ]'
EOS
  assert_output 30
  assert_equal "$(cat seen)" $'1:0\n2:10\n3:20'
}

@test "wait-for-condition: what is recorded is not polled again" {
  replayed <<'EOS'
durable wait-for-condition c -- sh -c 'echo x >>ran; echo done'
EOS
  assert_output 'done'
  assert_equal "$(lines_of ran)" 1
}

@test "wait-for-condition: it is suspended between polls, and a kill keeps the state" {
  handler flow <<EOS
$poll --initial a c -- sh -c 's=\$(cat); echo "\$s" >>seen; echo "\${s}a"; [ "\$s" = aaa ]'
EOS
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_equal "$(cat seen)" a
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -qx aa seen
  wait_until 60 grep -q aaa f.jsonl
  kill -KILL "$pid" || true # or it has ended
  wait "$pid" || true
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output aaaa
  assert_equal "$(uniq seen)" $'a\naa\naaa'
}

@test "wait-for-condition: a poll that prints nothing keeps the state" {
  skipping <<EOS
$poll --initial keep c -- sh -c '[ "\$(cat)" = keep ] && [ "\$DURABLE_ATTEMPT" = 3 ]'
$poll --json --initial '{"n": 1.0}' j -- sh -c 'cat >>j; [ "\$DURABLE_ATTEMPT" = 2 ]'
$poll none -- sh -c 'wc -c >>none; [ "\$DURABLE_ATTEMPT" = 2 ]'
EOS
  assert_output $'keep\n{"n": 1.0}'
  assert_equal "$(cat j)" '{"n": 1.0}{"n": 1.0}'
  assert_equal "$(tr -d ' ' <none)" $'0\n0'
}

@test "wait-for-condition: --json keeps every digit, and refuses what is none" {
  skipping <<EOS
$poll --json --initial 1 c -- sh -c 'cat >>seen; echo " 12345678901234567890.50 "; [ "\$DURABLE_ATTEMPT" = 2 ]'
$poll --json bad -- echo nonsense || durable error -r bad .ErrorType
EOS
  assert_output $'12345678901234567890.50\nOutput.NotJSON'
  assert_equal "$(cat seen)" 112345678901234567890.50
}

@test "wait-for-condition: text of any bytes is a state" {
  skipping <<EOS
$poll --raw c -- sh -c 'cat | od -An -tx1 >>seen; printf "\\\\377\\\\n\\\\n"; [ "\$DURABLE_ATTEMPT" = 2 ]' | od -An -tx1
EOS
  assert_output ' ff 0a 0a'
  assert_equal "$(cat seen)" ' ff 0a 0a'
}

@test "wait-for-condition: attempts used up are 124" {
  skipping <<EOS
s=0; $poll --max-attempts 3 c -- sh -c 'echo x >>ran; exit 1' || s=\$?
durable error -r c .ErrorType
echo "status \$s"
EOS
  assert_line --index -1 'status 124'
  assert_equal "$(lines_of ran)" 3
}

@test "wait-for-condition: 60 polls unless --max-attempts says otherwise" {
  skipping <<EOS
s=0; $poll c -- sh -c 'echo x >>ran; exit 1' || s=\$?
echo "status \$s"
EOS
  assert_output 'status 124'
  assert_equal "$(lines_of ran)" 60
}

@test "wait-for-condition: true at the last attempt is true" {
  skipping <<EOS
$poll --max-attempts 2 c -- sh -c 'echo "\$DURABLE_ATTEMPT"; [ "\$DURABLE_ATTEMPT" = 2 ]'
EOS
  assert_output 2
}

@test "wait-for-condition: another status than 0 and 1 is a failure, never polled again" {
  skipping <<EOS
for n in 2 75 127; do
  s=0; $poll "c\$n" -- sh -c "echo \$n >>ran; exit \$n" || s=\$?
  echo "\$s \$(durable error -r "c\$n" .ErrorType)"
done
s=0; $poll killed -- sh -c 'kill -KILL \$\$' || s=\$?
echo "\$s \$(durable error -r killed .ErrorType)"
s=0; $poll nowhere -- ./nowhere || s=\$?
echo "\$s"
EOS
  assert_output '2 CommandFailed
75 CommandFailed
127 CommandFailed
137 CommandKilled
127'
  assert_equal "$(lines_of ran)" 3
}

@test "wait-for-condition: durable fail in a poll names the error, status 1 too" {
  skipping <<EOS
s=0; $poll c -- sh -c 'durable fail --type Gone "no such job"' || s=\$?
echo "\$s \$(durable error -r c .ErrorType) \$(durable error -r c .ErrorMessage)"
EOS
  assert_output '1 Gone no such job'
}

@test "wait-for-condition: --timeout ends a poll as a failure with 124" {
  first_run <<EOS
s=0; $poll --timeout 1s c -- sh -c 'echo x >>ran; exec sleep 60' || s=\$?
echo "\$s \$(durable error -r c .ErrorType)"
EOS
  assert_output '124 CommandTimedOut'
  assert_equal "$(lines_of ran)" 1
}

@test "wait-for-condition: delays grow by --poll-rate up to --poll-max-delay" {
  skipping <<EOS
$poll --poll-delay 2s --poll-rate 3 --poll-max-delay 10s c -- sh -c '[ "\$DURABLE_ATTEMPT" = 5 ]'
EOS
  run -0 jq -s -c '[.[] | select(.Action == "RETRY") |
    (.StepOptions.NextAttemptDelaySeconds // .NextAttemptDelaySeconds // .Delay)]' f.jsonl
  assert_output '[2,6,10,10]'
}

@test "wait-for-condition: usage errors run nothing" {
  for bad in '--poll-rate 0.5' '--max-attempts 0' '--poll-jitter some' '--poll-delay 0' '--json --raw'; do
    handler flow <<<"durable wait-for-condition $bad c -- touch ran || touch went-on"
    run -2 durable run --context "$RANDOM.jsonl" ./flow
  done
  assert_not_exist ran
  assert_not_exist went-on
}
