#!/usr/bin/env bats
# sequences.bats - which events an execution has, in which order: what others
# may rely on, on a context file and on Lambda alike. Beside these there are
# the requirements of the field; see tests/conformance.
#
# C is a context, S a step, W a wait, CB a callback, I an invoke, or an
# invocation, and E the execution; behind it S is started, X succeeded, F
# failed, T timed out, C completed.
load ../lib/durable

# events FILTER [JQ-OPTION...]: of the array of them without the first.
events() {
  local filter=$1
  shift
  durable history --json f.jsonl | jq -c "$@" ".Events[1:] | $filter"
}

# flow SEQUENCE [RUN-OPTION...]: runs the lines on stdin as a workflow and
# compares its events; $status and $output are those of the run.
flow() {
  local want=$1
  shift
  handler flow
  run --separate-stderr durable run --context f.jsonl "$@" ./flow
  assert_equal "$(events 'map(.EventType
    | sub("^Callback"; "CB") | sub("^ChainedInvoke"; "I")
    | sub("^(?<c>CB|[A-Z]).*(?<d>Started|Succeeded|Failed|TimedOut|Completed)";
      .c + {Started: "S", Succeeded: "X", Failed: "F", TimedOut: "T",
        Completed: "C"}[.d])) | join(" ")' -r)" "$want"
}

@test "sequences: a handler without operations" {
  flow 'IC EX' <<<'echo done'
  assert_equal "$status" 0
  assert_output 'done'
  rm f.jsonl
  flow 'IC EF' <<<'exit 7'
  assert_equal "$status" 7
}

@test "sequences: an interrupted attempt of an at-most-once step is a failed one" {
  flow 'SS IC SF IC SS SX IC EX' <<'EOS'
durable step --at-most-once --max-attempts 2 --retry-delay 1s \
  --retry-jitter none s -- \
  sh -c '[ "$DURABLE_ATTEMPT" -gt 1 ] || kill -KILL "$PPID"; echo ok'
EOS
  run -0 events '.[1].InvocationCompletedDetails.Error.Payload.ErrorType,
    .[2].StepFailedDetails.RetryDetails, .[5].StepSucceededDetails.RetryDetails'
  assert_output '"Runtime.ExitError"
{"CurrentAttempt":1,"NextAttemptDelaySeconds":1}
{"CurrentAttempt":2}'
}

@test "sequences: an interrupted attempt of a step is not started anew" {
  flow 'CS SS IC SX CX IC EX' <<'EOS'
durable child c -- durable step s -- \
  sh -c '[ -e mark ] || { touch mark; kill -KILL "$PPID"; }'
EOS
  run -0 events '.[3].StepSucceededDetails.RetryDetails.CurrentAttempt'
  assert_output 1
}

@test "sequences: a step without attempts left has no next delay" {
  flow 'SS SF IC SS SF IC EF' <<'EOS'
durable step --max-attempts 2 --retry-delay 1s --retry-jitter none s -- \
  sh -c 'echo bad >&2; exit 3'
EOS
  assert_equal "$status" 3
  run -0 events '.[] | .StepFailedDetails.RetryDetails // empty'
  assert_output '{"CurrentAttempt":1,"NextAttemptDelaySeconds":1}
{"CurrentAttempt":2}'
}

@test "sequences: an encoded step is recorded as encoded, handed out as decoded" {
  flow 'SS SX WS IC WX IC EX' <<'EOS'
x=$(durable step --encode 'tr a-z A-Z' --decode 'tr A-Z a-z' s -- echo hello)
durable wait 1s
echo "$x"
EOS
  assert_output hello
  run -0 events '.[1].StepSucceededDetails.Result.Payload'
  assert_output '"HELLO"'
}

@test "sequences: every wait is an invocation of its own" {
  flow 'WS IC WX WS IC WX IC EX' <<'EOS'
durable wait 1s
durable wait 1s
EOS
}

@test "sequences: contexts in contexts point at the one around them" {
  flow 'CS CS SS SX CX CX IC EX' <<'EOS'
durable child a -- durable child b -- durable step s -- echo x
EOS
  run -0 events '(map(select(.Name) | {key: .Id, value: .Name}) | from_entries)
    as $names | map(select(.ParentId) | "\(.Name)<\($names[.ParentId])")
    | join(" ")' -r
  assert_output 'b<a s<b s<b b<a'
}

@test "sequences: a context that fails by itself has its own error" {
  flow 'CS CF IC EF' <<'EOS'
durable child c -- durable fail --type ValueError 'no good'
EOS
  run -0 events '.[1].ContextFailedDetails, .[3].ExecutionFailedDetails
    | .Error.Payload | [.ErrorType, .ErrorMessage]'
  assert_output '["ValueError","no good"]
["ValueError","no good"]'
}

