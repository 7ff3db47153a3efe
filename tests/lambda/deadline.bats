#!/usr/bin/env bats
# Near the deadline of an invocation: what runs is ended and tried again, and
# the sandbox is never killed for its time. The guard begins a quarter before
# the end of these short invocations.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

# deadline [OPTION...]: ./flow with 6 s for an invocation, of which the guard has
# one and a half: what a busy machine needs to end it.
deadline() {
  bridge --skip-time --timeout 6 --function 'main=durable lambda ./flow' \
    --invoke main "$@"
}

# Types of the failed invocations, in a line.
failed_invocations() {
  jq -r '[.Events[].InvocationCompletedDetails.Error.Payload.ErrorType
    | values] | join(" ")' history.json
}

# Error types of the attempts of steps that failed, in a line.
failed_attempts() {
  jq -r '[.Events[].StepFailedDetails | values | .Error.Payload.ErrorType]
    | join(" ")' history.json
}

@test "deadline: a command gets TERM, then KILL, and another attempt later" {
  handler long <<'EOT'
echo "start $DURABLE_ATTEMPT" >>log
[ "$DURABLE_ATTEMPT" = 1 ] || { echo done; exit; }
trap 'echo term >>log; sleep 0.1; echo cleaned >>log' TERM
(trap '' TERM; echo "$BASHPID" >deaf; exec sleep 60) &
while :; do sleep 1 & wait $! || true; done
EOT
  sed -i '1s/.*/#!\/bin\/bash/' long
  handler flow <<'EOT'
trap 'echo WRONG >>log' TERM EXIT
durable step long --retry -- ./long | durable result
EOT
  run -0 deadline
  assert_equal "$(outcome .Result)" '"\"done\""'
  assert_equal "$(failed_attempts)" DeadlineExceeded
  assert_equal "$(failed_invocations)" ''
  assert_equal "$(outcome .counts.invocations)" 2
  assert_equal "$(grep -v WRONG log | tr '\n' ' ')" 'start 1 term cleaned start 2 '
  assert_equal "$(grep -c WRONG log)" 1 # at the end of all, as it should be
  refute kill -0 "$(cat deaf)"
}

@test "deadline: when the attempts are used up it fails without running" {
  handler flow <<'EOT'
for n in 1 2; do
  durable step "long $n" --retry --max-attempts "$n" -- sh -c 'echo start >>log; sleep 60' &&
    echo WRONG >>log
  echo "after $?" >>log
done
durable error 'long 1' .ErrorType | durable result
EOT
  run -0 deadline
  assert_equal "$(outcome '.Result | fromjson | fromjson')" '"DeadlineExceeded"'
  assert_equal "$(sort log | tr '\n' ' ')" 'after 1 after 1 after 1 after 1 start start start '
  assert_equal "$(failed_invocations)" ''
}

@test "deadline: a step that is run at most once is not run again" {
  handler flow <<'EOT'
durable step once --at-most-once -- sh -c 'echo start >>log; sleep 60' || s=$?
durable step next -- sh -c 'echo next >>log'
durable result "$s"
EOT
  run -0 deadline
  assert_equal "$(outcome .Result)" '"\"1\""'
  assert_equal "$(tr '\n' ' ' <log)" 'start next '
}

@test "deadline: a condition keeps its state" {
  handler poll <<'EOT'
n=$(cat)
echo "poll $n" >>log
[ "$n" != 2 ] || [ -e slow ] || { : >slow; sleep 60; }
echo $((n + 1))
[ "$n" = 3 ] || exit 1
EOT
  handler flow <<'EOT'
durable wait-for-condition --initial 1 --poll-delay 1s it -- ./poll | durable result
EOT
  run -0 deadline
  assert_equal "$(outcome .Result)" '"\"4\""'
  assert_equal "$(tr '\n' ' ' <log)" 'poll 1 poll 2 poll 2 poll 3 '
}

