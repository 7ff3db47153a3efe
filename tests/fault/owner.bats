#!/usr/bin/env bats
# Two runs of one execution never overlap, not even with the orphans of one
# that was killed.

load ../lib/durable
load campaign

# living WORD: how many processes have WORD as their last argument.
living() {
  grep -lzs -- "^${1%?}[${1: -1}]$" /proc/[0-9]*/cmdline | wc -l
}

is_living() {
  [[ $(living "$1") == "$2" ]]
}

@test "owner: ten runs at once are one execution" {
  local i pids=()
  handler flow <<'EOT'
for i in 1 2 3; do
  durable step "s$i" -- sh -c 'echo start >>log; mkdir only || echo overlap >>log; sleep 0.1; rmdir only'
done
durable result all-done
EOT
  for i in 1 2 3 4 5 6 7 8 9 10; do
    durable run --quiet --name one ./flow >"out.$i" 2>"err.$i" 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do
    wait "$i"
  done
  assert_equal "$(lines_of log)" 3
  run ! grep overlap log
  assert_equal "$(sort -u out.*)" all-done
}

# shellcheck disable=SC2154 # started is of lib/durable.bash
# orphaned: kills the engine under a step whose processes do what they can to
# get away, and runs again.
orphaned() {
  local mark=$BATS_TEST_TMPDIR/mark
  : >mark
  handler away <<EOT
# Where its output is a pipe that nobody reads, it ends by itself.
exec tail -f /dev/null "$mark" >/dev/null
EOT
  handler flow <<'EOT'
trap 'echo WRONG >>log' TERM HUP EXIT
durable step get-away -- sh -c 'echo start >>log
  setsid ./away & nohup ./away >/dev/null 2>&1 & timeout 1000 ./away &
  (trap "" TERM HUP INT; ./away) & setsid setsid ./away &
  wait' || echo WRONG >>log
echo WRONG after >>log
EOT
  start durable run --quiet --context x.jsonl ./flow
  wait_until 60 is_living "$mark" 5
  kill -KILL "${started[0]}"
  wait "${started[0]}" || true
  run living "$mark" # those with a session of their own
  ((output >= 2)) || fail "$output are left: $(cat start.err; ps axo pid,sid,args)"
  start durable run --quiet --context x.jsonl ./flow
  wait_until 60 is_started_twice
  wait_until 60 is_living "$mark" 5
  run ! grep WRONG log
}

is_started_twice() {
  [[ $(grep -c '^start$' log) == 2 ]]
}

@test "owner: orphans of a killed engine are ended before the next run goes on" {
  orphaned
  kill -INT "${started[1]}"
  wait "${started[1]}" || true
  assert_equal "$(living "$BATS_TEST_TMPDIR/mark")" 0
  assert_no_orphans
}

@test "owner: a killed engine leaves no client and no shell that goes on" {
  handler flow <<'EOT'
trap 'echo WRONG trap >>log' EXIT TERM HUP
(durable step left -- sleep 1000 || echo WRONG left >>log) | cat >>log &
durable step right -- sleep 1000 || echo WRONG right >>log
echo WRONG after >>log
EOT
  start durable run --quiet --context x.jsonl ./flow
  wait_until 60 grep -q '"Name":"left"' x.jsonl
  wait_until 60 grep -q '"Name":"right"' x.jsonl
  kill -KILL "${started[0]}"
  wait "${started[0]}" || true
  wait_until 60 assert_no_orphans
  assert_equal "$(lines_of log)" 0
}

@test "owner: a chained invoke whose engine was killed goes on with the next run" {
  handler sub <<'EOT'
[ -e again ] || { : >again; kill -KILL "$PPID"; exec sleep 1000; }
durable result of-sub
EOT
  handler flow <<<'durable invoke call ./sub'
  start durable run --quiet --context x.jsonl ./flow
  wait_until 60 test -e again
  wait_until 60 grep -q '"Outcome":"PENDING"' x.jsonl
  kill -INT "${started[0]}"
  wait "${started[0]}" || true
  run -0 --separate-stderr timeout 60 durable run --quiet --context x.jsonl ./flow
  assert_output of-sub
  assert_no_orphans
}

@test "owner: a chained invoke whose engine is killed goes on under the same run" {
  handler sub <<'EOT'
[ -e again ] || { : >again; kill -KILL "$PPID"; exec sleep 1000; }
durable result of-sub
EOT
  handler flow <<'EOT'
durable parallel -q p --branch a -- durable invoke call ./sub \
  --branch b -- durable step s -- sleep 1
durable invoke second ./sub
EOT
  run -0 --separate-stderr timeout 60 durable run --quiet --context x.jsonl ./flow
  assert_output of-sub
  assert_no_orphans
}
