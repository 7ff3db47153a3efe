#!/usr/bin/env bats
# durable list: every execution of the state folder, a line each.
# shellcheck disable=SC2154 # variables of run and start
load ../lib/durable

is_running() {
  durable list --status RUNNING | grep -q "^$1 "
}

@test "list: prints nothing where there is no execution" {
  run -0 durable list
  refute_output
  rm -r "$XDG_STATE_HOME"
  run -0 durable list
  refute_output
}

@test "list: a name stands before a longer one that begins with it" {
  handler good <<<'durable step a -- echo one'
  run -0 durable run --name pi-5df2 ./good
  run -0 durable run --name pi ./good
  run -0 durable run --name pi_x ./good
  run -0 durable list
  assert_equal "$(awk '{print $1}' <<<"$output" | tr '\n' ' ')" 'pi pi-5df2 pi_x '
}

@test "list: has a line for each execution, by name, without a title in a pipe" {
  handler good <<<'durable step a -- echo one'
  handler bad <<<'durable step a -- false'
  handler later <<<'durable wait long 1h'
  run -0 durable run --name zebra ./good
  run -1 durable run --name ant ./bad
  run -75 durable run --name cat --no-wait ./later
  run -0 durable list
  assert_equal "${#lines[@]}" 3
  assert_line -n 0 --regexp '^ant +FAILED +20[0-9-]+ [0-9:]+  [0-9.]+m?s$'
  assert_line -n 1 --regexp '^cat +SUSPENDED +20[0-9-]+ [0-9:]+  until 20[0-9-]+ [0-9:]+$'
  assert_line -n 2 --regexp '^zebra +SUCCEEDED +20[0-9-]+ [0-9:]+  [0-9.]+m?s$'
}

@test "list: lines up its columns under a title on a terminal" {
  handler good <<<'durable result done'
  durable run --name a ./good
  durable run --name a-much-longer-name ./good
  run -0 script -qec 'durable list' /dev/null
  assert_equal "${#lines[@]}" 3
  assert_line -n 0 --regexp '^NAME +STATUS +STARTED +'
  local at=${lines[0]%%STATUS*}
  assert_equal "${lines[1]:${#at}:9}" SUCCEEDED
  assert_equal "${lines[2]:${#at}:9}" SUCCEEDED
}

@test "list: an execution is RUNNING while its handler is, and not once its engine is dead" {
  handler slow <<<'durable step slow -- sleep 60'
  start durable run --name slow ./slow
  wait_until 60 is_running slow
  kill -KILL "$pid"
  wait "$pid" || true
  run -0 durable list
  assert_output --regexp '^slow +SUSPENDED .* due$'
}

@test "list: --status takes several, in capitals or not" {
  handler good <<<'durable result done'
  handler bad <<<'exit 3'
  handler later <<<'durable wait long 1h'
  durable run --name good ./good
  run -3 durable run --name bad ./bad
  run -75 durable run --name later --no-wait ./later
  run -0 durable list --status failed,SUSPENDED
  assert_equal "${#lines[@]}" 2
  assert_line --regexp '^bad '
  assert_line --regexp '^later '
  run -0 durable list --status=STOPPED
  refute_output
}

@test "list: a status that there is not is a usage error" {
  run -2 durable list --status SUCCEEDED,DONE
  assert_output --partial "'DONE' is not one of RUNNING, SUSPENDED"
  run -2 durable list --status ''
  run -2 durable list one
}

@test "list: --json has the names of the API, and a word and a file of ours" {
  handler good <<<'durable result done'
  handler later <<<'durable wait long 1h'
  durable run --name good ./good
  run -75 durable run --name later --no-wait ./later
  run -0 durable list --json
  assert_equal "${#lines[@]}" 2
  run -0 jq -r '[.DurableExecutionName, .Status, .State, has("EndTimestamp"),
    (.StartTimestamp | type), .FunctionArn, .Context] | join(" ")' <<<"$output"
  assert_line -n 0 "good SUCCEEDED SUCCEEDED true number $PWD/good $XDG_STATE_HOME/durable/good.jsonl"
  assert_line -n 1 "later RUNNING SUSPENDED false number $PWD/later $XDG_STATE_HOME/durable/later.jsonl"
}

@test "list: an execution that waits for a callback is suspended without an end" {
  handler later <<<'durable wait-for-callback ask -- true'
  run -75 durable run --name later --no-wait ./later
  run -0 durable list
  assert_output --partial 'for an event from outside'
}

@test "list: a damaged file is named and does not hide the others" {
  handler good <<<'durable step a -- echo one; durable step b -- echo two'
  durable run --name good ./good
  durable run --name hurt ./good
  sed -i '3s/seq/sEq/' "$XDG_STATE_HOME/durable/hurt.jsonl"
  run -0 --separate-stderr durable list
  assert_equal "${#lines[@]}" 1
  assert_line -n 0 --regexp '^good '
  assert_equal "${#stderr_lines[@]}" 1
  output=$stderr assert_output --partial 'hurt.jsonl is damaged: line 3'
}

@test "list: looking disturbs no run that wants the lock" {
  handler later <<<'durable wait long 1h'
  run -75 durable run --name later --no-wait ./later
  flock -x "$XDG_STATE_HOME/durable/later.jsonl" durable list >under-lock
  run -0 cat under-lock
  assert_output --regexp '^later +SUSPENDED '
}

@test "list: a full disk is an error" {
  [[ -c /dev/full ]] || skip 'needs a kernel with /dev/full'
  handler good <<<'durable result done'
  durable run --name good ./good
  run -125 sh -c 'durable list >/dev/full'
  assert_output --partial 'standard output'
}