@test "deadline: a poll that was cut off is one of the polls in all" {
  handler flow <<'EOT'
durable wait-for-condition --max-attempts 2 --poll-delay 1s none -- sh -c 'echo none >>log; sleep 60' || echo "after $?" >>log
durable wait-for-condition --max-attempts 2 --poll-delay 1s --initial 1 state -- \
  sh -c 'echo "state $(cat)" >>log; [ -e cut ] && sleep 60; : >cut; echo 2; exit 1' || echo "after $?" >>log
durable error state .ErrorMessage | durable result
EOT
  run -0 deadline
  assert_equal "$(outcome '.Result | fromjson | fromjson')" '"the condition did not hold after 2 polls"'
  assert_equal "$(tail -n 1 log)" 'after 124'
  assert_equal "$(grep -v after log | tr '\n' ' ')" 'none none state 1 state 2 '
  assert_equal "$(outcome .counts.failed)" 0
}

@test "deadline: the retry command is asked, and lists of errors count" {
  handler flow <<'EOT'
attempt='echo "$0 $DURABLE_ATTEMPT" >>log; sleep 60'
durable step --at-most-once --retry-command 'echo "asked $DURABLE_ATTEMPT $(jq -r .ErrorType)" >>log
  [ "$DURABLE_ATTEMPT" = 1 ] && echo 5' asks -- sh -c "$attempt" asks || true
durable step --no-retry-on 'Dead*' not -- sh -c "$attempt" not || true
durable step --retry-on 75,CommandFailed only -- sh -c "$attempt" only || true
durable step --retry-on DeadlineExceeded --max-attempts 2 this -- sh -c "$attempt" this || true
durable error not .ErrorType | durable result
EOT
  run -0 deadline
  assert_equal "$(outcome '.Result | fromjson | fromjson')" '"DeadlineExceeded"'
  assert_equal "$(uniq log | tr '\n' ' ')" 'asks 1 asked 1 DeadlineExceeded asks 2 asked 2 DeadlineExceeded not 1 only 1 this 1 this 2 '
}

@test "deadline: with nothing pending it is an error, and invoked again" {
  handler flow <<'EOT'
durable step a -- sh -c 'echo a >>log'
[ -e again ] || { : >again; sleep 60 || echo WRONG >>log; echo WRONG >>log; }
durable step b -- sh -c 'echo b >>log'
durable result yes
EOT
  run -0 deadline
  assert_equal "$(failed_invocations)" Runtime.DeadlineExceeded
  assert_equal "$(outcome .counts.invocations)" 2
  assert_equal "$(tr '\n' ' ' <log)" 'a b '
  run cat main.log
  assert_output --partial "raise the function's timeout"
}

@test "deadline: shells with traps and || do not go on; branches are ended each" {
  handler branch <<'EOT'
trap 'echo WRONG >>log' TERM HUP INT
durable step "$1" --retry -- sh -c 'echo "start $0 $DURABLE_ATTEMPT" >>log
  [ "$DURABLE_ATTEMPT" = 2 ] || exec sleep 60' "$1" || echo WRONG >>log
echo "after $1" >>log
EOT
  handler flow <<'EOT'
trap 'echo WRONG >>log' TERM
(durable child kid -- ./branch in || echo WRONG >>log) &
durable parallel -q p --branch l -- ./branch l --branch r -- ./branch r \
  --branch s -- durable step short -- sh -c 'echo short >>log' || echo WRONG >>log
wait $! || echo WRONG >>log
durable result yes
EOT
  run -0 deadline
  assert_equal "$(failed_attempts)" \
    'DeadlineExceeded DeadlineExceeded DeadlineExceeded'
  assert_equal "$(outcome .counts.failed)" 0
  (($(outcome .counts.invocations) <= 4)) # one for each that is tried again
  assert_equal "$(sort log | tr '\n' ' ')" "after in after l after r short \
start in 1 start in 2 start l 1 start l 2 start r 1 start r 2 "
}

@test "deadline: DURABLE_DEADLINE_MARGIN says when the guard begins" {
  handler flow <<'EOT'
durable step long --retry --max-attempts 1 -- sh -c 'sleep 1.5; echo done' || echo late
EOT
  run -0 deadline --timeout 4 --env DURABLE_DEADLINE_MARGIN=1s
  assert_equal "$(outcome .Result)" '"\"done\""'
  run -0 deadline --timeout 2 --env DURABLE_DEADLINE_MARGIN=1h
  assert_equal "$(outcome .Result)" '"\"late\""'
  run -3 deadline --max-failures 2 --env DURABLE_DEADLINE_MARGIN=soon
  run cat main.log
  assert_output --partial "DURABLE_DEADLINE_MARGIN: 'soon' is not a duration"
}
