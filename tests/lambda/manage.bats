#!/usr/bin/env bats
# Executions on Lambda, looked at and acted on from outside: start, list,
# status, history, stop, callback; with AWS's engine and SDK behind the bridge.
# shellcheck disable=SC2154 # variables of run and start
load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

# The bridge ends its runtimes when it is asked to end.
teardown() {
  if [[ ${pid-} ]] && kill -TERM "$pid" 2>/dev/null; then
    wait "$pid" || true
  fi
  assert_file_not_exist violations
  durable_teardown
}

# serve FUNCTION...: those of bridge/js, for the rest of the test.
serve() {
  local name words=()
  for name; do words+=(--function "$(js "$name")"); done
  mkfifo in
  exec 8<>in
  # shellcheck disable=SC2016 # the inner shell's
  start sh -c 'exec "$@" <in' - node "$BRIDGE/bridge.mjs" --serve --skip-time \
    --logs . --violations violations "${words[@]}"
  wait_until 60 test -s start.out
  AWS_ENDPOINT_URL_LAMBDA=$(jq -r .url start.out)
  AWS_REGION=$(jq -r .region start.out)
  AWS_ACCESS_KEY_ID=$(jq -r .credentials.accessKeyId start.out)
  AWS_SECRET_ACCESS_KEY=$(jq -r .credentials.secretAccessKey start.out)
  export AWS_ENDPOINT_URL_LAMBDA AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
}

# state_is FUNCTION NAME STATE
state_is() {
  [[ $(durable status --json --function "$1" "$2" | jq -r .State) == "$3" ]]
}

waits_for_callback() {
  durable status --function callbacks "$1" | grep -q "^ *callback *$2.* id "
}

# callback_id EXECUTION CALLBACK: that is waited for, with that name or none.
callback_id() {
  durable status --function callbacks "$1" | sed -n "s/^ *callback *$2.* id //p"
}

@test "manage: start prints the ARN, which status and history take" {
  serve steps
  run -0 --separate-stderr durable start --name one --arg x=1 'steps:$LATEST'
  assert_regex "$output" '^arn:aws:lambda:.*:function:steps:\$LATEST/durable-execution/one/[^/]+$'
  arn=$output
  wait_until 60 state_is steps one SUCCEEDED
  run -0 durable status "$arn"
  assert_line -n 0 --regexp '^one: SUCCEEDED after [0-9.]+m?s$'
  assert_line "  arn         $arn"
  assert_line '  version     $LATEST'
  assert_line --regexp '^  started     20.*, 5 invocations$'
  assert_line '  operations  6: 2 FAILED, 4 SUCCEEDED; 2 tried again'
  assert_line '  result      ["A1","B","as it is meant to"]'
  run -0 durable history "$arn"
  assert_line -n 0 --regexp '^20[0-9-]+ [0-9:]+  \+0.000s +ExecutionStarted +one$'
  assert_line --regexp ' WaitStarted +wait pause, until 20'
  assert_line --regexp ' StepFailed +step second, attempt 2, Error: not yet, again in 2s$'
  assert_line --regexp ' StepFailed +  step fails, took .*, TypeError: as it is meant to$'
  assert_line -n -1 --regexp ' ExecutionSucceeded +one, took '
}

@test "manage: start --wait prints the result as run does, and a failure as it comes" {
  serve steps callbacks
  run -0 --separate-stderr durable start --wait --name one --arg x=1 'steps:$LATEST'
  assert_output '["A1","B","as it is meant to"]'
  assert_regex "$stderr" '^durable: arn:.*/one/'
  run -0 --separate-stderr durable start --wait --name one --arg x=1 'steps:$LATEST'
  assert_output '["A1","B","as it is meant to"]'
  assert_equal "$(durable list --json --function steps | wc -l)" 1
  durable start --name c --wait 'callbacks:$LATEST' >waited 2>&1 3>&- &
  waiting=$!
  wait_until 60 waits_for_callback c answer
  durable callback failure "$(callback_id c answer)" --type Sad --data '{"a":1}' 'no, sorry'
  local ended=0
  wait "$waiting" || ended=$?
  assert_equal "$ended" 1
  run -0 cat waited
  assert_line --regexp '^durable: callbacks:\$LATEST failed: .*no, sorry'
}

