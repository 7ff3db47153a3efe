#!/usr/bin/env bats
# undo.bats - durable undo: what is put down, and what a replay makes of it.
load ../lib/durable

@test "undo: records nothing, prints nothing, runs nothing" {
  first_run <<<'durable undo a -- touch undone'
  refute_output
  assert_not_exist undone
  run -0 jq -s 'map(select(.Type)) | length' f.jsonl
  assert_output 0
}

@test "undo: before or after what it undoes, any words, no shell in between" {
  first_run <<'EOS'
durable undo a -- sh -c 'printf "<%s>" "$@" >args' - 'x y' '$(touch pwned)' '' --option -- ';'
durable step a -- true
durable undo b -- touch b-undone
durable compensate
EOS
  assert_equal "$(cat args)" '<x y><$(touch pwned)><><--option><--><;>'
  assert_not_exist pwned
  assert_exist b-undone
}

@test "undo: a replay puts it down again, once" {
  handler flow <<'EOS'
durable undo a -- sh -c 'echo a >>undone'
durable wait w 1s
durable undo b -- sh -c 'echo b >>undone'
durable compensate
EOS
  run -0 durable run --skip-time --context f.jsonl ./flow
  assert_equal "$(cat undone)" $'b\na'
}

@test "undo: usage errors put nothing down" {
  for bad in 'undo -- true' 'undo a --' 'undo a b -- true' 'undo a true' 'undo "" -- true'; do
    handler flow <<<"durable $bad || touch went-on"
    run -2 durable run --context "$RANDOM.jsonl" ./flow
  done
  assert_not_exist went-on
}
