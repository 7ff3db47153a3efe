#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets its variables
# A service that leaves out what is optional, or what never should be; and with
# what status the runtime ends.

load ../lib/durable
load lambda

setup() {
  durable_setup
  command -v node >/dev/null || skip 'node is not installed'
}

# careless MEMBERS [SIGNAL]: ./flow, twice; see careless.mjs.
careless() {
  run -0 --separate-stderr node "$BATS_TEST_DIRNAME/careless.mjs" durable \
    "$PWD/flow" "$@"
}

# failed STATUS TYPE MESSAGE: of an invoke; the same when it is replayed.
failed() {
  careless "{\"CHAINED_INVOKE\":{\"Status\":\"$1\",\"ChainedInvokeDetails\":{}}}"
  assert_equal "$(jq -c '.Result | fromjson' <<<"${lines[0]}")" \
    "{\"ErrorType\":\"$2\",\"ErrorMessage\":\"$3; the service gave no reason\"}"
  assert_equal "${lines[1]}" "${lines[0]}"
  assert_equal "$(grep -c "^durable: invoke i1 .*: $3" <<<"$stderr")" 2
}

@test "careless: what failed without an error has one that is true" {
  handler flow <<<'durable invoke i1 other || durable error i1 | durable result --json'
  failed FAILED Invoke.Failed 'the invoked function failed'
  failed STOPPED Stopped 'the invoked function was stopped'
  failed TIMED_OUT ChainedInvoke.Timeout 'the invoked function timed out'
  handler flow <<'EOS'
durable callback create ask >/dev/null
durable callback wait ask || durable error ask | durable result --json
EOS
  careless '{"CALLBACK":{"Status":"FAILED","CallbackDetails":{"CallbackId":"YQ=="}}}'
  assert_equal "$(jq -c '.Result | fromjson' <<<"${lines[0]}")" \
    '{"ErrorType":"Error","ErrorMessage":"the callback failed; the service gave no reason"}'
  assert_equal "${lines[1]}" "${lines[0]}"
}

@test "careless: a callback without an id ends the invocation" {
  handler flow <<'EOS'
id=$(durable callback create ask)
touch WRONG
durable callback wait ask
EOS
  for status in STARTED SUCCEEDED; do
    careless "{\"CALLBACK\":{\"Status\":\"$status\",\"CallbackDetails\":{}}}"
    for line in 0 1; do
      assert_equal "$(jq -r '.errorType, .errorMessage' <<<"${lines[line]}")" \
        "Runtime.CheckpointFailed
the service's answer has no CallbackId for the callback 'ask'"
    done
  done
  assert_file_not_exist WRONG
}

@test "careless: the exit status says what signal has ended it between events" {
  handler flow <<<'durable result done'
  for signal in HUP-129 INT-130 TERM-143; do
    careless '{}' "SIG${signal%-*}"
    assert_line -n 2 "exit ${signal#*-}"
  done
}

@test "careless: without its folder an invocation ends the process with 125" {
  handler flow <<<'touch WRONG'
  TMPDIR=$PWD/nowhere careless '{}'
  assert_equal "$(jq -r .errorType <<<"${lines[0]}")" Runtime.ExitError
  assert_line -n 0 --partial "make the folder $PWD/nowhere/"
  assert_line -n 1 'exit 125'
  assert_file_not_exist WRONG
}
