#!/usr/bin/env bats
# The bridge itself, with AWS's JavaScript SDK as the runtime: what durable is
# held against must be right where durable has no part in it.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

@test "bridge: steps, retries, waits and a child that fails" {
  run -0 bridge --skip-time --function "$(js steps)" --invoke steps \
    --input '{"x":1}'
  assert_equal "$(outcome .Result)" \
    '"[\"A1\",\"B\",\"as it is meant to\"]"'
  assert_equal "$(outcome .counts.invocations)" 5
  assert_equal "$(events)" "ExecutionStarted StepStarted StepSucceeded \
WaitStarted InvocationCompleted WaitSucceeded StepStarted StepFailed \
InvocationCompleted StepStarted StepFailed InvocationCompleted StepStarted \
StepSucceeded ContextStarted WaitStarted InvocationCompleted WaitSucceeded \
StepStarted StepFailed ContextFailed InvocationCompleted ExecutionSucceeded"
  assert_equal "$(jq -c '[.Events[] | .StepSucceededDetails, .StepFailedDetails
    | values | .RetryDetails.CurrentAttempt]' history.json)" '[1,1,2,3,1]'
}

@test "bridge: branches wait at the same time; a map" {
  run -0 bridge --skip-time --function "$(js branches)" --invoke branches \
    --input '{"items":[1,2,3]}'
  assert_equal "$(outcome .Result)" '"[[\"a\",\"b\"],[1,4,9]]"'
  assert_equal "$(jq -r '[.Events[] | select(.EventType == "WaitSucceeded")
    | .Name] | join(" ")' history.json)" 'short long'
}

@test "bridge: a script answers callbacks" {
  run -0 bridge --skip-time=all --function "$(js callbacks)" \
    --invoke callbacks --actions '[
      {"CallbackName":"answer","Operation":"heartbeat","Delay":9},
      {"CallbackName":"*","Operation":"success","Payload":"yes","Delay":9},
      {"CallbackName":"${/^app/}","Operation":"failure",
       "Error":{"ErrorType":"No","ErrorMessage":"not approved"}}]'
  assert_equal "$(outcome .Result)" '"[\"yes\",\"not approved\"]"'
}

@test "bridge: a callback that the script does not name stops the execution" {
  run -1 bridge --function "$(js callbacks)" --invoke callbacks \
    --actions '[{"CallbackName":"answer","Operation":"success"}]'
  assert_equal "$(outcome '[.Status,.violations[]]')" \
    "[\"STOPPED\",\"no action is for the callback 'approval'\"]"
}

@test "bridge: callbacks that nobody answers time out" {
  run -0 bridge --skip-time=all --function "$(js late)" --invoke late
  assert_equal "$(outcome '.Result | fromjson')" \
    '["Callback timed out","Callback timed out on heartbeat"]'
  assert_equal "$(jq -c '[.Events[].CallbackTimedOutDetails | values
    | .Error.Payload.ErrorType]' history.json)" \
    '["Callback.Timeout","Callback.Heartbeat"]'
}

@test "bridge: chained invokes of a durable, a plain, an unknown function" {
  run -0 bridge --skip-time --function "$(js invokes)" \
    --function "$(js echo)" --plain "$(js plain)" --invoke invokes
  assert_equal "$(outcome '.Result | fromjson
    | [.[0].of, .[1].plain.of, .[2][0:18], .[3][0:18]]')" \
    '["echo:$LATEST","plain","Function not found","You cannot invoke "]'
  assert_equal "$(jq -c '[.Events[].ChainedInvokeStartedDetails | values
    | .FunctionName, .Input.Payload, .ExecutedVersion][0:3]' history.json)" \
    '["echo:$LATEST","{\"of\":\"echo:$LATEST\"}","$LATEST"]'
}

@test "bridge: with skipped time nothing comes by itself during an invocation" {
  run -0 bridge --skip-time --function "$(js lingers)" --plain "$(js plain)" \
    --invoke lingers
  assert_equal "$(events)" "ExecutionStarted WaitStarted InvocationCompleted \
WaitSucceeded ChainedInvokeStarted InvocationCompleted ChainedInvokeSucceeded \
InvocationCompleted ExecutionSucceeded"
}

@test "bridge: a condition keeps its state between polls" {
  run -0 bridge --skip-time --function "$(js condition)" --invoke condition \
    --input 3
  assert_equal "$(outcome .Result)" '"3"'
}

@test "bridge: a crash is a failed invocation, and is tried again" {
  run -3 bridge --skip-time --function "$(js crash)" --invoke crash
  assert_equal "$(events)" "ExecutionStarted StepStarted InvocationCompleted \
StepFailed InvocationCompleted ExecutionFailed"
  assert_equal "$(jq -r '.Events[2].InvocationCompletedDetails.Error.Payload
    .ErrorType' history.json)" Runtime.ExitError
}

@test "bridge: an invocation that takes too long is killed" {
  run -0 bridge --timeout 2 --function "$(js slow)" --invoke slow \
    --input '{"mark":"mark"}'
  assert_equal "$(outcome .Result)" '"\"in time\""'
  assert_equal "$(jq -r '[.Events[].InvocationCompletedDetails.Error.Payload
    .ErrorType | values][0]' history.json)" Sandbox.Timedout
}

