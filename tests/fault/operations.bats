#!/usr/bin/env bats
# operations.bats - a kill at every system call that matters while an execution
# invokes another, maps over items, and undoes what it has done.

load ../lib/durable
load campaign

# shellcheck disable=SC2034 # campaign.bash reads it, and those below
faults_every=${FAULTS_EVERY:-6}

setup() {
  durable_setup
  needs_inject
}

# One batch that runs to its end with a failed item, and one that is decided
# while two of its items still run.
make_mapper() {
  check=check_batches
  make_act
  handler branch <<'EOT'
case $1 in slow*) exec sleep 8 ;; esac
v=$(durable step "in $1" -- ./act "in-$1") || echo "WRONG in-$1" >>log
echo "after in-$1 $v" >>log
[ "$1" != c ] || exit 3
echo "$v"
EOT
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
r=$(durable map --batch -j 2 --tolerated-failure-count 1 whole -- ./branch ::: a b c d) || say "WRONG whole"
say "batch whole $r"
r=$(durable map --batch --min-successful 2 part -- ./branch ::: slow1 e f slow2) || say "WRONG part"
say "batch part $r"
durable result all-done || say "WRONG result"
EOT
}

# What the script was told of a batch was told each time in the same words, and
# it is what an undisturbed run is told. A killed client has told nothing.
check_batches() {
  local name told
  for name in whole part; do
    told=$(sed -n "s/^batch $name {/{/p" log | sort -u)
    [[ $(grep -c '' <<<"$told") == 1 ]] || verdict "$name was told in two ways: $told"
    [[ $(shape_of "$told") == "$(shape_of "$(sed -n "s/^batch $name //p" ../reference/log)")" ]] ||
      verdict "$name was told as $told"
  done
}

# A batch result without the values in it.
shape_of() {
  jq -c 'del(.all[].result, .all[].error.ErrorData, .all[].error.ErrorMessage)' <<<"$1"
}

# A booking whose third step fails; one of the three cannot be undone.
make_saga() {
  # shellcheck disable=SC2034
  check=check_undone
  make_act
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
trap '[ $? -eq 0 ] || durable compensate || say "left $?"' EXIT
durable undo a -- ./act undo-a
a=$(durable step a -- ./act a)
say "after a $a"
durable undo b -- ./act undo-b 1
b=$(durable step b -- ./act b)
say "after b $b"
durable undo c -- ./act undo-c
durable step c -- ./act c 3
say "WRONG c"
EOT
  # shellcheck disable=SC2034
  run_status=3 result=
}

# Last first, none before all that it undoes, and the one that failed is told.
check_undone() {
  local order
  ! grep -q WRONG log || verdict "$(grep WRONG log)"
  order=$(sed -n 's/^start undo-//p' log | uniq | tr '\n' ' ')
  [[ $order == 'c b a ' ]] || verdict "undone in the order $order"
  [[ $(sed -n 's/^left //p' log | grep -vx 137 | sort -u) == 1 ]] || verdict 'not told what is left'
}

@test "operations: an invoke: its own engine and the one above are killed" {
  make_invoker
  kills engine write sync fork exec exit
  kills invoked write sync fork exec exit
}

@test "operations: an invoke: clients and handlers of both are killed" {
  make_invoker
  kills client connect fork exec exit
  kills handler write fork exec exit
}

@test "operations: a map: the engine is killed" {
  make_mapper
  kills engine write sync fork exec exit
}

@test "operations: a map: clients are killed at every write, connect and fork" {
  make_mapper
  kills client write connect fork
}

@test "operations: a map: the handler is killed, and clients at every exit" {
  make_mapper
  kills handler write fork exec exit
  kills client exit
}

@test "operations: a compensation: the engine, clients and the handler are killed" {
  make_saga
  kills engine write sync fork exec exit
  kills client write fork
  kills handler write fork exec
}
