#!/usr/bin/env bats
# durable status: one execution, and what it waits for.
# shellcheck disable=SC2154 # variables of run and start
load ../lib/durable

runs_step() {
  durable status "$1" | grep -q "^  step $2 .*STARTED"
}

@test "status: of a finished execution shows its result, all lines of it" {
  handler flow <<<'durable step a -- true; printf "first\nsecond" | durable result'
  durable run --name one ./flow
  run -0 durable status one
  assert_line -n 0 --regexp '^one: SUCCEEDED after [0-9.]+m?s$'
  assert_line "  context     $XDG_STATE_HOME/durable/one.jsonl"
  assert_line '  operations  1: 1 SUCCEEDED'
  assert_line '  result      first'
  assert_line '              second'
  refute_output --partial error
}

@test "status: of a failed execution shows its error" {
  handler flow <<<'durable step a -- sh -c "echo no money >&2; exit 3"'
  run -3 durable run --name one ./flow a 'b c'
  run -0 durable status one
  assert_line -n 0 --regexp '^one: FAILED after '
  assert_line "  handler     $PWD/flow a 'b c'"
  assert_line '  operations  1: 1 FAILED'
  assert_line '  error       CommandFailed: no money'
}

@test "status: of a suspended execution shows each open operation below its parent" {
  handler flow <<'END'
durable step first -- true
durable parallel both \
  --branch a -- durable wait long 1h \
  --branch b -- durable step --retry --retry-delay 90 --retry-jitter none again -- false
END
  run -75 durable run --name one --no-wait ./flow
  run -0 durable status one
  assert_line -n 0 --regexp "^one: SUSPENDED until 20.*; 'durable resume one' goes on then$"
  assert_line '  operations  6: 1 SUCCEEDED, 1 PENDING, 4 STARTED; 1 tried again'
  assert_line --regexp '^  parallel both +STARTED  since 20.* ago\)$'
  assert_line --regexp '^    branch a +STARTED  since '
  assert_line --regexp '^      wait long +STARTED  until 20[0-9-]+ [0-9:]+$'
  assert_line --regexp '^      step again +PENDING  until 20[0-9-]+ [0-9:]+, attempt 2$'
  refute_line --partial 'step first'
}

@test "status: shows what runs, and that an engine was killed" {
  handler flow <<<'durable step slow -- sleep 60'
  start durable run --name one ./flow
  wait_until 60 runs_step one slow
  run -0 durable status one
  assert_line -n 0 'one: RUNNING'
  assert_line --regexp '^  step slow  STARTED  since .* ago\), attempt 1$'
  kill -KILL "$pid"
  wait "$pid" || true
  run -0 durable status one
  assert_line -n 0 "one: SUSPENDED, its engine was killed; 'durable resume one' goes on"
}

@test "status: a run that sleeps needs no resume" {
  handler flow <<<'durable wait long 1h'
  start durable run --name one ./flow
  wait_until 60 grep -q '"Outcome":"PENDING"' "$XDG_STATE_HOME/durable/one.jsonl"
  run -0 durable status one
  assert_line -n 0 --regexp '^one: SUSPENDED until 20[0-9-]+ [0-9:]+$'
}

@test "status: takes the path of a context file" {
  handler flow <<<'durable result yes'
  durable run --context ./here.jsonl ./flow
  run -0 durable status ./here.jsonl
  assert_line -n 0 --partial 'here: SUCCEEDED'
  assert_line "  context     $PWD/here.jsonl"
}

@test "status: recorded text cannot steer a terminal" {
  handler flow <<<'durable step a -- sh -c "printf \"\\033[2Jgone\" >&2; exit 1"'
  run -1 durable run --name one ./flow
  run -0 durable status one
  assert_line '  error       CommandFailed: \x1b[2Jgone'
}

@test "status: --json has the members of GetDurableExecution" {
  handler flow <<<'durable result --json "{\"big\":12345678901234567890}"'
  durable run --name one --input '{"a": 1}' --timeout 2d ./flow
  run -0 durable status --json one
  assert_equal "${#lines[@]}" 1
  run -0 jq -r '.DurableExecutionName, .Status, .InputPayload, .Result,
    .DurableConfig.ExecutionTimeout, .ExecutionDataIncluded,
    .EndTimestamp >= .StartTimestamp, has("Error")' <<<"$output"
  assert_output 'one
SUCCEEDED
{"a": 1}
{"big":12345678901234567890}
172800
true
true
false'
}

@test "status: --json of a failed execution has the error object" {
  handler flow <<<'durable fail --type Broke "no money" || exit 1'
  run -1 durable run --name one ./flow
  run -0 durable status --json one
  run -0 jq -r '.Status, .Error.ErrorType, .Error.ErrorMessage, has("Result")' <<<"$output"
  assert_output 'FAILED
Broke
no money
false'
}

@test "status: --json of a suspended execution says when it is due" {
  handler flow <<<'durable wait long 1h'
  run -75 durable run --name one --no-wait ./flow
  run -0 durable status --json one
  run -0 jq -r '.Status, .State, (.DueTimestamp - .StartTimestamp | round)' <<<"$output"
  assert_output 'RUNNING
SUSPENDED
3600'
}

@test "status: of a journal says that it is one" {
  DURABLE_CONTEXT=$PWD/j.jsonl durable step a -- echo one
  run -0 durable status ./j.jsonl
  assert_line -n 0 'j: JOURNAL'
}

@test "status: of an execution that there is not is 1, of none or two a usage error" {
  run -1 durable status nobody
  assert_output --partial 'nobody.jsonl does not exist'
  run -1 durable status ./nobody.jsonl
  run -2 durable status
  run -2 durable status one two
  run -2 durable status 'a name'
  assert_output --partial "'a name' is neither a name"
}

@test "status: of a damaged file is durable's own failure" {
  handler flow <<<'durable step a -- echo one; durable step b -- echo two'
  durable run --name one ./flow
  sed -i '3s/seq/sEq/' "$XDG_STATE_HOME/durable/one.jsonl"
  run -125 durable status one
  assert_output --partial 'one.jsonl is damaged: line 3'
}
