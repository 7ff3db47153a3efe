#!/usr/bin/env bats
# badinput.bats - what users get wrong, and files that are not what they should.
# shellcheck disable=SC2016 # flows are quoted text; bats sets its variables
load ../lib/durable

# A recorded execution in f.jsonl, which has failed with status 9.
recorded() {
  handler flow <<<'durable step a -- sh -c "echo >>ran; echo 1"; [ -e mended ] || exit 9'
  run -9 durable run --context f.jsonl ./flow
}

@test "badinput: an unknown command or option, and none, is 2" {
  run -2 durable
  assert_output --partial 'durable help'
  run -2 durable nothing
  assert_output --partial "'nothing'"
  run -2 durable --nothing
  assert_output --partial -- --nothing
  for command in run resume retry stop; do
    run -2 durable "$command" --nothing x
    assert_output --partial -- --nothing
  done
}

@test "badinput: an unknown option of any command inside fails with Usage" {
  n=0
  for c in 'step a -- true' 'wait 1s' 'child -- true' 'checkpoint a -- b' 'parallel p' 'log x' \
    'fail x' 'error x' 'result x' 'input'; do
    handler flow <<<"durable ${c%% *} --nothing ${c#* } </dev/null || touch ran; touch ran"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_output --partial -- --nothing
    assert_not_exist ran
  done
}

@test "badinput: a missing operand, -- or command of step" {
  n=0
  for words in '' a 'a true' 'a --' 'a b -- true' "'' -- true" '-- '; do
    handler flow <<<"durable step $words || touch ran; touch ran"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist ran
    run -1 grep '"Action"' "f$n.jsonl"
  done
}

@test "badinput: options of step that exclude each other" {
  n=0
  for words in '--json --raw' '--jq . --raw' -r '--decode cat' '--sensitive --tee' '--sensitive --json' \
    '--no-output --encode cat' '-k 1s' '-s TERM' '--timeout 1s -s NOTHING' '--digest all' \
    '--timeout soon' '--accept 300' '--accept ""'; do
    handler flow <<<"durable step $words a -- touch ran || touch ran; touch ran"
    run -2 durable run --context "f$((n += 1)).jsonl" ./flow
    assert_not_exist ran
  done
}

@test "badinput: a name of 0 or more than 4096 bytes" {
  for length in 0 4097; do
    for c in 'step "$n" -- touch ran' 'wait "$n" 1s' 'child "$n" -- touch ran' 'checkpoint "$n" -- x' \
      'parallel "$n"' 'branch "$n" -- true'; do
      handler flow <<<"n=\$(head -c $length /dev/zero | tr '\\0' x); durable $c || touch ran; touch ran"
      run -2 durable run --context "f$length-${c%% *}.jsonl" ./flow
      assert_output --partial "$length bytes"
      assert_not_exist ran
    done
  done
}

@test "badinput: more output than DURABLE_PAYLOAD_MAX fails with Output.TooLarge" {
  export DURABLE_PAYLOAD_MAX=1000
  handler flow <<'EOS'
durable step --retry big -- sh -c 'echo >>ran; head -c 5000 /dev/zero | tr "\0" x' ||
  echo "$? $(durable error -r big .ErrorType)"
durable error -r big .ErrorMessage
EOS
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_line --index 0 '1 Output.TooLarge'
  assert_line --index 1 --regexp "big.*5000.*1000"
  assert_equal "$(lines_of ran)" 1
  assert_equal "$(cat f.jsonl.d/* | wc -c)" 5000
}

@test "badinput: a DURABLE_PAYLOAD_MAX that is no number is told, the default used" {
  handler flow <<<'durable step a -- echo x'
  DURABLE_PAYLOAD_MAX=lots run -0 durable run ./flow
  assert_output --partial lots
}

@test "badinput: a context file that is a folder" {
  handler flow <<<'touch ran'
  mkdir f.jsonl
  run -125 durable run --context f.jsonl ./flow
  assert_output --partial f.jsonl
  assert_not_exist ran
}

@test "badinput: a context file of other text, or of another version" {
  handler flow <<<'touch ran'
  printf 'not a context file\nat all\n' >f.jsonl
  run -125 durable run --context f.jsonl ./flow
  assert_equal "$(head -n 1 f.jsonl)" 'not a context file'
  rm f.jsonl
  recorded
  sed -i '1s/"durable":1/"durable":99/' f.jsonl
  run -125 durable run --context f.jsonl ./flow
  assert_output --regexp '99|line 1'
}

