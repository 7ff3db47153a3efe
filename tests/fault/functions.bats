#!/usr/bin/env bats
# functions.bats - a kill at every system call that matters while functions of
# the script are steps, children and branches.
# shellcheck disable=SC2034 # read in campaign.bash

load ../lib/durable
load campaign

faults_every=${FAULTS_EVERY:-3}

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

# Branches: beside a program, of a map, and one that is ended early.
make_branches() {
  make_act
  handler branch <<'EOT'
v=$(durable step "in-$1" -- ./act "in-$1") || echo "WRONG in-$1" >>log
echo "after in-$1 $v" >>log
EOT
  handler flow <<'EOT'
. durable.sh
say() { echo "$*" >>log; }
act() {
  say "start $1"
  echo "$1-$$-$(date +%N)-"
}
in_branch() {
  v=$(durable step "in-$1" -- act "in-$1") || say "WRONG in-$1"
  say "after in-$1 $v"
}
slow() {
  (sleep 30; say "WRONG slow") || say "WRONG slow"
  say "WRONG slow"
}
trap 'say "WRONG signal"' TERM INT HUP
durable parallel -q both --branch l -- in_branch l --branch r -- in_branch r --branch p -- ./branch p || say "WRONG both"
x=$(durable map -q -j 1 items -- in_branch ::: x y 2>&1) || say "WRONG items"
durable parallel -q --min-successful 1 race --branch s -- slow --branch f -- in_branch f || say "WRONG race"
a=$(durable step a -- act a) || say "WRONG a"
say "after a $a"
durable result all-done || say "WRONG result"
EOT
}

# What polls, what asks somebody else, and what undoes both. A client that is
# killed before it connects or behind its goodbye makes it fail with 137.
make_askers() {
  handler flow <<'EOT'
. durable.sh
say() { echo "$*" >>log; }
poll() {
  n=$(cat)
  say "start c"
  echo $((n + 1))
  [ "$n" -gt 0 ]
}
ask() {
  say "start w"
  durable callback success "$DURABLE_CALLBACK_ID" answer- 2>/dev/null || :
}
undo() {
  say "start undo-$1"
  return "$2"
}
trap 'say "WRONG signal"' TERM INT HUP
trap '[ $? -eq 0 ] || durable compensate || say "left $?"' EXIT
c=$(durable wait-for-condition --initial 0 --poll-delay 1s --poll-jitter none c -- poll)
say "after c $c"
w=$(durable wait-for-callback w -- ask)
say "after w $w"
durable undo c -- undo c 1
durable undo w -- undo w 0
durable step b -- sh -c 'exit 3'
say "WRONG b"
EOT
  run_status=3 result='' check=check_undone
}

check_undone() {
  local order
  ! grep -q WRONG log || verdict "$(grep WRONG log)"
  order=$(sed -n 's/^start undo-//p' log | uniq | paste -sd ' ')
  [[ $order == 'w c' ]] || verdict "undone in the order $order"
  [[ $(sed -n 's/^left //p' log | grep -vx 137 | sort -u) == 1 ]] || verdict 'not told what is left'
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

@test "function branches: I1, I2: the engine is killed at every write" {
  make_branches
  kills engine write
}

@test "function branches: I1, I2: a client is killed at every write, connect and exit" {
  make_branches
  kills client write connect exit
}

@test "function branches: I1, I2: the handler is killed at every write, fork, exec and exit" {
  make_branches
  kills handler write fork exec exit
}

@test "functions: the engine is killed while they poll, ask and undo" {
  make_askers
  kills engine write sync exit
}

@test "functions: a client is killed while they poll, ask and undo" {
  make_askers
  kills client write
}

@test "functions: the handler is killed while they poll, ask and undo" {
  make_askers
  kills handler write fork exec exit
}

# The shell that forks opens a branch's fifo, and writes the number to it.
@test "function branches: I1, I2: their shell is killed at all that it tells" {
  make_branches
  inject_options='-p .fifo'
  kills command openat write
}

# By the end of a branch its fifo has no name any more.
@test "function branches: I1, I2: a subshell is killed as it tells its status" {
  make_branches
  inject_options='-p (deleted)'
  kills command write
}
