#!/usr/bin/env bats
# log.bats - durable log: lines that are silent while replaying.
# shellcheck disable=SC2016,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "log: writes one JSON object a line to stderr" {
  handler flow <<<'durable log "hello \"you\""'
  run -0 --separate-stderr durable run --name exe --quiet ./flow
  assert_output ''
  run -0 jq -c '[.level, .message, (.executionArn | startswith("durable:exe:")),
    (.timestamp | test("^2.*Z$"))]' <<<"$stderr"
  assert_output '["INFO","hello \"you\"",true,true]'
}

@test "log: --level takes debug, info, warn and error in any case" {
  handler flow <<<'for l in debug INFO Warn error; do durable log --level $l x; done'
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -r .level <<<"$stderr"
  assert_output 'DEBUG
INFO
WARN
ERROR'
}

@test "log: another --level is a usage error" {
  handler flow <<<'durable log --level loud x; touch went-on'
  run -2 durable run ./flow
  assert_not_exist went-on
}

@test "log: is silent while replaying, and speaks again behind it" {
  handler flow <<'EOS'
durable log before
durable step a -- true
durable log between
durable wait 1s
durable log after
EOS
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -r .message <<<"$stderr"
  assert_output 'before
between
after'
}

@test "log: is silent while replaying in a branch that has no record" {
  handler flow <<'EOS'
durable parallel --flat p --branch a -- sh -c 'durable log a1; durable step "ä" -- true; durable step same -- true
  durable step same -- true; durable log a2; durable wait 1s; durable log a3; durable step d -- true' \
  --branch b -- sh -c 'durable log b1; durable step same -- true; durable wait 1s; durable log b2; durable step c -- true; durable log b3
  durable step d -- true'
EOS
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -r .message <<<"$stderr"
  assert_equal "$(sort <<<"$output" | tr '\n' ' ')" 'a1 a2 a3 b1 b2 b3 '
}

@test "log: --always speaks while replaying too" {
  handler flow <<<'durable log --always twice; durable wait 1s'
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -r .message <<<"$stderr"
  assert_output 'twice
twice'
}

@test "log: in a step it names the step and the attempt" {
  handler flow <<<'durable step "my step" -- durable log inside'
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -c '[.operationName, .attempt, (.operationId | length)]' <<<"$stderr"
  assert_output '["my step",1,49]'
}

@test "log: a child's log is silent by what the child replays" {
  handler flow <<'EOS'
durable child c -- sh -c 'durable log in1; durable step a -- true; durable wait 1s; durable log in2'
EOS
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -r .message <<<"$stderr"
  assert_output 'in1
in2'
}

@test "log: control characters and bad UTF-8 are escaped" {
  handler flow <<'EOS'
durable log "$(printf 'a\033[31mb\377')"
EOS
  run -0 --separate-stderr durable run --quiet ./flow
  run -0 jq -r .level <<<"$stderr"
  [[ $stderr != *$'\033'* ]]
}

@test "log: on a terminal it is readable text" {
  handler flow <<<'durable log --level warn "a line"'
  run -0 script -qec 'durable run --quiet ./flow' /dev/null
  assert_output --regexp 'WARN +a line'
}

@test "log: needs one message" {
  for words in '' 'a b'; do
    handler flow <<<"durable log $words"
    run -2 durable run --context "f${#words}.jsonl" ./flow
  done
}
