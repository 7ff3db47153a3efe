#!/usr/bin/env bats
# What AWS's engine, as it is published, does not show: seen with AWS's own
# JavaScript SDK, so that it is no fault of durable's. The bridge puts it right
# unless it is asked for it --as-is; README.md has the list.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

# attempts: those that the outcomes of steps tell.
attempts() {
  jq -c '[.Events[] | .StepSucceededDetails, .StepFailedDetails | values
    | .RetryDetails.CurrentAttempt]' history.json
}

@test "engine: as published, an attempt's number leaves itself out" {
  run -0 bridge --as-is --skip-time --function "$(js steps)" --invoke steps \
    --input '{"x":1}'
  assert_equal "$(attempts)" '[null,1,1,2,1]'
  run -0 bridge --skip-time --function "$(js steps)" --invoke steps \
    --input '{"x":1}'
  assert_equal "$(attempts)" '[1,1,2,3,1]'
}

@test "engine: as published, a timeout has no type" {
  local types='[.Events[].CallbackTimedOutDetails | values
    | .Error.Payload.ErrorType]'
  run -0 bridge --as-is --skip-time=all --function "$(js late)" --invoke late
  assert_equal "$(jq -c "$types" history.json)" '[null,null]'
  run -0 bridge --skip-time=all --function "$(js late)" --invoke late
  assert_equal "$(jq -c "$types" history.json)" \
    '["Callback.Timeout","Callback.Heartbeat"]'
}

@test "engine: as published, an invoke does not say of what" {
  local told='.Events[1].ChainedInvokeStartedDetails
    | [.FunctionName, .Input.Payload, .ExecutedVersion]'
  run -0 bridge --as-is --skip-time --function "$(js invokes)" \
    --function "$(js echo)" --plain "$(js plain)" --invoke invokes
  assert_equal "$(jq -c "$told" history.json)" '["","",null]'
  run -0 bridge --skip-time --function "$(js invokes)" \
    --function "$(js echo)" --plain "$(js plain)" --invoke invokes
  assert_equal "$(jq -c "$told" history.json)" \
    '["echo:$LATEST","{\"of\":\"echo:$LATEST\"}","$LATEST"]'
}

@test "engine: as published, a poll that begins again has lost its state" {
  local polls='[.Events[].StepSucceededDetails.Result.Payload | values]'
  run -0 bridge --as-is --skip-time --function "$(js torn)" --invoke torn \
    --input '{"mark":"mark"}'
  assert_equal "$(jq -c "$polls" history.json)" '["1","1","2","3"]'
  rm mark
  run -0 bridge --skip-time --function "$(js torn)" --invoke torn \
    --input '{"mark":"mark"}'
  assert_equal "$(jq -c "$polls" history.json)" '["1","2","3"]'
}
