#!/usr/bin/env bats
# input.bats - durable input: the execution's input, or a part of it.
# shellcheck disable=SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

# with INPUT WORDS...: what `durable input WORDS...` prints.
with() {
  local input=$1
  shift
  handler flow <<<'durable input "$@"'
  run --separate-stderr durable run --context f.jsonl --input "$input" ./flow "$@"
}

@test "input: prints the whole input as it was given" {
  with '{"n": 12345678901234567890, "f": 1.0}'
  assert_output '{"n": 12345678901234567890, "f": 1.0}'
}

@test "input: a path keeps every digit" {
  with '{"a":{"b":[1,12345678901234567890]}}' '.a.b[1]'
  assert_output 12345678901234567890
}

@test "input: a jq filter" {
  with '{"a":[1,2,3]}' '.a | add'
  assert_output 6
}

@test "input: -r and --raw-output print a string without quotes" {
  with '{"s":"a \"b\""}' -r .s
  assert_output 'a "b"'
  rm f.jsonl
  with '{"s":"x"}' --raw-output '.s + "y"'
  assert_output xy
}

@test "input: without -r a string has its quotes" {
  with '{"s":"x"}' .s
  assert_output '"x"'
}

@test "input: null or nothing is Input.Missing and names the filter" {
  for filter in .no .null '.no | .deep' 'empty' '.a.b.c'; do
    rm -f f.jsonl
    with '{"null":null,"a":{}}' "$filter"
    assert_equal "$status" 1
    [[ $stderr == *Input.Missing*"$filter"* ]]
  done
}

@test "input: --default is printed for null or nothing" {
  with '{"null":null}' --default 'the text' .no
  assert_output 'the text'
  rm f.jsonl
  with '{"null":null}' --default '' .null
  assert_equal "$status" 0
  assert_output ''
}

@test "input: --default is not printed for false, 0 or an empty string" {
  for key in false zero; do
    rm -f f.jsonl
    with '{"false":false,"zero":0}' --default no ".$key"
    refute_output no
  done
  rm f.jsonl
  with '{"s":""}' -r --default no .s
  assert_output ''
}

@test "input: without any input it is Input.Missing, or the default" {
  handler flow <<<'durable input --default d; durable input'
  run -1 --separate-stderr durable run ./flow
  [[ $stderr == *Input.Missing* ]]
}

@test "input: a filter that does not compile exits 1 with the reason" {
  with '{}' '.a |'
  assert_equal "$status" 1
  [[ $stderr == *"jq filter '.a |'"* ]]
}

@test "input: the same in a step, a child and a branch" {
  handler flow <<'EOS'
durable step s -- durable input .n
durable child c -- durable input .n
durable parallel p --branch b -- durable input .n
EOS
  run -0 --separate-stderr durable run --arg n=7 ./flow
  assert_output '"7"
"7"
"7"'
}

@test "input: more than one filter is a usage error" {
  with '{}' .a .b
  assert_equal "$status" 2
}
