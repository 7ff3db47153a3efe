#!/usr/bin/env bats
# What a good service never does, and kills at every call: one workflow, run
# under each fault of a group, is compared with an undisturbed run.
# fault-kinds.mjs has the faults, faults.mjs what must hold after each.

load ../lib/durable
load lambda
load flow

setup() {
  durable_setup
  bridge_needs
  make_flow
}

# under GROUP COUNT: the flow under each of its faults, COUNT at the least.
under() {
  run node "$DURABLE_ROOT/tests/lambda/faults.mjs" "$1"
  assert_success
  refute_output --partial 'not ok'
  ((${#lines[@]} >= $2))
  echo "# $1: ${#lines[@]} faults" >&3
}

@test "faults: resets, half answers, 429 and 5xx are answered with the same bytes" {
  under passing 29
}

@test "faults: a stale token, no end of errors, rubbish: the next invocation goes on" {
  under ending 22
}

@test "faults: what cannot be helped fails the execution, and no call follows" {
  under final 16
}

@test "faults: unknown members, a missing operation or token, slow answers" {
  under odd 11
}

@test "faults: no answer before the deadline: the invocation ends in time" {
  FAULTS_AT_ONCE=6 under silent 6
}

@test "faults: 10000 operations, pages of one, empty ones, what others have begun" {
  under pages 19
}

@test "faults: the runtime is killed at every call, the script at any step" {
  under kills 50
}

@test "faults: the script and the runtime are killed at random, again and again" {
  FAULTS_RANDOM=${FAULTS_RANDOM-6} under random 6
}

@test "faults: connections that died while the runtime was frozen" {
  under frozen 2
}

@test "faults: expired credentials are read again, a wrong clock is set" {
  under credentials 3
}

@test "faults: callbacks, an invoke and a map under odd answers and stale tokens" {
  make_outer
  under odd 11
  under ending 22
}

@test "faults: the Runtime API resets connections, cuts events, answers 500" {
  under runtime 9
}
