#!/usr/bin/env bats
# stop.bats - durable stop: ends an execution for good.
load ../lib/durable

@test "stop: one that is suspended" {
  handler flow <<<'echo ran >>ran; durable wait 1h'
  run -75 durable run --no-wait --name exe ./flow
  run -0 durable stop exe
  run -1 durable run --name exe ./flow
  assert_output --partial stopped
  assert_equal "$(lines_of ran)" 1
}

@test "stop: one that runs: its commands are ended" {
  handler flow <<<'durable step s -- sh -c "touch began; exec sleep 984" || touch went-on; touch went-on'
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e began
  run -0 durable stop f.jsonl
  ends_with 1
  assert_not_exist went-on
  run -1 pgrep -f 'sleep 984'
}

@test "stop: one whose run sleeps in a wait" {
  handler flow <<<'durable wait 1h'
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q PENDING f.jsonl
  run -0 durable stop f.jsonl
  ends_with 1
}

@test "stop: --reason and --type are its error" {
  handler flow <<<'durable wait 1h'
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 durable stop --reason 'not any more' --type Cancelled f.jsonl
  run -1 durable run --context f.jsonl ./flow
  assert_output --partial 'Cancelled: not any more'
}

@test "stop: one that has ended is refused" {
  handler flow <<<:
  run -0 durable run --name exe ./flow
  run -125 durable stop exe
  assert_output --partial ended
}

@test "stop: one that is not there is 1, a missing operand 2" {
  run -1 durable stop nothing
  run -2 durable stop
}
