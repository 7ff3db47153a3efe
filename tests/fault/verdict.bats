#!/usr/bin/env bats
# What judges the faults of this folder sees what it must not let pass.

load ../lib/durable
load campaign

setup() {
  durable_setup
  mkdir reference run
  printf '%s\n' 'start a' 'after a a-1-' 'start m' 'after m m-1-' >reference/log
  printf '%s\n' 'a START' 'a SUCCEED' 'm START' 'm SUCCEED' >reference/records
  cp reference/log run/log
  cd run || return
  {
    echo '{"Id":"1","Name":"a","Action":"START"}'
    echo '{"Id":"1","Name":"a","Action":"SUCCEED"}'
    echo '{"Id":"2","Name":"m","Action":"START"}'
    echo '{"Id":"2","Action":"x","Na'
  } >x.jsonl
}

closed() {
  echo '{"Id":"2","Name":"m","Action":"'"$1"'"}' >>x.jsonl
}

@test "verdict: what is recorded is told, a torn line is none" {
  run -0 told records
  assert_output $'a START\na SUCCEED\nm START'
  echo '{"Id":"1","Event":"CallbackSucceeded"}' >>x.jsonl
  run -0 told records
  assert_line 'a CallbackSucceeded'
}

@test "verdict: a script that went on behind what is not recorded" {
  run -0 told broken role=engine
  assert_output $'4  a\nwent on after m, which is not recorded'
  run -0 told broken role=client
  assert_output '4  a'
  closed FAIL
  echo 'WRONG a' >>log
  run -0 told broken role=handler
  assert_line 'before the resume: WRONG a'
}

@test "verdict: a run that is as it should be, with the step m cut off too" {
  closed SUCCEED
  run -0 told end is_unseen=0 lines=2 finished=' a'
  assert_output ''
  sed -i '$d' x.jsonl
  closed FAIL
  sed -i '/m$/d' log
  run -0 told end is_unseen=0 lines=2 finished=' a'
  assert_output ''
}

@test "verdict: a step that was recorded and is started again" {
  closed SUCCEED
  echo 'start a' >>log
  run -0 told end is_unseen=1 lines=4 finished=' m a'
  assert_output 'a was recorded and has been started again'
  run -0 told end is_unseen=1 lines=4 finished=' m'
  assert_output ''
}

@test "verdict: a step that is started too often, or never" {
  closed SUCCEED
  printf '%s\n' 'start m' >>log
  run -0 told end is_unseen=1 lines=0
  assert_output 'm was started 2 times'
  sed -i '/^start/d' log
  run -0 told end is_unseen=0 lines=0
  assert_output 'a was started 0 times'
}

@test "verdict: a value that changes, or never comes" {
  closed SUCCEED
  printf '%s\n' 'after a a-2-' 'after m 137' >>log
  run -0 told end is_unseen=0 lines=0
  assert_output 'a was handed back with 2 values'
  sed -i '/^after a/d' log
  run -0 told end is_unseen=0 lines=0
  assert_output 'a was handed back with 0 values'
}

@test "verdict: records that an undisturbed run does not have, or more of" {
  run -0 told end is_unseen=0 lines=0
  assert_output 'other records: -m SUCCEED'
  closed SUCCEED
  echo '{"Id":"1","Name":"a","Action":"FAIL"}' >>x.jsonl
  run -0 told end is_unseen=0 lines=0
  assert_output 'other records: +a FAIL'
}
