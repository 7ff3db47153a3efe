#!/usr/bin/env bats
# wait.bats - durable wait: durations, points in time, suspension.
# shellcheck disable=SC1010 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "wait: lasts at least as long as asked for, once" {
  handler flow <<'EOS'
date +%s%N >>began
durable wait pause 1s
date +%s%N >>ended
durable wait 1
EOS
  run -0 durable run --context f.jsonl ./flow
  (($(head -n 1 ended) - $(head -n 1 began) >= 1000000000))
  (($(head -n 1 ended) - $(head -n 1 began) < 10000000000))
  assert_equal "$(lines_of began)" 3
}

@test "wait: suspends, so that --no-wait exits 75 at once" {
  handler flow <<<'durable wait long 1h'
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_output --partial 'suspended until'
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_equal "$(grep -c '"Action":"START"' f.jsonl)" 1
}

@test "wait: every form of a duration" {
  n=0
  for d in 90 90s 5m 1h30m 2d 366d 1d1h1m1s; do
    handler flow <<<"durable wait w $d"
    run -75 durable run --no-wait --context "f$((n += 1)).jsonl" ./flow
  done
}

@test "wait: what is not a duration of 1 s to 366 d is a usage error" {
  n=0
  for d in soon 0 0s 367d 1.5s -5 '' 1x 5ms '1 h' 99999999999999999999; do
    handler flow <<<"durable wait w -- '$d' || durable wait w '$d'; touch went-on"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_output --partial Usage
    assert_not_exist went-on
  done
}

@test "wait: an error names what is not a duration" {
  handler flow <<<'durable wait soon'
  run -2 durable run ./flow
  assert_output --partial "'soon'"
  assert_output --partial duration
}

@test "wait: --until a time that is to come" {
  handler flow <<'EOS'
durable wait --until "@$(($(cat now) + 1))"
date +%s >ended
EOS
  date +%s >now
  run -0 durable run ./flow
  (($(cat ended) >= $(cat now) + 1))
}

@test "wait: --until every form of a time" {
  tomorrow=$(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%S)
  n=0
  for t in "${tomorrow}Z" "$tomorrow+02:00" "$tomorrow.5Z" "${tomorrow:0:16}Z" \
    "$(date -u -d '+2 hours' +%H:%M)" "$(date -u -d '-2 hours' +%H:%M)" \
    "@$(($(date +%s) + 90))"; do
    handler flow <<<"durable wait w --until '$t'"
    run -75 durable run --no-wait --context "f$((n += 1)).jsonl" ./flow
  done
}

@test "wait: --until a time that is over takes no longer than a second" {
  handler flow <<<'durable wait old --until 2020-01-01T00:00:00Z; echo done'
  run -0 --separate-stderr durable run ./flow
  assert_output done
}

@test "wait: --until nonsense, or over 366 days ahead, is a usage error" {
  handler flow <<<'durable wait w --until never'
  run -2 durable run --context a.jsonl ./flow
  handler flow <<<'durable wait w --until 2999-01-01T00:00:00Z'
  run -2 durable run --context b.jsonl ./flow
  assert_output --partial '366 days'
}

@test "wait: a duration and --until exclude each other" {
  handler flow <<<'durable wait w 5s --until 23:00'
  run -2 durable run ./flow
  assert_output --partial until
}

@test "wait: without anything it says what to give" {
  handler flow <<<'durable wait'
  run -2 durable run ./flow
  assert_output --partial DURATION
}

@test "wait: of the same name again waits again" {
  handler flow <<<'durable wait w 1s; durable wait w 1s; echo done'
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output done
  run -0 jq -c 'select(.Action == "START" and .Type == "WAIT").Id[:32]' f.jsonl
  assert_equal "$(sort -u <<<"$output" | wc -l)" 2
}

@test "wait: never fires early when it is resumed again and again" {
  handler flow <<<'durable wait w 1s; date +%s%N >ended'
  began=$(date +%s%N)
  run -75 durable run --no-wait --context f.jsonl ./flow
  while [[ ! -e ended ]]; do
    durable resume --quiet f.jsonl || [[ $? == 75 ]]
  done
  (($(cat ended) - began >= 1000000000))
}