@test "manage: callbacks are kept alive and completed by their id alone" {
  serve callbacks
  durable start --name c 'callbacks:$LATEST' >arn
  wait_until 60 waits_for_callback c answer
  id=$(callback_id c answer)
  run -0 durable callback heartbeat "$id"
  refute_output
  run -0 durable callback success "$id" 'yes, it is'
  wait_until 60 waits_for_callback c STARTED
  run -125 durable callback success "$id" again
  assert_output --partial 'either timed out or already completed (400 CallbackTimeoutException)'
  id=$(callback_id c STARTED)
  run -0 durable callback success "$id" --json '{"ok": [1, 2.50]}'
  wait_until 60 state_is callbacks c SUCCEEDED
  run -0 jq -r .Result <(durable status --json "$(cat arn)")
  assert_output '["yes, it is","{\"ok\": [1, 2.50]}"]'
}

@test "manage: status shows what an execution waits for, stop ends it" {
  serve callbacks
  durable start --name c 'callbacks:$LATEST' >arn
  wait_until 60 waits_for_callback c answer
  run -0 durable status --function 'callbacks:$LATEST' c
  assert_line -n 0 'c: RUNNING'
  assert_line '  operations  1: 1 STARTED'
  assert_line --regexp '^  callback answer  STARTED  until 20.*, id [A-Za-z0-9=+/]+$'
  run -0 durable stop --reason 'not needed' --type Human "$(cat arn)"
  run -0 durable status "$(cat arn)"
  assert_line -n 0 --regexp '^c: STOPPED after '
  assert_line '  error       Human: not needed'
  run -0 durable stop --function callbacks c
  run -0 durable status "$(cat arn)"
  assert_line '  error       Human: not needed'
}

@test "manage: list has a line for each, newest first, and chooses" {
  serve steps callbacks
  for name in a b; do
    durable start --wait --name $name 'steps:$LATEST' >/dev/null 2>&1
  done
  durable start --name c 'callbacks:$LATEST' >/dev/null
  run -0 durable list --function steps
  assert_equal "${#lines[@]}" 2
  assert_line -n 0 --regexp '^b     SUCCEEDED  20[0-9-]+ [0-9:]+  [0-9.]+m?s$'
  run -0 durable list --function 'steps:$LATEST' --reverse --json
  assert_equal "$(jq -r .DurableExecutionName <<<"$output" | tr '\n' ' ')" 'a b '
  run -0 jq -r '.State, .Status, .EndTimestamp > .StartTimestamp' <<<"${lines[0]}"
  assert_output $'SUCCEEDED\nSUCCEEDED\ntrue'
  run -0 durable list --function steps --name b
  assert_output --regexp '^b '
  run -0 durable list --function callbacks --status failed,RUNNING
  assert_output --regexp '^c +RUNNING '
  run -0 durable list --function steps --status FAILED
  refute_output
  run -0 durable list --function steps --since 2020-01-01 --until '2020-01-02 10:00'
  refute_output
  run -0 durable list --function steps --since 2020-01-01
  assert_equal "${#lines[@]}" 2
}

@test "manage: history --json is one document of all pages" {
  serve steps
  durable start --wait --name one --arg x=1 'steps:$LATEST' >/dev/null 2>&1
  run -0 durable history --json --function steps one
  assert_equal "${#lines[@]}" 1
  run -0 jq -c '[.Events[].EventId] == [range(1; 24)], .Events[0].ExecutionStartedDetails.Input.Payload,
    ([.Events[] | select(.EventType == "StepSucceeded").StepSucceededDetails.Result.Payload])' <<<"$output"
  assert_output $'true\n"{\\"x\\":\\"1\\"}"\n["\\"A1\\"","\\"B\\""]'
}

@test "manage: a name begins once, and another input is refused" {
  serve echo
  run -0 durable start --name one --input '{"a":1}' 'echo:$LATEST'
  first=$output
  run -0 durable start --name one --input '{"a":1}' 'echo:$LATEST'
  assert_output "$first"
  run -125 durable start --name one --input '{"a":2}' 'echo:$LATEST'
  assert_output --partial "Execution already started: $first"
  assert_output --partial 'use another --name'
  run -125 durable start echo
  assert_output --partial 'say which version: echo:$LATEST, or better'
  run -1 durable start 'nobody:$LATEST'
  assert_output --partial 'ResourceNotFoundException'
  run -1 durable status --function echo nobody
  assert_output --partial 'echo has no execution named nobody'
  run -1 durable status "${first%/*}/none"
  assert_output --partial 'Durable Execution does not exist'
}

@test "manage: credentials that are not accepted are named as the cause" {
  serve echo
  export AWS_SECRET_ACCESS_KEY=wrong
  run -125 durable list --function echo
  assert_output --partial 'the credentials are not accepted in us-east-1: renew them'
  rm violations # the bridge has seen it, as it should
}
