#!/usr/bin/env bats
# What durable cost reckons of a run on this machine is what the same script
# asks of AWS's engine.
# shellcheck disable=SC2154 # variables of run
load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

# both NAME: runs the flow of that name here and there.
both() {
  run durable run --quiet --name "$1" "./$1"
  assert_success
  run -0 bridge --function "$1=$DURABLE_BUILDDIR/durable lambda $PWD/$1" --invoke "$1"
}

# here NAME FILTER: of the cost.
here() {
  durable cost --json "$1" | jq -c "$2"
}

@test "cost: operations, updates and invocations are those of Lambda" {
  handler flow <<'END'
durable step a -- echo one
durable step --at-most-once b -- true
durable wait cool 1
durable child kid -- sh -c 'durable step in -- true'
durable step --max-attempts 3 --retry-delay 1 c -- sh -c '[ "$DURABLE_ATTEMPT" = 2 ]'
durable parallel both --branch x -- durable step x1 -- echo x --branch y -- durable wait y1 1
durable result fine
END
  both flow
  assert_equal "$(here flow '[.Updates, .Invocations]')" \
    "$(outcome '[.counts.updates, .counts.invocations]')"
  # What begins, and each further attempt.
  assert_equal "$(here flow .Operations.Total)" "$(jq '[.Events[] | select(.EventType
    | test("^(Step|Wait|Context|Callback|ChainedInvoke)Started$"))] | length' history.json)"
}

@test "cost: the calls of steps in sequence are those of Lambda" {
  handler flow <<<'for i in 1 2 3 4 5 6 7 8; do durable step "s$i" -- true; done'
  both flow
  # On a busy machine a step may take longer than a START waits.
  local calls there
  calls=$(here flow .CheckpointCalls) there=$(outcome .counts.checkpoints)
  ((calls >= 8 && calls <= 16 && there >= 8 && there <= 16))
}
