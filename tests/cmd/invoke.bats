#!/usr/bin/env bats
# invoke.bats - durable invoke: another handler as an execution of its own.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

# invokes OPTIONS: a flow that invokes ./callee and says how it ended.
invokes() {
  handler flow <<EOS
s=0; r=\$(durable invoke $* call ./callee) || s=\$?
durable result "\$s <\$r>"
EOS
}

flow_ends() {
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output "$1"
}

child_files() { find . -maxdepth 1 -name 'f-*.jsonl' | wc -l; }

@test "invoke: input goes there, the result comes back, once" {
  handler callee <<'EOS'
echo x >>ran
durable result --json "{\"got\": $(durable input)}"
EOS
  invokes --payload "'{\"n\": 1.0}'"
  flow_ends '0 <{"got": {"n": 1.0}}>'
  flow_ends '0 <{"got": {"n": 1.0}}>'
  assert_equal "$(lines_of ran)" 1
  assert_equal "$(child_files)" 1
}

@test "invoke: a payload not given is {}, --arg makes an object, @FILE reads one" {
  handler callee <<<'durable input'
  echo '[1, 2.50]' >file
  first_run <<'EOS'
durable invoke a ./callee
durable invoke --arg k=v --arg l='"' b ./callee
durable invoke --payload @file c ./callee
durable invoke ./callee
EOS
  assert_output $'{}\n{"k":"v","l":"\\""}\n[1, 2.50]\n{}'
}

@test "invoke: a payload of 1 MiB from stdin and from a file, none larger" {
  handler callee <<<'durable input -r .x | wc -c'
  x=$(head -c $((1048576 - 8)) /dev/zero | tr '\0' x)
  printf '{"x":"%s"}' "$x" >most
  printf '{"x":"%sx"}' "$x" >larger
  first_run <<'EOS'
durable invoke --payload - a ./callee <most
durable invoke --payload @most b ./callee
EOS
  assert_output "$((1048576 - 7))"$'\n'"$((1048576 - 7))"
  handler flow2 <<<'durable invoke --payload @larger a ./callee'
  run -2 --separate-stderr durable run --context g.jsonl ./flow2
  [[ $stderr == *1048576* ]]
}

@test "invoke: a payload that is no JSON is a usage error" {
  handler flow <<<"durable invoke --payload '{' a ./callee || touch went-on"
  run -2 durable run --context f.jsonl ./flow
  assert_not_exist went-on
}

@test "invoke: a failure comes back with type, message and data" {
  handler callee <<<"durable fail --type Empty --data '{\"left\":0}' 'nothing left'"
  first_run <<'EOS'
s=0; durable invoke call ./callee || s=$?
echo "$s $(durable error -r call .ErrorType) $(durable error -r call .ErrorMessage)"
EOS
  assert_line --index -1 '1 Empty nothing left'
}

@test "invoke: a callee that exits 124, 125 or 3 is a failure, 1" {
  handler callee <<<'exit $(durable input)'
  first_run <<'EOS'
for n in 3 124 125; do
  s=0; durable invoke --payload $n "c$n" ./callee || s=$?
  echo "$s"
done
EOS
  assert_output $'1\n1\n1'
}

@test "invoke: a function that is not there fails, and names it" {
  first_run <<'EOS'
s=0; durable invoke a nowhere || s=$?
t=0; durable invoke b ./nowhere || t=$?
echo "$s $t $(durable error -r b .ErrorType)"
EOS
  assert_line --index -1 '1 1 ResourceNotFoundException'
  [[ $stderr == *nowhere* ]]
}

@test "invoke: a name is looked for on DURABLE_PATH, first one first" {
  mkdir a b
  handler b/callee <<<'durable result from-b'
  handler b/other <<<'durable result other-b'
  handler a/callee <<<'durable result from-a'
  : >a/other
  export DURABLE_PATH=$PWD/a:$PWD/b
  first_run <<<'durable invoke x callee; durable invoke y other'
  assert_output $'from-a\nother-b'
}

@test "invoke: handlers invoke each other 16 levels deep, not 17" {
  handler callee <<'EOS'
n=$(durable input .)
echo "$n" >>depth
durable invoke --payload $((n + 1)) down ./callee
EOS
  handler flow <<<'durable invoke --payload 1 down ./callee || durable error -r down .ErrorType'
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output Invoke.TooDeep
  assert_equal "$(sort -n depth | tail -1)" 16
}

