#!/usr/bin/env bats
# The invariants that every campaign here holds to, and where: I1, I2, I6 in
# crash.bats, functions.bats, operations.bats and outside.bats, I3, I4, I5 in
# damage.bats, I7 and I8 in disk.bats and power.bats.
# Here are those that need no fault, or a single one.

load ../lib/durable
load campaign

# calls CALL STEPS [SUFFIX]: how many the engine makes in a run of STEPS steps.
calls() {
  rm -f count.jsonl
  # shellcheck disable=SC2154 # campaign.bash sets it
  "$inject" ${3:+-p "$3"} fired engine "$1" 0 kill \
    durable run --quiet --context count.jsonl ./many "$2" | tail -n 1
}

make_many() {
  needs_inject
  handler many <<'EOT'
i=0
while [ $((i += 1)) -le "$1" ]; do durable step "s$i" -- true; done
EOT
}

# What every kind of outcome looks like to the script, in a file of its own for
# each invocation; the engine is killed behind it.
make_outcomes() {
  handler flow <<'EOT'
set +e
echo run >>runs
out=seen.$(grep -c '' runs)
mkdir "$out"
see() { name=$1; shift; "$@" >"$out/$name"; echo $? >"$out/$name.status"; }
see text durable step text -- sh -c 'echo start >>log; echo "$$ text"'
see bytes durable step --raw bytes -- sh -c 'echo start >>log; head -c 999 /dev/urandom'
see empty durable step empty -- sh -c 'echo start >>log'
see line durable step --raw line -- sh -c 'echo start >>log; printf "%s no newline" $$'
see json durable step --json json -- sh -c 'echo start >>log; echo "{\"n\":12345678901234567890, \"p\":$$}"'
see failed durable step failed -- sh -c 'echo start >>log; echo gone; exit 7'
see killed durable step killed -- sh -c 'echo start >>log; kill -KILL $$'
see value durable checkpoint value -- "$(date +%N)"
see child durable child child -- sh -c 'durable step in -- sh -c "echo start >>log; echo \$\$"'
see both durable parallel both --branch l -- echo l --branch r -- sh -c 'exit 3'
[ "$(grep -c '' runs)" = 3 ] || kill -KILL "$PPID"
[ "$(grep -c '' runs)" = 3 ] || exec sleep 1000
durable result all-done
EOT
}

@test "I1: what was recorded is handed back with the same bytes and status, and not run again" {
  make_outcomes
  run -137 durable run --quiet --context x.jsonl ./flow
  run -137 durable run --quiet --context x.jsonl ./flow
  run -0 --separate-stderr durable run --quiet --context x.jsonl ./flow
  assert_output all-done
  assert_equal "$(lines_of log)" 8
  assert_equal "$(cat seen.1/failed.status seen.1/killed.status seen.1/both.status | tr '\n' ' ')" '7 137 3 '
  assert_equal "$(wc -c <seen.1/bytes)" 999
  diff -r seen.1 seen.2
  diff -r seen.1 seen.3
}

@test "I2: a step that a kill has cut off is run again, and only that" {
  handler flow <<'EOT'
durable step one -- sh -c 'echo one >>log'
durable step two -- sh -c 'echo two >>log; [ -e again ] || { : >again; kill -KILL "$1"; sleep 1000; }' - "$PPID"
durable step three -- sh -c 'echo three >>log'
EOT
  run -137 durable run --quiet --context x.jsonl ./flow
  run -0 durable run --quiet --context x.jsonl ./flow
  assert_equal "$(tr '\n' ' ' <log)" 'one two two three '
}

# crashes N: of runs that do not wait; each is made to have been long ago.
crashes() {
  local delay age=$DURABLE_BUILDDIR/tests/fault/age
  for ((delay = 1; delay < 1 << $1; delay *= 2)); do
    run -75 durable run --no-wait --context x.jsonl ./flow
    assert_output --partial "it is run again in $delay s"
    # It is too early for the next one, until it is not.
    run -75 durable run --no-wait --context x.jsonl ./flow
    refute_output --partial crashed
    "$age" x.jsonl $delay
  done
}

@test "crash: the sixth in a row is the end, the five before are each run again" {
  handler flow <<<'echo run >>runs; kill -KILL $$'
  crashes 5
  run -1 durable run --no-wait --context x.jsonl ./flow
  assert_output --partial 'Runtime.ExitError'
  assert_equal "$(lines_of runs)" 6
  run -1 durable run --context x.jsonl ./flow
  assert_equal "$(lines_of runs)" 6
  run -0 history_of x.jsonl
  assert_line --index -1 ExecutionFailed
}

@test "crash: it is no longer in a row when an operation has ended in between" {
  handler flow <<'EOT'
echo run >>runs
[ "$(grep -c '' runs)" -le 3 ] || durable step s -- true
kill -KILL $$
EOT
  crashes 3
  run -75 durable run --no-wait --context x.jsonl ./flow
  assert_output --partial 'it is run again in 1 s'
}

@test "I8: one sync for each step, none for a replay, one of the folder" {
  local few many
  make_many
  few=$(calls sync 5 .jsonl)
  many=$(calls sync 25 .jsonl)
  assert_equal $((many - few)) 20
  run -0 calls sync 5 "/${PWD##*/}"
  assert_output 1
  durable run --quiet --context x.jsonl ./many 20
  sed -i '/"ExecutionSucceeded"/d' x.jsonl
  run -0 "$inject" -p .jsonl fired engine sync 0 kill \
    durable run --quiet --context x.jsonl ./many 20
  # Of what the first run may not have synced, and of the execution's end.
  assert_output 2
}

@test "I9: an operation of another type under the same name is refused, both shown" {
  handler flow <<'EOT'
durable step same -- true
kill -KILL "$PPID"
exec sleep 1000
EOT
  run -137 durable run --quiet --context x.jsonl ./flow
  handler flow <<<'durable wait same 1s'
  cp x.jsonl before
  run -125 durable run --quiet --context x.jsonl ./flow
  assert_output --partial 'step'
  assert_output --partial 'wait'
  run ! grep -q '"Type":"WAIT"' x.jsonl
}

@test "I10: a step makes as many calls after 200 others as after 20" {
  local call early late
  make_many
  for call in write sync; do
    early=$(($(calls $call 40) - $(calls $call 20)))
    late=$(($(calls $call 220) - $(calls $call 200)))
    assert_equal "$late" "$early"
  done
}