@test "sequences: a caught failure of a context is the same on a replay" {
  flow 'CS CF WS IC WX IC EX' <<'EOS'
s=0
durable child c -- sh -c 'exit 4' || s=$?
durable wait 1s
echo "$s"
EOS
  assert_output 4
}

@test "sequences: a branch's wait is over while another branch's is not" {
  flow 'CS CS WS IC WX CX CS WS IC WX CX CX IC EX' <<'EOS'
durable parallel --array -j 1 p --branch a -- sh -c 'durable wait 1s; echo a' \
  --branch b -- sh -c 'durable wait 1s; echo b'
EOS
  assert_output '["a","b"]'
}

@test "sequences: a branch with another attempt to come keeps its slot" {
  flow 'CS CS SS SF IC SS SX CX CS SS SX CX CX IC EX' <<'EOS'
durable parallel --array -j 1 p \
  --branch a -- durable step --retry-delay 1s --retry-jitter none s -- \
    sh -c '[ "$DURABLE_ATTEMPT" -gt 1 ] && echo a' \
  --branch b -- durable step s -- echo b
EOS
  assert_output '["a","b"]'
}

@test "sequences: flat branches have no events; what is in them is the batch's" {
  flow 'CS SS SX WS IC WX SS SX CX WS IC WX IC EX' <<'EOS'
x=$(durable parallel --flat --array -j 1 p \
  --branch a -- durable step s -- echo a \
  --branch b -- sh -c 'durable wait 1s; durable step s -- echo b')
durable wait 1s
echo "$x"
EOS
  assert_output '["a","b"]'
  run -0 events '[.[0].Id == (.[1, 2, 3, 5, 6, 7] | .ParentId)] | all'
  assert_output true
}

# kept OPTIONS...: what a batch with these is on the first run and on a replay
# behind a wait.
kept() {
  flow "$1" <<EOS
x=\$(durable $2) || :
printf '%s' "\$x" | jq -c 'del(.all[].result)' >>seen
durable wait 1s
EOS
  assert_equal "$(lines_of seen)" 2
  assert_equal "$(sort -u seen | grep -c '')" 1
}

@test "sequences: a batch that is too large is the same on a replay" {
  big='head -c 150000 /dev/zero | tr "\\0" x'
  kept 'CS CS CX CS CF CS CX CX WS IC WX IC EX' \
    "parallel --batch -j 1 p --branch a -- sh -c '$big' \\
      --branch b -- false --branch c -- sh -c '$big'"
  assert_equal "$(head -n 1 seen | jq -c '[.completionReason, .totalCount]')" \
    '["ALL_COMPLETED",3]'
}

@test "sequences: a large batch that ended early is the same on a replay" {
  big='until [ -e begun ]; do sleep 0.01; done; head -c 300000 /dev/zero | tr "\\0" x'
  kept 'CS CS CS CX CX WS IC WX IC EX' \
    "parallel --batch --min-successful 1 p \\
      --branch a -- sh -c 'touch begun; exec sleep 60' --branch b -- sh -c '$big'"
  assert_equal "$(head -n 1 seen | jq -c '[.completionReason, .startedCount]')" \
    '["MIN_SUCCESSFUL_REACHED",1]'
}

@test "sequences: a large batch with a failure before its success is the same" {
  big='until [ -e failed ]; do sleep 0.01; done; sleep 0.2; head -c 300000 /dev/zero | tr "\\0" x'
  kept 'CS CS CS CF CX CX WS IC WX IC EX' \
    "parallel --batch --min-successful 1 p --branch a -- sh -c '$big' \\
      --branch b -- sh -c 'touch failed; exit 2'"
  assert_equal "$(head -n 1 seen | jq -c .completionReason)" '"ALL_COMPLETED"'
}

