#!/usr/bin/env bats
# branch.bats - durable branch: put down in loops, run by durable parallel.
load ../lib/durable

@test "branch: what was put down in a loop is run by parallel, in order" {
  replayed <<'EOS'
for f in a b c; do durable branch load "$f" -- sh -c "echo ran >>ran.$f; echo $f"; done
durable parallel load
EOS
  assert_output 'a
b
c'
  assert_equal "$(lines_of ran.a)" 1
}

@test "branch: nothing of its command is parsed" {
  first_run <<'EOS'
durable branch p -- echo --branch x -- y
durable branch p two -- echo --help ''  "a b"
durable parallel p
EOS
  assert_output -- '--branch x -- y
--help  a b'
}

@test "branch: unnamed and named ones, of an unnamed step inside" {
  replayed <<'EOS'
durable branch p -- durable step -- echo 1
durable branch p named -- durable step -- echo 2
durable parallel p
EOS
  assert_output '1
2'
}

@test "branch: belongs to the parallel of its name alone" {
  first_run <<'EOS'
durable branch one -- echo 1
durable branch two -- echo 2
durable parallel two
durable parallel one
EOS
  assert_output '2
1'
}

@test "branch: put down once, run once" {
  first_run <<'EOS'
durable branch p -- echo 1
durable parallel p
durable branch p -- echo 2
durable parallel p
EOS
  assert_output '1
2'
}

@test "branch: those put down come behind those written out" {
  first_run <<'EOS'
durable branch p b -- echo down
durable parallel p --branch a -- echo out
EOS
  assert_output 'out
down'
}

@test "branch: is put down again on a replay after a wait" {
  first_run <<'EOS'
durable branch p x -- sh -c 'durable wait 1s; echo ran >>ran; echo x'
durable parallel p
EOS
  assert_output x
  assert_equal "$(lines_of ran)" 1
}

@test "branch: in a child it belongs to the child" {
  first_run <<'EOS'
durable branch p -- echo outer
durable child c -- sh -c 'durable branch p -- echo inner; durable parallel p'
durable parallel p
EOS
  assert_output 'inner
outer'
}

@test "branch: two of one name are a usage error of the parallel" {
  handler flow <<'EOS'
durable branch p x -- echo 1
durable branch p x -- echo 2
durable parallel p || touch went-on
EOS
  run -2 durable run ./flow
  assert_output --partial "'x'"
  assert_not_exist went-on
}

@test "branch: a missing operand, -- or command is a usage error" {
  n=0
  for words in '' 'p' 'p x' 'p --' '-- true' 'p a b -- true' "p '' -- true"; do
    handler flow <<<"durable branch $words || touch went-on; touch went-on"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist went-on
  done
}