@test "badinput: a context file that is a symbolic link" {
  recorded
  ln -s f.jsonl link.jsonl
  run -125 durable retry link.jsonl
  assert_output --partial link.jsonl
  assert_equal "$(lines_of ran)" 1
}

@test "badinput: a context file that others may write" {
  recorded
  chmod 666 f.jsonl
  run -125 durable retry f.jsonl
  assert_output --partial chmod
}

@test "badinput: a context file of another execution" {
  recorded
  handler other <<<'touch ran-other'
  run -2 durable run --context f.jsonl ./other
  assert_output --partial "recorded '$PWD/flow'"
  assert_not_exist ran-other
}

@test "badinput: a context file that cannot be read or written" {
  recorded
  # What root may do whatever the mode is taken from it.
  as_other=()
  [[ $(id -u) != 0 ]] || as_other=(setpriv --bounding-set '-dac_override,-dac_read_search')
  for mode in 000 400; do
    chmod $mode f.jsonl
    run -125 "${as_other[@]}" durable retry f.jsonl
    assert_output --partial f.jsonl
  done
}

@test "badinput: a handler that is missing or not executable is 125" {
  run -125 durable run ./nothing
  assert_output --partial /nothing
  run -125 durable run nothing-on-path
  assert_output --partial nothing-on-path
  echo true >plain
  run -125 durable run ./plain
  assert_output --partial chmod
  run -125 durable run "$PWD"
}

@test "badinput: a handler whose interpreter is missing leaves the execution open" {
  handler flow <<<$'#!/nothing/sh\n:'
  run -125 durable run --context f.jsonl ./flow
  handler flow <<<:
  run -0 durable run --context f.jsonl ./flow
}

@test "badinput: a handler that has vanished leaves the execution open" {
  handler flow <<<'durable wait w 1s; echo end'
  run -75 durable run --no-wait --context f.jsonl ./flow
  mv flow gone
  until durable resume f.jsonl 2>err; [[ $? == 125 ]]; do :; done
  grep flow err
  mv gone flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output end
}

@test "badinput: a step inside a step is refused, and left open" {
  handler flow <<'EOS'
durable step outer -- sh -c 'durable step inner -- touch ran || touch ran; touch ran' || touch ran
touch ran
EOS
  run -125 durable run --context f.jsonl ./flow
  assert_output --partial 'inside'
  assert_not_exist ran
  run -1 grep -e ExecutionFailed -e '"Action":"FAIL"' f.jsonl
}

@test "badinput: a full stdout of a step ends the invocation, the record stays" {
  handler flow <<'EOS'
durable step a -- sh -c 'echo >>ran; echo x' >"$(cat where)" || touch went-on
echo end
EOS
  echo /dev/full >where
  run -125 durable run --context f.jsonl ./flow
  assert_not_exist went-on
  echo got >where
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output end
  assert_equal "$(cat got)" x
  assert_equal "$(lines_of ran)" 1
}

@test "badinput: a closed stderr or stdin of a step" {
  first_run <<'EOS'
durable step b -- sh -c 'echo x; echo y >&2' 2>&- && echo b
durable step c -- cat <&- && echo c
EOS
  assert_output 'x
b
c'
}

@test "badinput: a closed stdout of a step is as a full one" {
  handler flow <<<'durable step a -- echo x >&- || touch went-on; touch went-on'
  run -125 durable run ./flow
  assert_not_exist went-on
}

@test "badinput: two runs at once start nothing twice" {
  handler flow <<<'durable step a -- sh -c "echo >>ran"; until [ -e go ]; do sleep 0.02; done'
  for n in 1 2 3 4; do
    durable run --name exe ./flow >"out$n" 2>&1 3>&- &
    started+=("$!")
  done
  wait_until 60 test -e ran
  touch go
  for p in "${started[@]}"; do
    wait "$p"
  done
  assert_equal "$(lines_of ran)" 1
}

@test "badinput: a client of an earlier run is not answered" {
  handler flow <<'EOS'
[ -e again ] && exec durable step a -- echo new
touch again; env >env; kill -KILL $PPID; exec sleep 60
EOS
  run -137 durable run --context f.jsonl ./flow
  socket=$(sed -n 's/^DURABLE_SOCKET=//p' env) token=$(sed -n 's/^DURABLE_INVOCATION=//p' env)
  run -0 durable run --context f.jsonl ./flow
  run timeout 60 env DURABLE_SOCKET="$socket" DURABLE_INVOCATION="$token" setsid -w durable step b -- touch ran
  [[ $status != 0 ]]
  assert_not_exist ran
}
