#!/usr/bin/env bats
# child.bats - durable child: a context of its own.
# shellcheck disable=SC2016,SC2018 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "child: prints what its command printed, on every run" {
  replayed <<'EOS'
durable child part -- sh -c 'echo ran >>ran; durable step a -- echo inner; echo own'
EOS
  assert_output 'inner
own'
  assert_equal "$(lines_of ran)" 1
}

@test "child: its operations have names of their own" {
  first_run <<'EOS'
durable step a -- echo outer
durable child c -- durable step a -- echo inner
durable child d -- durable wait a 1s
EOS
  assert_output 'outer
inner'
}

@test "child: its operations are recorded below it" {
  first_run <<<'durable child c -- durable step a -- echo x'
  c=$(jq -r 'select(.Name == "c" and .Action == "START").Id' f.jsonl)
  run -0 jq -r 'select(.Name == "a").ParentId' f.jsonl
  assert_equal "$(sort -u <<<"$output")" "$c"
}

@test "child: is run again from its top until it ends" {
  first_run <<'EOS'
durable child c -- sh -c 'echo top >>tops; durable step s -- sh -c "echo s >>steps"
  durable wait 1s; durable wait again 1s; echo end'
EOS
  assert_output end
  assert_equal "$(lines_of tops)" 3
  assert_equal "$(lines_of steps)" 1
}

@test "child: returns its command's status, also on a replay" {
  replayed <<'EOS'
s=0; durable child c -- sh -c 'echo ran >>ran; exit 6' || s=$?
echo "$s $(durable error -r c .ErrorType)"
EOS
  assert_output '6 CommandFailed'
  assert_equal "$(lines_of ran)" 1
}

@test "child: has the error of its last failed operation" {
  first_run <<'EOS'
durable child c -- sh -ec 'durable step ok -- true
  durable step bad -- sh -c "echo the reason >&2; exit 5"' || s=$?
echo "$s $(durable error -r c .ErrorMessage)"
EOS
  assert_output '5 the reason'
}

@test "child: in a child in a child" {
  replayed <<'EOS'
durable child a -- durable child b -- durable child c -- sh -c 'durable step s -- echo deep'
EOS
  assert_output deep
}

@test "child: unnamed, quiet, JSON" {
  replayed <<'EOS'
durable child -- echo one
durable child -q two -- echo two
durable child --json -r three -- echo '"3"'
durable child --raw four -- printf 'x\n\n' | od -An -tx1
EOS
  assert_output 'one
3
 78 0a 0a'
}

@test "child: a result over 256 KiB is made again from its records" {
  handler flow <<'EOS'
durable child big -- sh -c 'echo ran >>ran; durable step s -- sh -c "echo s >>steps
  head -c 300000 /dev/zero | tr \"\\000\" x"' | wc -c | tr -d ' '
[ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }
EOS
  run -137 durable run --context f.jsonl ./flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output 300001
  assert_equal "$(lines_of ran)" 2
  assert_equal "$(lines_of steps)" 1
  run -0 grep -c '"ReplayChildren":true' f.jsonl
}

@test "child: needs -- and a command" {
  for words in 'c' 'c --' 'c true' 'c d -- true'; do
    handler flow <<<"durable child $words; touch went-on"
    run -2 durable run --context "$(tr -cd a-z <<<"$words").jsonl" ./flow
    assert_not_exist went-on
  done
}

@test "child: a command that is not there gives 127" {
  first_run <<<'s=0; durable child c -- ./nothing || s=$?; echo $s'
  assert_output 127
}

@test "child: --encode and --decode" {
  replayed <<<'durable child c --encode "tr a b" --decode "tr b c" -- echo a'
  assert_output c
}