@test "invoke: both are killed at any time, either resumes, nothing runs twice" {
  handler callee <<'EOS'
durable step one -- sh -c 'echo one >>ran'
durable step hold -- sh -c 'echo $PPID >hold; until [ -e go ]; do sleep 0.01; done'
durable result back
EOS
  invokes
  start durable run --context f.jsonl ./flow
  wait_until 60 test -s hold
  child=$(pgrep -f "durable-engine child $PWD/f-")
  kill -KILL "$pid" "$child"
  wait "$pid" || true
  touch go
  flow_ends '0 <back>'
  assert_equal "$(cat ran)" one
  assert_equal "$(child_files)" 1
}

@test "invoke: the child goes on when the parent is killed, and brings its outcome" {
  handler callee <<'EOS'
touch started
durable step hold -- sh -c 'until [ -e go ]; do sleep 0.01; done'
durable result back
EOS
  invokes
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e started
  kill -KILL "$pid"
  wait "$pid" || true
  touch go
  wait_until 60 grep -q '"Type":"CHAINED_INVOKE".*"back\|InvokeSucceeded\|\\"back\\"' f.jsonl
  flow_ends '0 <back>'
}

@test "invoke: the child is killed alone: resume --all brings it to its end" {
  handler callee <<'EOS'
durable step hold -- sh -c 'touch started; [ -e go ] || exec sleep 60'
durable result back
EOS
  invokes
  start durable run --context "$XDG_STATE_HOME/durable/f.jsonl" ./flow
  wait_until 60 test -e started
  kill -KILL "$(pgrep -f "durable-engine child $XDG_STATE_HOME/durable/f-")"
  touch go
  run durable resume --all
  ends_with 0
  assert_equal "$(cat start.out)" '0 <back>'
}

@test "invoke: parent and child are suspended meanwhile" {
  handler callee <<<'durable wait w 1s; durable result back'
  invokes
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output '0 <back>'
}

@test "invoke: a child that is stopped is a failure of the parent's operation" {
  handler callee <<<'durable wait w 1h'
  invokes
  start durable run --context f.jsonl ./flow
  wait_until 60 eval 'grep -q PENDING f-*.jsonl'
  run -0 durable stop f-*.jsonl
  ends_with 0
  assert_equal "$(cat start.out)" '1 <>'
}

@test "invoke: many at once, in branches" {
  handler callee <<<'durable step s -- sh -c "echo x >>ran"; durable result "$(durable input .)!"'
  replayed <<'EOS'
durable map m -- sh -c 'durable invoke --payload "$1" call ./callee' - ::: 1 2 3 4 5 6
EOS
  assert_output $'1!\n2!\n3!\n4!\n5!\n6!'
  assert_equal "$(lines_of ran)" 6
}

@test "invoke: --tenant-id is recorded, one that is none is refused" {
  handler callee <<<'true'
  invokes --tenant-id acme/1=a@b
  flow_ends '0 <>'
  run -0 grep -c '"TenantId":"acme/1=a@b"' f.jsonl
  handler bad <<<'durable invoke --tenant-id "a;b" x ./callee'
  run -2 durable run ./bad
}

@test "invoke: a string is text, --json, --jq and -r say otherwise" {
  handler callee <<<'durable result --json "$(durable input)"'
  replayed <<'EOS'
durable invoke --payload '"a\"b"' t ./callee
durable invoke --payload '"a\"b"' --json j ./callee
durable invoke --payload '{"n": 1.0}' --jq .n n ./callee
durable invoke --payload '{"s": "x"}' --jq .s -r r ./callee
durable invoke --payload 7 -q q ./callee
EOS
  assert_output $'a"b\n"a\\"b"\n1.0\nx'
}

@test "invoke: in a journal, the callee is an execution, and is run once" {
  handler callee <<<'echo x >>ran; durable step s -- durable input .k'
  export DURABLE_CONTEXT=$PWD/j.jsonl
  for _ in 1 2; do
    run -0 --separate-stderr sh -c "echo '{\"k\":1.0}' | durable invoke --payload - call ./callee"
    assert_output 1.0
  done
  assert_equal "$(lines_of ran)" 1
}

@test "invoke: a run that does not wait leaves no pipe open" {
  handler callee <<<'durable wait w 1h'
  handler flow <<<'durable invoke i ./callee'
  run -0 timeout 60 sh -c 'durable run --no-wait --context f.jsonl ./flow 2>&1 | tail -n 1'
  assert_output --partial 'is suspended until an event from outside'
  pkill -KILL -f "durable-engine child $PWD/" || true
}

# One that holds until go-N is there, N its input, and returns N.
make_holder() {
  handler callee <<'EOS'
n=$(durable input .n)
durable step hold -- sh -c 'touch "held-$1"; until [ -e "go-$1" ]; do sleep 0.01; done' - "$n"
durable result "$n"
EOS
  handler flow <<<'durable invoke --payload "{\"n\": $(cat n)}" call ./callee || durable error -r call .ErrorMessage'
}

