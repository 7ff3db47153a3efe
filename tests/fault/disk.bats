#!/usr/bin/env bats
# The n-th call on the context file fails, for every n: the run ends with a
# reason, nothing is lost, and the next run completes.

load ../lib/durable
load campaign

setup() {
  durable_setup
  needs_inject
  make_workflow
  # shellcheck disable=SC2034 # campaign.bash reads it
  inject_options='-p .jsonl'
}

# fails CALL ACTION...: in the engine.
fails() {
  local call=$1 action
  shift
  for action in "$@"; do
    campaign engine "$call" "$action" || return
  done
  report_faults "$call of the context file: $*"
  assert_no_orphans
}

@test "disk: I7: a write fails for want of space or by an I/O error" {
  fails write ENOSPC EIO
}

@test "disk: a write is cut short or interrupted" {
  fails write short EINTR
}

@test "disk: I6, I8: a sync fails and is never tried again" {
  fails sync EIO ENOSPC EINTR
}

@test "disk: the context file cannot be opened, emptied or locked" {
  fails openat EIO EMFILE
  fails ftruncate EIO
  fails flock EINTR
}
