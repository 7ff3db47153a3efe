#!/usr/bin/env bats
# durable history: all that has happened to an execution.
# shellcheck disable=SC2016,SC2154 # variables of run and start; of handlers
load ../lib/durable

@test "history: has a line for each record, operations below their parents" {
  handler flow <<'END'
durable step greet -- echo hello
durable child order -- durable step pay -- true
durable wait cool 1h
END
  durable run --skip-time --name one ./flow
  run -0 durable history one
  assert_line -n 0 --regexp '^20[0-9-]+ [0-9:]+  \+0\.000s +ExecutionStarted +one$'
  assert_line -n 1 --regexp '  InvocationStarted +process [0-9]+$'
  assert_line --regexp '  StepStarted +step greet$'
  assert_line --regexp '  StepSucceeded +step greet, took [0-9.]+m?s$'
  assert_line --regexp '  ContextStarted +child order$'
  local column=${lines[2]%%step greet*} line
  for line in "${lines[@]}"; do
    case $line in
      *StepStarted*'step pay') break ;;
    esac
  done
  assert_equal "${line:${#column}}" '  step pay'
  assert_line --regexp '  WaitStarted +wait cool, until 20[0-9-]+ [0-9:]+$'
  assert_line --regexp '  InvocationCompleted +PENDING, took '
  assert_line --regexp '  WaitSucceeded +wait cool, took 1h$'
  assert_line -n -1 --regexp '  ExecutionSucceeded +one, took 1h$'
}

@test "history: names attempts, their errors and when the next is" {
  handler flow <<'END'
durable step --retry --retry-delay 1h --retry-jitter none pay -- \
  sh -c '[ $DURABLE_ATTEMPT -gt 1 ] || { echo closed >&2; exit 9; }'
END
  durable run --skip-time --name one ./flow
  run -0 durable history one
  assert_line --regexp '  StepFailed +step pay, attempt 1, CommandFailed: closed, again in 1h$'
  assert_line --regexp '  StepStarted +step pay, attempt 2$'
  assert_line --regexp '  StepSucceeded +step pay, attempt 2, took 1h$'
}

@test "history: shows a retry of the execution, which the API has no event for" {
  handler flow <<<'durable step a -- test -e mended'
  run -1 durable run --name one ./flow
  touch mended
  run -0 durable retry one
  run -0 durable history one
  assert_line --regexp '  ExecutionFailed +one, took [^,]+, CommandFailed: exited with status 1$'
  assert_line --regexp '  Reopened +by durable retry$'
  assert_line -n -1 --regexp '  ExecutionSucceeded '
  run -0 history_of one
  refute_line Reopened
}

@test "history: shows a crash" {
  handler flow <<<'durable step a -- true; kill -KILL $$'
  run -75 durable run --name one --no-wait ./flow
  run -0 durable history one
  assert_line -n -1 --regexp \
    '  InvocationCompleted +CRASHED, took [^,]+, Runtime.ExitError: the handler was killed by signal 9$'
}

@test "history: recorded text cannot steer a terminal" {
  handler flow <<<'durable step "$(printf "a\033[2Jb")" -- true'
  durable run --name one ./flow
  run -0 durable history one
  refute_output --partial $'\e'
  assert_output --partial 'step a\x1b[2Jb'
}

@test "history: --json is one document with the events of the API, numbered" {
  handler flow <<'END'
durable step greet -- echo hello
durable child order -- durable step pay -- echo paid
END
  durable run --name one --input '{"a": 1}' ./flow
  run -0 durable history --json one
  assert_equal "${#lines[@]}" 1
  echo "$output" >history.json
  run -0 jq -r '.Events[] | "\(.EventId) \(.EventType) \(.Name)"' history.json
  assert_output '1 ExecutionStarted one
2 StepStarted greet
3 StepSucceeded greet
4 ContextStarted order
5 StepStarted pay
6 StepSucceeded pay
7 ContextSucceeded order
8 InvocationCompleted null
9 ExecutionSucceeded null'
  run -0 jq -r '.Events[0].ExecutionStartedDetails.Input.Payload,
    .Events[2].StepSucceededDetails.Result.Payload,
    .Events[2].StepSucceededDetails.RetryDetails.CurrentAttempt,
    .Events[4].ParentId == .Events[3].Id,
    (.Events | map(.EventTimestamp) | . == sort)' history.json
  assert_output '{"a": 1}
"hello"
1
true
true'
}

@test "history: --json of an execution that runs is a whole document" {
  handler flow <<<'durable step slow -- sleep 60'
  start durable run --name one ./flow
  has_begun() { history_of one | grep -q StepStarted; }
  wait_until 60 has_begun
  run -0 history_of one
  assert_output 'ExecutionStarted
StepStarted'
}

@test "history: an unfinished last line is left out, and left alone" {
  handler flow <<<'durable wait long 1h'
  run -75 durable run --name one --no-wait ./flow
  local file=$XDG_STATE_HOME/durable/one.jsonl before
  printf '{"seq":99,"syn' >>"$file"
  before=$(cksum "$file")
  run -0 history_of one
  assert_line -n -1 InvocationCompleted
  assert_equal "$(cksum "$file")" "$before"
}

@test "history: of an execution that there is not is 1, of none or two a usage error" {
  run -1 durable history nobody
  assert_output --partial 'nobody.jsonl does not exist'
  run -1 --separate-stderr durable history --json nobody
  refute_output
  run -2 durable history
  run -2 durable history one two
}