@test "invoke: a later execution of that name takes nothing of the one that is gone" {
  handler callee <<<'durable step bill -- sh -c "echo x >>ran; echo billed for $(durable input -r .day)"'
  handler flow <<<'durable invoke --arg day="$(durable input -r .day)" bill ./callee'
  run -0 --separate-stderr durable run --name nightly --arg day=mon ./flow
  assert_output 'billed for mon'
  rm "$XDG_STATE_HOME/durable/nightly.jsonl"
  run -0 --separate-stderr durable run --name nightly --arg day=tue ./flow
  assert_output 'billed for tue'
  rm "$XDG_STATE_HOME/durable/nightly.jsonl"
  run -0 --separate-stderr durable run --name nightly --arg day=tue ./flow
  assert_equal "$(lines_of ran)" 3
}

@test "invoke: nor what that one's children had invoked" {
  handler deep <<<'durable step s -- sh -c "echo x >>ran"; durable result deep'
  handler callee <<<'durable invoke d ./deep'
  invokes
  flow_ends '0 <deep>'
  rm f.jsonl
  flow_ends '0 <deep>'
  assert_equal "$(lines_of ran)" 2
}

@test "invoke: what was left unfinished by one that is gone is begun anew" {
  make_holder
  echo 1 >n
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e held-1
  kill -KILL "$(pgrep -f "durable-engine child $PWD/f-")" "$pid"
  wait "$pid" || true
  rm f.jsonl held-1
  echo 2 >n
  touch go-1 go-2
  flow_ends 2
  assert_exists held-2
  assert_not_exists held-1
}

@test "invoke: what an earlier execution has invoked and still runs is an error" {
  make_holder
  echo 1 >n
  start durable run --name p ./flow
  wait_until 60 test -e held-1
  durable stop p
  wait "$pid" || true
  durable purge --quiet p
  echo 2 >n
  touch go-2
  run -0 --separate-stderr durable run --name p ./flow
  assert_output --partial "is still running. 'durable stop $XDG_STATE_HOME/durable/p-"
  touch go-1
  child=$(echo "$XDG_STATE_HOME"/durable/p-*.jsonl)
  wait_until 60 eval 'durable status "$child" | grep -q SUCCEEDED'
  durable purge --quiet p
  run -0 --separate-stderr durable run --name p ./flow
  assert_output 2
}

@test "invoke: a file that somebody else needs is left, and the error names it" {
  handler callee <<<'durable result back'
  invokes
  flow_ends '0 <back>'
  file=$(echo f-*.jsonl)
  durable purge --quiet ./f.jsonl
  DURABLE_CONTEXT=$PWD/$file durable step other -- true
  before=$(cksum <"$file")
  flow_ends '1 <>'
  [[ $stderr == *"$PWD/$file is the file of another execution"* ]]
  assert_equal "$(cksum <"$file")" "$before"
  rm "$file"
  durable purge --quiet ./f.jsonl
  durable run --quiet --context f.jsonl ./flow
  mkdir moved
  mv f.jsonl moved
  sed -i s/back/new/ callee
  flow_ends '0 <new>'
}

@test "invoke: an outcome comes to the execution that has asked for it, to no later one" {
  make_holder
  echo 1 >n
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e held-1
  kill -KILL "$(pgrep -f "durable-engine child $PWD/f-")" "$pid"
  wait "$pid" || true
  mv f-*.jsonl old.jsonl
  rm f.jsonl
  echo 2 >n
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e held-2
  touch go-1
  run -0 --separate-stderr durable resume ./old.jsonl
  assert_output 1
  run -1 grep -q ChainedInvokeSucceeded f.jsonl
  touch go-2
  ends_with 0
  assert_equal "$(cat start.out)" 2
}

@test "invoke: an engine that is killed when it has told its outcome leaves no folder" {
  handler callee <<'EOS'
durable step hold -- sh -c 'touch held; until [ -e go ]; do sleep 0.01; done'
durable result back
EOS
  invokes
  start durable run --context f.jsonl ./flow
  wait_until 60 test -e held
  child=$(pgrep -f "durable-engine child $PWD/f-")
  socket=$(jq -r '.Socket // empty' f-*.jsonl)
  kill -STOP "$pid"
  touch go
  wait_until 60 grep -q ExecutionSucceeded f-*.jsonl
  wait_until 60 test ! -e "$socket"
  kill -KILL "$child"
  kill -CONT "$pid"
  ends_with 0
  run -0 find "$TMPDIR" -name 'durable-*'
  refute_output
}
