#!/usr/bin/env bats
# replay-children.bats - results over 256 KiB: made anew from the operations
# in them, through suspensions and kills.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

# The result of a flow is compared with what an undisturbed run gives.
undisturbed() {
  handler flow
  run -0 --separate-stderr durable run --context u.jsonl ./flow go
  expected=$output
  rm -f ran
}

# Suspended behind the large result, then killed behind it, then to the end.
disturbed() {
  run -75 durable run --no-wait --context f.jsonl ./flow wait
  start durable run --context f.jsonl ./flow wait
  wait_until 60 test -e here
  kill -KILL "$pid"
  wait "$pid" || true
  touch go
  run -0 --separate-stderr durable run --context f.jsonl ./flow wait
  assert_equal "$output" "$expected"
}

tail_of_flow='[ "$1" != wait ] || { durable wait w 1s
durable step hold -- sh -c "[ -e go ] || { touch here; exec sleep 60; }"; }'

@test "replay-children: a flat batch that was ended early is rebuilt of the same branches" {
  replayed <<'EOS'
durable map --flat --batch --min-successful 1 m -- sh -c 'case $1 in
a) durable step "s a" -- true; [ ! -e again ] || sleep 0.3; head -c 300000 /dev/zero | tr "\0" x ;;
b) durable step "s1 b" -- touch b; [ -e again ] || sleep 60; durable step "s2 b" -- true ;;
c) until [ -e b ]; do sleep 0.01; done; exit 3 ;; esac' - ::: a b c >"out.$$"
md5sum <"out.$$" >>sums
durable result "$(jq -c "[.completionReason, .totalCount, .all[].status]" "out.$$")"
EOS
  assert_output --partial '["MIN_SUCCESSFUL_REACHED",3,"SUCCEEDED","STARTED",'
  assert_equal "$(sort -u sums | lines_of /dev/stdin)" 1
}

@test "replay-children: a child" {
  undisturbed <<EOS
x=\$(durable child big -- sh -c '
  durable step a -- sh -c "echo a >>ran; head -c 200000 /dev/zero | tr \\\\\\\\0 a"
  durable step b -- sh -c "echo b >>ran; head -c 200000 /dev/zero | tr \\\\\\\\0 b"')
$tail_of_flow
printf '%s' "\$x" | cksum
EOS
  disturbed
  assert_equal "$(cat ran)" $'a\nb'
  run -0 jq -c 'select(.Name == "big" and .Action == "SUCCEED") | [.ReplayChildren // .ContextOptions.ReplayChildren, .Payload]' f.jsonl
  assert_output '[true,null]'
}

@test "replay-children: a map, whose branches are not run again" {
  undisturbed <<EOS
x=\$(durable map big -- sh -c 'echo "\$1" >>ran; head -c 100000 /dev/zero | tr \\\\0 "\$1"' - ::: a b c d e)
$tail_of_flow
printf '%s' "\$x" | cksum
EOS
  disturbed
  assert_equal "$(sort ran)" $'a\nb\nc\nd\ne'
}

@test "replay-children: a parallel with a tolerated failure, as a batch" {
  undisturbed <<EOS
x=\$(durable parallel --batch --tolerated-failure-count 1 big \\
  --branch a -- sh -c 'echo a >>ran; head -c 200000 /dev/zero | tr \\\\0 a' \\
  --branch bad -- sh -c 'echo bad >>ran; exit 3' \\
  --branch b -- sh -c 'echo b >>ran; head -c 200000 /dev/zero | tr \\\\0 b')
$tail_of_flow
printf '%s' "\$x" | sed 's/"time[^,]*,//g' | cksum
EOS
  disturbed
  assert_equal "$(sort ran)" $'a\nb\nbad'
}

@test "replay-children: a parallel that has failed keeps its status" {
  undisturbed <<EOS
s=0; x=\$(durable parallel --array big --branch a -- sh -c 'head -c 300000 /dev/zero | tr \\\\0 a' \\
  --branch bad -- sh -c 'echo bad >>ran; exit 3') || s=\$?
$tail_of_flow
printf '%s %s' "\$s" "\$x" | cksum
EOS
  disturbed
  assert_equal "$(cat ran)" bad
}

@test "replay-children: --min-successful says STARTED of the cut off branch again" {
  undisturbed <<EOS
x=\$(durable parallel --batch --min-successful 1 big \\
  --branch slow -- sh -c 'sleep 60; echo late >>ran' \\
  --branch b -- sh -c 'until grep -qs slow *.jsonl; do sleep 0.01; done; head -c 300000 /dev/zero | tr \\\\0 b')
$tail_of_flow
printf '%s' "\$x" | cut -c 1-150 | tr -d b
printf '%s' "\$x" | cksum
EOS
  disturbed
  assert_not_exist ran
}

@test "replay-children: branches of a large branch" {
  undisturbed <<EOS
x=\$(durable parallel outer --branch o -- durable map inner -- sh -c 'echo "\$1" >>ran; head -c 150000 /dev/zero | tr \\\\0 "\$1"' - ::: a b c)
$tail_of_flow
printf '%s' "\$x" | cksum
EOS
  disturbed
  assert_equal "$(sort ran)" $'a\nb\nc'
}
