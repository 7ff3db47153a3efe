#!/usr/bin/env bats
# outside.bats - callbacks are completed from outside while the engine is up,
# asleep, not there, starting and ending, and one of the two is killed at every
# system call that matters.
#
# "world" is all that there is around a workflow: it runs it and brings the
# outcomes of its callbacks, one again and again until it is told that it was
# taken, as whoever is outside must after a crash of his own. Each attempt
# brings another value, so that it can be told whose was taken.

load ../lib/durable
load campaign

# shellcheck disable=SC2034 # campaign.bash reads it, and those below
faults_every=${FAULTS_EVERY:-6}

setup() {
  durable_setup
  needs_inject
}

# The workflow has two callbacks: one with heartbeats and one that fails.
make_answered_flow() {
  make_act
  handler flow <<'EOT'
say() { echo "$*" >>log; }
trap 'say "WRONG signal"' TERM INT HUP
c=$(durable callback create c) || say "WRONG create c"
d=$(durable callback create d) || say "WRONG create d"
say "created $c $d"
echo "$c $d" >ids.new
mv ids.new ids
a=$(durable step a -- ./act a) || say "WRONG a"
say "after a $a"
durable step hold -- ./hold
v=$(durable callback wait c) || say "WRONG c $?"
say "value c $v"
if v=$(durable callback wait d 2>/dev/null); then say "WRONG d $v"; else say "value d $?"; fi
durable result all-done || say "WRONG result"
EOT
}

# What world is made of: "answer_all" brings all outcomes once.
world_functions() {
  cat <<'EOT'
#!/bin/sh
# answer KIND ID [WORD]: until it was taken. A killed one tells nothing.
answer() {
  while :; do
    n=$(($(cat n 2>/dev/null || echo 0) + 1))
    echo "$n" >n
    status=0
    durable callback "$1" "$2" ${3+"$3-$n"} 2>said || status=$?
    case $status in
      0) echo "told $1 $n" >>log; return ;;
      137) echo "killed $1 $n" >>log ;;
      *)
        grep -q 'already completed' said && echo "refused $1 $n" >>log && return
        echo "WRONG $1 $n: $status $(cat said)" >>log
        return
        ;;
    esac
  done
}
answer_all() {
  [ ! -e answered ] || return 0
  read -r c d <ids || return 0
  answer heartbeat "$c"
  answer success "$c" value
  answer failure "$d" reason
  : >answered
}
# wait_for FILE: or for the end of what runs.
wait_for() { until [ -e "$1" ] || [ -e status ]; do sleep 0.01; done; }
go() {
  s=0
  durable run --quiet --context x.jsonl "$@" ./flow >result || s=$?
  echo "$s" >status
  return "$s"
}
# Until it has come so far that it waits for us: a crash puts that off.
go_to_the_wait() {
  until [ -e ids ]; do
    go --no-wait || :
    [ "$(cat status)" = 75 ] || exit "$(cat status)"
    [ -e ids ] || sleep 0.2
  done
}
rm -f status result
trap 'cat result' EXIT
EOT
}

# make_world LINE...: how the two come together.
make_world() {
  make_answered_flow
  handler hold <<<':'
  handler world < <(world_functions; printf '%s\n' "$@")
  files+=(hold)
  # shellcheck disable=SC2034
  run_command=(./world) check=check_outcomes
}

# One outcome for each callback: that which somebody was told is taken, or else
# one whose bringer was killed.
check_outcomes() {
  local told
  ! grep -q WRONG log || verdict "$(grep WRONG log)"
  [[ $(grep -c '"Event":"CallbackSucceeded"' x.jsonl) == 1 &&
    $(grep -c '"Event":"CallbackFailed"' x.jsonl) == 1 ]] ||
    verdict 'not one outcome for each callback'
  [[ $(grep '^created' log | sort -u | grep -c '') == 1 ]] ||
    verdict 'a callback has got two ids'
  [[ $(sed -n 's/^value d //p' log | sort -u) == 1 ]] ||
    verdict 'the failed callback did not fail'
  told=$(sed -n 's/^told success //p' log)
  [[ $told != *$'\n'* ]] || verdict "two outcomes were taken: $told"
  [[ $told ]] || told=$(sed -n 's/^killed success //p' log)
  grep -qxF "$(sed -n 's/^value c value-//p' log | sort -u)" <<<"$told" ||
    verdict 'a value came that nobody brought'
}

@test "outside: a callback is completed while the engine is up" {
  make_world '(go) & wait_for ids; answer_all; wait; exit "$(cat status)"'
  handler hold <<<'until [ -e answered ]; do sleep 0.01; done'
  kills completer write sync connect exec exit
  kills engine write sync fork exec exit
}

@test "outside: a callback is completed while the engine sleeps" {
  make_world '(go) & wait_for ids' \
    'until grep -q PENDING x.jsonl || [ -e status ]; do sleep 0.01; done' \
    'answer_all; wait; exit "$(cat status)"'
  kills completer write sync connect exec exit
  kills engine write sync fork exec exit
}

@test "outside: a callback is completed while the engine is not there" {
  make_world 'go_to_the_wait; answer_all; go'
  kills completer write sync exec exit
  kills engine write sync fork exec exit
}

@test "outside: a callback is completed while the engine starts" {
  make_world 'go_to_the_wait; answer_all & go; wait; exit "$(cat status)"'
  kills completer write sync connect exec exit
  kills engine write sync fork exec exit
}

@test "outside: a callback is completed while the engine ends" {
  make_world '(go --no-wait) & wait_for ids; answer_all; wait; go_to_the_wait' \
    'answer_all; go'
  kills completer write sync connect exec exit
  kills engine write sync fork exec exit
}