@test "bridge: a runtime is frozen between its invocations" {
  run -0 bridge --function "$(js frozen)" --invoke frozen
  (($(outcome '.Result | tonumber') >= 1))
  run -0 bridge --no-freeze --function "$(js frozen)" --invoke frozen
  assert_equal "$(outcome .Result)" '"0"'
}

@test "bridge: results too large to keep, state and answers in pages" {
  run -0 bridge --skip-time --page 2 --function "$(js large)" --invoke large \
    --input '{"times":2}'
  assert_equal "$(outcome '.Result | length')" 600002
  assert_equal "$(jq '[.Events[] | select(.EventType == "ContextStarted")]
    | length' history.json)" 1
  run -0 bridge --skip-time --page 1 --function "$(js branches)" \
    --invoke branches --input '{"items":[1,2,3]}'
}

@test "bridge: a runtime that is killed at any call goes on" {
  local n when
  for ((n = 1; n < 50; n++)); do
    for when in before after; do
      run -0 bridge --skip-time --kill $when:$n --function "$(js condition)" \
        --invoke condition --input 2
      assert_equal "$(outcome .Result)" '"2"'
    done
    [[ $(outcome .counts.kills) == 1 ]] || break
  done
  ((n > 4))
}

@test "bridge: one that is told to end takes its runtimes along" {
  local pid status=0
  start node "$BRIDGE/bridge.mjs" --function "$(js tired)" --invoke tired
  wait_until 60 frozen_runtime
  kill -TERM "$pid"
  wait "$pid" || status=$?
  assert_equal "$status" 143
  wait_until 60 none_frozen
}

none_frozen() { ! frozen_runtime; }

# frozen_runtime: whether there is one of this test's.
frozen_runtime() {
  local stat
  for stat in /proc/[0-9]*/stat; do
    if grep -qs ') T ' "$stat" &&
      grep -qsF "$TMPDIR/bridge-" "${stat%stat}environ"; then
      return 0
    fi
  done
  return 1
}

@test "bridge: management calls, by AWS's client" {
  run -0 --separate-stderr node "$BRIDGE/client.mjs" "$(js tired)"
  assert_output 'all as it should be'
}

# Each lie, and a part of the violation that it must be.
lies() {
  sed -n "s/^# lie //p" "$BATS_TEST_FILENAME"
}
# lie region|Credential should be scoped
# lie encoded-once|signature we calculated does not match
# lie body|signature we calculated does not match
# lie no-token|'x-amz-security-token' must be a signed header
# lie skew|Signature expired
# lie raw-path|the path segment is to be sent as arn%3Aaws
# lie no-such-call|UnknownOperationException
# lie content-type|must be application/json
# lie query|query.Limit
# lie member-name|body.updates
# lie unknown-member|1.member.Colour
# lie member-type|Name' failed to satisfy constraint: Member must be a string
# lie empty-name|length 1 to 256
# lie null-member|ParentId' failed to satisfy
# lie action|one of START,SUCCEED
# lie id|not 'a b'
# lie error-member|Error.Message
# lie wait-zero|1 to 31622400, not 0
# lie function-name|FunctionName' failed
# lie start-payload|a STEP START has no Payload
# lie fail-payload|a STEP FAIL has no Payload
# lie succeed-error|a STEP SUCCEED has no Error
# lie retry-delay|requires StepOptions
# lie retry-both|both error and payload
# lie wait-options|requires WaitOptions
# lie wait-cancel|Invalid action
# lie twice|same operation twice
# lie thrice|same operation twice
# lie parent|Invalid parent
# lie parent-step|Invalid parent
# lie context-close|Invalid current CONTEXT state
# lie other-name|Inconsistent operation name
# lie lost-name|Inconsistent operation name
# lie state-order|Invalid current STEP state to start
# lie end-not-last|must be the last update
# lie many|at most 250
# lie large|equal to 262144 bytes
# lie large-error|less than 32768 bytes
# lie heavy|at most 768000
# lie used-token|a used checkpoint token
# lie unknown-token|an unknown checkpoint token
# lie client-token|with another body
# lie marker|does not belong to the token
# lie late|a call after the response
# lie rubbish|no outcome: done!
# lie status|no outcome
# lie result-type|no outcome
# lie both|no outcome
# lie pending|nothing pending
# lie long|RequestEntityTooLarge
# lie leftover|answered while there was: sleep 60
# lie other-id|InvalidRequestID
# lie error-body|no errorMessage
# lie two-answers|InvalidStateTransition

@test "bridge: who keeps to the rules breaks none" {
  run -0 bridge --function "main=node $BRIDGE/liar.mjs honest" \
    --invoke main
  assert_file_not_exist violations
}

@test "bridge: every broken rule is seen, and fails the run" {
  local lie text n=0 functions=()
  while IFS='|' read -r lie text; do
    functions+=(--function "$lie=node $BRIDGE/liar.mjs $lie")
  done < <(lies)
  bridge_serve --max-failures 1 "${functions[@]}"
  lies | jq -Rc '{name: split("|")[0]}' | bridge_ask >answers
  while IFS='|' read -r lie text <&4; do
    n=$((n + 1))
    run -0 jq -rs --argjson n "$n" '.[$n - 1].outcome.violations[]' answers
    assert_output --partial "$text"
  done 4< <(lies)
  ((n > 50))
  n=0
  bridge_close || n=$?
  assert_equal "$n" 1
}
