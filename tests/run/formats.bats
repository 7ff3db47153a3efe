#!/usr/bin/env bats
# Every format that was ever released still loads: files of each, kept for ever.
load ../lib/durable

formats=$BATS_TEST_DIRNAME/../fixtures/formats

# A copy that may be opened: a checkout has other modes.
copy() {
  cp "$formats/$1.jsonl" "$1.jsonl"
  chmod 600 "$1.jsonl"
}

@test "formats: 1, an ended execution has the history that it had" {
  copy 1-ended
  durable history --json 1-ended.jsonl |
    jq -r '.Events[] | [.EventId, .EventType, .Name // "-"] | @tsv' >events
  run -0 diff "$formats/1-ended.events" events
  run -0 durable status 1-ended.jsonl
  assert_output --partial '{"done":true}'
}

@test "formats: 1, a suspended execution is still waited for" {
  copy 1-suspended
  run -0 durable status --json 1-suspended.jsonl
  run -0 jq -r .State <<<"$output"
  assert_output SUSPENDED
  run -75 durable resume "$PWD/1-suspended.jsonl"
}

@test "formats: a later one is refused, both versions named" {
  copy 1-ended
  sed -i '1s/"durable":1/"durable":2/' 1-ended.jsonl
  run -125 durable status "$PWD/1-ended.jsonl"
  assert_output --partial 'version 2'
}