@test "sequences: a large flat map is made of its recorded steps again" {
  flow 'CS SS SX SS SX CX WS IC WX IC EX' <<'EOS'
x=$(durable map --flat -j 1 m -- sh -euc 'x=$(durable step s -- sh -c "echo ran >>ran; echo $1")
  head -c 200000 /dev/zero | tr "\0" "$x"' item ::: a b)
printf '%s' "$x" | cksum >>seen
durable wait 1s
EOS
  assert_equal "$(lines_of ran)" 2
  assert_equal "$(lines_of seen)" 2
  assert_equal "$(sort -u seen | grep -c ' 400001$')" 1
}

@test "sequences: a large context around a parallel repeats both" {
  flow 'CS CS CS SS SX CX CX CX WS IC WX IC EX' <<'EOS'
x=$(durable child c -- sh -euc 'durable parallel p --branch a -- durable step s -- \
  sh -c "echo ran >>ran; echo a"; head -c 300000 /dev/zero | tr "\0" b')
printf '%s' "$x" | cksum >>seen
durable wait 1s
EOS
  assert_equal "$(lines_of ran)" 1
  assert_equal "$(lines_of seen)" 2
  assert_equal "$(sort -u seen | grep -c ' 300002$')" 1
}

@test "sequences: a condition's delays grow, and its last poll has none" {
  flow 'SS SX IC SS SX IC SS SX IC EX' <<'EOS'
durable wait-for-condition --json --initial 0 --poll-delay 1s --poll-rate 2 \
  --poll-jitter none c -- sh -c 'n=$(($(cat) + 1)); echo $n; [ $n -ge 3 ]'
EOS
  run -0 events '.[] | .StepSucceededDetails.RetryDetails // empty'
  assert_output '{"CurrentAttempt":1,"NextAttemptDelaySeconds":1}
{"CurrentAttempt":2,"NextAttemptDelaySeconds":2}
{"CurrentAttempt":3}'
}

@test "sequences: a condition without polls left fails" {
  flow 'SS SX IC SS SF IC EF' <<'EOS'
durable wait-for-condition --max-attempts 2 --poll-delay 1s --initial a c -- \
  sh -c 'cat; exit 1'
EOS
  run -0 events '.[4].StepFailedDetails.Error.Payload.ErrorType'
  assert_output '"WaitForConditionError"'
}

@test "sequences: a submitter may bring the answer itself" {
  flow 'CS CBS SS CBX SX CX IC EX' <<'EOS'
durable wait-for-callback w -- \
  sh -c 'durable callback success "$DURABLE_CALLBACK_ID" done'
EOS
  assert_output 'done'
}

@test "sequences: a submitter is tried again; the callback stays" {
  flow 'CS CBS SS SF IC SS CBX SX CX IC EX' <<'EOS'
durable wait-for-callback --max-attempts 2 --retry-delay 1s \
  --retry-jitter none w -- sh -c '[ "$DURABLE_ATTEMPT" -gt 1 ] &&
    durable callback success "$DURABLE_CALLBACK_ID" done'
EOS
  assert_output 'done'
}

@test "sequences: a missing heartbeat ends the operation around the callback" {
  flow 'CS CBS SS SX IC CBT CF IC EF' <<'EOS'
durable wait-for-callback --heartbeat-timeout 1s w -- true
EOS
  run -0 events '.[5].CallbackTimedOutDetails, .[8].ExecutionFailedDetails
    | .Error.Payload | .ErrorType, .ErrorMessage'
  assert_output '"Callback.Heartbeat"
"Callback timed out on heartbeat"
"Callback.Heartbeat"
"Callback timed out on heartbeat"'
}

@test "sequences: an execution that times out while suspended is not run again" {
  flow 'WS IC ET' --timeout 3s <<'EOS'
echo ran >>ran
durable wait 1h
EOS
  assert_equal "$status" 124
  assert_equal "$(lines_of ran)" 1
}

@test "sequences: an invoke names the execution that it starts" {
  printf '#!/bin/sh\ndurable wait 1s\ndurable input\n' >echo.sh
  chmod +x echo.sh
  flow 'IS IC IX IC EX' <<<'durable invoke call ./echo.sh --payload "{\"a\":1}"'
  assert_output '{"a":1}'
  run -0 events '.[0].ChainedInvokeStartedDetails.DurableExecutionArn' -r
  assert_output "$(durable status --json f-*.jsonl | jq -r .DurableExecutionArn)"
}

@test "sequences: a batch that fails the handler does so with its first error" {
  flow 'CS CS CF CS CX CS CF CX IC EF' <<'EOS'
durable parallel -q -j 1 p --branch a -- durable fail --type First 'no a' \
  --branch b -- true --branch c -- durable fail --type Last 'no c'
EOS
  run -0 events '.[-1].ExecutionFailedDetails.Error.Payload
    | .ErrorType, .ErrorMessage' -r
  assert_output 'First
no a'
}

@test "sequences: a flat branch fails with the error of what failed in it" {
  flow 'CS SS SX SS SF CX IC EF' <<'EOS'
durable parallel --flat -j 1 p --branch a -- durable step s -- true \
  --branch b -- durable step --no-retry s -- durable fail --type Inner 'no b'
EOS
  run -0 events '.[-1].ExecutionFailedDetails.Error.Payload
    | .ErrorType, .ErrorMessage' -r
  assert_output 'Inner
no b'
}
