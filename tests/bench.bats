#!/usr/bin/env bats
# That bench/run and bench/lambda work. Their figures are not judged here.

load lib/durable
load lambda/lambda

@test "bench: run --quick measures every line of the table" {
  run -0 --separate-stderr "$DURABLE_ROOT/bench/run" --quick
  assert_output --partial 'replayed step, as a process'
  assert_output --partial 'live step'
  assert_output --partial 'syncs of a step, first run                        1.00'
  assert_output --partial 'syncs of a step, replay run                       0.00'
  assert_output --partial 'suspend and resume'
  assert_line --regexp '^[0-9]+ over budget$'
}

@test "bench: run refuses an option that it does not know" {
  run -2 "$DURABLE_ROOT/bench/run" --slow
  assert_output --partial 'usage: run'
}

@test "bench: lambda --quick measures every line, beside AWS's SDK" {
  bridge_needs
  run -0 --separate-stderr "$DURABLE_ROOT/bench/lambda" --quick
  assert_output --partial 'start to the first next'
  assert_line --regexp '^5 steps: checkpoint calls +[1-6] +[0-9]'
  assert_line --regexp '^5 branches of a step: updates +22 +22 '
  assert_line --regexp '^[0-9]+ over budget$'
}
