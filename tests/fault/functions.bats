#!/usr/bin/env bats
# functions.bats - a kill at every system call that matters while functions of
# the script are steps and children.

load ../lib/durable
load campaign

setup() {
  durable_setup
  needs_inject
}

# What make_workflow has, with functions.
make_functions() {
  make_act
  handler flow <<'EOT'
. durable.sh
say() { echo "$*" >>log; }
act() {
  say "start $1"
  echo "$1-$$-$(date +%N)-"
  return "${2-0}"
}
in_child() {
  v=$(durable step in-k -- act in-k) || say "WRONG in-k"
  say "after in-k $v"
}
trap 'say "WRONG signal"' TERM INT HUP
a=$(durable step a -- act a) || say "WRONG a"
say "after a $a"
if durable step c -- act c 3 >c.out; then say "WRONG c"; else say "after c $?"; fi
m=$(durable step --at-most-once m -- act m) || m="failed $?"
say "after m $m"
durable child -q kid -- in_child || say "WRONG kid"
durable step b -- act b >b.out &
wait $! || say "WRONG b"
say "after b $(cat b.out)"
durable result all-done || say "WRONG result"
EOT
}

@test "functions: I1, I2: the engine is killed at every write" {
  make_functions
  kills engine write
}

@test "functions: I1, I2: a client is killed at every write, connect and exit" {
  make_functions
  kills client write connect exit
}

@test "functions: I1, I2: the handler is killed at every write, fork, exec and exit" {
  make_functions
  kills handler write fork exec exit
}
