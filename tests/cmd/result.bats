#!/usr/bin/env bats
# result.bats - durable result: what the execution comes to.
# shellcheck disable=SC1010,SC2016 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "result: run prints it, and not the handler's own output" {
  first_run <<<'echo chatter; durable result done; echo more'
  assert_output done
}

@test "result: the last one counts" {
  first_run <<<'durable result one; durable result two'
  assert_output two
}

@test "result: without a value it is read from stdin" {
  first_run <<<'printf "a\nb\n\n" | durable result'
  assert_output 'a
b'
}

@test "result: is recorded as a JSON string" {
  first_run <<<'durable result "[1]"'
  assert_output '[1]'
  run -0 jq -r 'select(.Event == "ExecutionSucceeded").Payload' f.jsonl
  assert_output '"[1]"'
}

@test "result: --json is one JSON value as it is" {
  first_run <<<'durable result --json "{\"n\": 12345678901234567890}"'
  assert_output '{"n": 12345678901234567890}'
}

@test "result: --json of what is not JSON is a usage error" {
  handler flow <<<'durable result --json "{" || touch went-on; touch went-on'
  run -2 durable run ./flow
  assert_not_exist went-on
}

@test "result: --arg makes an object" {
  first_run <<<'durable result --arg a=1 --arg "b=x y"'
  run -0 jq -c . <<<"$output"
  assert_output '{"a":"1","b":"x y"}'
}

@test "result: --arg without = and with a value are usage errors" {
  n=0
  for words in '--arg a' '--arg =1' 'v --arg a=1' 'a b'; do
    handler flow <<<"durable result $words </dev/null; touch went-on"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist went-on
  done
}

@test "result: an empty one is an empty string, not the handler's output" {
  first_run <<<'echo chatter; durable result ""'
  assert_output ''
}

@test "result: bytes that are not text come back" {
  handler flow <<<'printf "\377\000" | durable result'
  durable run ./flow >got 2>err
  assert_equal "$(od -An -tx1 got)" ' ff 00'
}

@test "result: of a handler that sets none is its output: an object is JSON" {
  first_run <<<'echo "{\"a\": 1}"'
  assert_output '{"a": 1}'
  run -0 jq -r 'select(.Event == "ExecutionSucceeded").Payload' f.jsonl
  assert_output '{"a": 1}'
}

@test "result: of a handler that sets none is its output: else a string" {
  first_run <<<'echo 7; echo 8'
  assert_output '7
8'
  run -0 jq -r 'select(.Event == "ExecutionSucceeded").Payload' f.jsonl
  assert_output '"7\n8"'
}

@test "result: of a handler that prints nothing is none" {
  first_run <<<':'
  assert_output ''
  run -0 jq -c 'select(.Event == "ExecutionSucceeded") | has("Payload")' f.jsonl
  assert_output false
}

@test "result: of several invocations is the output of the last" {
  first_run <<<'echo "in $(wc -c <f.jsonl)"; durable wait 1s; echo end'
  assert_equal "${#lines[@]}" 2
  assert_line --index 1 end
}

@test "result: set in a child counts too" {
  first_run <<<'durable child c -- durable result inner'
  assert_output inner
}

@test "result: of a failed execution is not printed" {
  handler flow <<<'durable result done; exit 3'
  run -3 --separate-stderr durable run ./flow
  assert_output ''
}

@test "result: what is no JSON is told with its subject" {
  handler flow <<<"durable result --json '{\"a\":1'"
  run -2 --separate-stderr durable run --context f.jsonl ./flow
  # shellcheck disable=SC2154 # run sets it
  assert_regex "$stderr" 'durable result: the result: is not JSON: '
}
