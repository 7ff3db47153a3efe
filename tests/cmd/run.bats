#!/usr/bin/env bats
# run.bats - durable run: which execution, its input, its end, its status.
# shellcheck disable=SC1010,SC2012,SC2016,SC2030,SC2031,SC2094,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "run: prints the result on stdout, and one line at the end on stderr" {
  handler flow <<<'durable step a -- echo x'
  run -0 --separate-stderr durable run --name exe ./flow
  assert_output x
  [[ $stderr =~ ^'durable: exe succeeded after '.*': 1 operations run, 0 replayed'$ ]]
}

@test "run: --quiet says nothing" {
  handler flow <<<'durable step a -- echo x'
  run -0 --separate-stderr durable run --quiet ./flow
  assert_output x
  assert_equal "$stderr" ''
}

@test "run: -v and --verbose show every step's output behind its name" {
  for option in -v --verbose; do
    handler flow <<<'durable step -q a -- echo words'
    run -0 --separate-stderr durable run "$option" --context "f$option.jsonl" ./flow
    assert_output ''
    [[ $stderr == *a*words* ]]
  done
}

@test "run: the handler's stderr passes through" {
  handler flow <<<'echo heard >&2'
  run -0 --separate-stderr durable run ./flow
  [[ $stderr == *heard* ]]
}

@test "run: the context file is named by --name and below the state folder" {
  handler flow <<<:
  run -0 durable run --name exe ./flow
  assert_exist "$XDG_STATE_HOME/durable/exe.jsonl"
  assert_equal "$(stat -c %a "$XDG_STATE_HOME/durable/exe.jsonl")" 600
}

@test "run: without XDG_STATE_HOME it is below ~/.local/state" {
  handler flow <<<:
  unset XDG_STATE_HOME
  run -0 durable run --name exe ./flow
  assert_exist "$HOME/.local/state/durable/exe.jsonl"
}

@test "run: a context file is 0600 whatever the umask" {
  handler flow <<<'umask'
  umask 000
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_equal "$(stat -c %a f.jsonl)" 600
  [[ $output =~ ^0+$ ]]
}

@test "run: --context creates its folders, 0700, or says why not" {
  handler flow <<<:
  run -0 durable run --context a/b/f.jsonl ./flow
  assert_exist a/b/f.jsonl
  assert_equal "$(stat -c %a a/b)" 700
  run -125 durable run --context flow/f.jsonl ./flow
  assert_output --partial "$PWD/flow"
}

@test "run: --input is JSON, @FILE or - for stdin" {
  handler flow <<<'durable input .n'
  echo '{"n":2}' >in.json
  run -0 --separate-stderr durable run --input '{"n":1}' ./flow
  assert_output 1
  run -0 --separate-stderr durable run --input @in.json ./flow
  assert_output 2
  run -0 --separate-stderr durable run --input - ./flow <<<'{"n":3}'
  assert_output 3
}

@test "run: --input that is not JSON is a usage error" {
  handler flow <<<'touch ran'
  for input in '{' 007 '' @none; do
    run durable run --input "$input" ./flow
    [[ $status == 2 || $status == 125 ]]
  done
  assert_not_exist ran
}

@test "run: --arg makes an object, and excludes --input" {
  handler flow <<<'durable input'
  run -0 --separate-stderr durable run --arg a=1 --arg 'b=x y' ./flow
  run -0 jq -c . <<<"$output"
  assert_output '{"a":"1","b":"x y"}'
  run -2 durable run --arg a=1 --input '{}' ./flow
  run -2 durable run --arg a ./flow
}

@test "run: the handler's arguments come to it as they are" {
  handler flow <<<'printf "<%s>\n" "$@"'
  run -0 --separate-stderr durable run -- ./flow --help '' 'a b' -- "$(printf '\377')"
  assert_output "$(printf '<%s>\n' --help '' 'a b' -- $'\377')"
}

@test "run: the handler's environment, folder and stdin" {
  handler flow <<'EOS'
cat
echo "$DURABLE_EXECUTION $PWD ${DURABLE_INVOCATION:+i} ${DURABLE_SOCKET:+s}"
touch "$TMPDIR/x"; echo "$TMPDIR" >tmpdir
case $PATH in "$BUILD":*) echo first;; esac
EOS
  BUILD=$DURABLE_BUILDDIR run -0 --separate-stderr durable run --name exe ./flow <<<secret
  assert_output "exe $PWD i s
first"
  assert_not_exist "$(cat tmpdir)"
}

@test "run: the handler has a session of its own and no terminal" {
  handler flow <<'EOS'
echo "$(ps -o sid= -p $$ | tr -d ' ') $$" >sid
(: </dev/tty) 2>/dev/null && echo tty >>sid || true
EOS
  run -0 durable run ./flow
  read -r sid pid <sid
  assert_equal "$sid" "$pid"
  assert_equal "$(lines_of sid)" 1
}

@test "run: a handler without #! is run by /bin/sh" {
  echo 'echo "$(durable step a -- echo x) $1"' >flow
  chmod +x flow
  run -0 --separate-stderr durable run ./flow y
  assert_output 'x y'
}

@test "run: exits with the handler's status when it has failed" {
  for n in 1 2 7 76 126 127 128; do
    handler flow <<<"exit $n"
    run -"$n" durable run --context "f$n.jsonl" ./flow
  done
}

@test "run: 75, 124, 125 and over 128 of a handler become 1" {
  for n in 75 124 125 129 137 255; do
    handler flow <<<"exit $n"
    run -1 durable run --context "f$n.jsonl" ./flow
    run -0 jq -r 'select(.Event == "ExecutionFailed").Error.ErrorData' "f$n.jsonl"
    assert_output --partial "\"exitStatus\":$n"
  done
}

@test "run: fails with the error of the handler's last failed operation" {
  handler flow <<<'durable step a -- sh -c "echo the reason >&2; exit 3"'
  run -3 durable run --context f.jsonl ./flow
  run -0 jq -r 'select(.Event == "ExecutionFailed").Error | .ErrorType + ": " + .ErrorMessage' f.jsonl
  assert_output 'CommandFailed: the reason'
}

@test "run: with HandlerFailed when the status or what came after is another" {
  n=0
  for end in 'exit 4' 'durable step b -- true; exit 3'; do
    handler flow <<<"durable step a -- sh -c 'exit 3' || true; $end"
    run durable run --context "f$((n += 1)).jsonl" ./flow
    run -0 jq -r 'select(.Event == "ExecutionFailed").Error.ErrorType' "f$n.jsonl"
    assert_output HandlerFailed
  done
}

@test "run: a usage error in the script is type Usage and status 2" {
  handler flow <<<'durable step --bogus a -- true || true; touch went-on'
  run -2 durable run --context f.jsonl ./flow
  assert_not_exist went-on
  run -0 jq -r 'select(.Event == "ExecutionFailed").Error.ErrorType' f.jsonl
  assert_output Usage
}

@test "run: --timeout ends the execution with 124" {
  handler flow <<<'durable step slow -- sleep 60; touch went-on'
  run -124 durable run --timeout 1s --context f.jsonl ./flow
  run -124 durable run --context f.jsonl ./flow
  assert_output --partial 'timed out'
  assert_not_exist went-on
}

@test "run: --timeout also ends a wait" {
  handler flow <<<'durable wait 1h'
  run -124 durable run --timeout 1s ./flow
}

@test "run: the same command line goes on with what it began" {
  handler flow <<<'durable step a -- sh -c "echo ran >>ran"; durable wait 1s; echo "$1"'
  run -75 durable run --no-wait ./flow x
  run -0 --separate-stderr durable run ./flow x
  assert_output x
  [[ $stderr == *'going on with flow-'* ]]
  assert_equal "$(lines_of ran)" 1
}

@test "run: after a success the same command line starts anew" {
  handler flow <<<'durable step a -- sh -c "echo ran >>ran"'
  run -0 durable run ./flow
  run -0 durable run ./flow
  assert_equal "$(lines_of ran)" 2
  run -0 ls "$XDG_STATE_HOME/durable"
  assert_output --regexp '^flow-[0-9a-f]{8}-1.jsonl
flow-[0-9a-f]{8}-2.jsonl$'
}

@test "run: other arguments, input or handler are another execution" {
  handler flow <<<'durable wait 1h'
  cp flow flow2
  run -75 durable run --no-wait ./flow
  run -75 durable run --no-wait ./flow a
  run -75 durable run --no-wait --input 1 ./flow
  run -75 durable run --no-wait ./flow2
  assert_equal "$(ls "$XDG_STATE_HOME/durable" | wc -l)" 4
}

@test "run: after a failure it refuses with 125 and names both ways on" {
  handler flow <<<'echo ran >>ran; exit 3'
  run -3 durable run ./flow
  run -125 durable run ./flow
  assert_output --partial 'durable retry'
  assert_output --partial '--if-failed new'
  assert_equal "$(lines_of ran)" 1
}

@test "run: --if-failed retry goes on, --if-failed new starts afresh" {
  handler flow <<'EOS'
durable step a -- sh -c 'echo a >>ran'
[ "$(wc -l <ran)" -ge 2 ] || [ -e mended ] || exit 3
EOS
  run -3 durable run ./flow
  run -3 durable run --if-failed retry ./flow
  assert_equal "$(lines_of ran)" 1
  run -0 durable run --if-failed new ./flow
  assert_equal "$(lines_of ran)" 2
  run -2 durable run --if-failed sometimes ./flow
}

@test "run: --name is one execution for ever: its result again" {
  handler flow <<<'echo ran >>ran; echo result'
  run -0 durable run --name exe ./flow
  run -0 --separate-stderr durable run --name exe ./flow
  assert_output result
  assert_equal "$(lines_of ran)" 1
}

@test "run: --name of a failed one prints its error, its status and durable retry" {
  handler flow <<<'echo ran >>ran; durable fail --type T why'
  run -1 durable run --name exe ./flow
  run -1 durable run --name exe ./flow
  assert_output --partial 'T: why'
  assert_output --partial 'durable retry'
  assert_equal "$(lines_of ran)" 1
}

@test "run: --name with another handler, arguments or input is refused" {
  handler flow <<<'echo ran >>ran'
  cp flow flow2
  run -0 durable run --name exe --input 1 ./flow a
  for words in '--input 1 ./flow b' '--input 1 ./flow2 a' '--input 2 ./flow a' './flow a'; do
    # shellcheck disable=SC2086 # words
    run durable run --name exe $words
    [[ $status == 2 || $status == 125 ]]
    assert_output --partial exe
  done
  assert_equal "$(lines_of ran)" 1
}

@test "run: --name is 1 to 64 of A-Za-z0-9_-" {
  handler flow <<<'touch ran'
  for name in '' 'a b' a/b ../a ä . "$(printf '%065d' 1)"; do
    run -2 durable run --name "$name" ./flow
  done
  assert_not_exist ran
  run -0 durable run --name "$(printf '%064d' 1)" ./flow
}

@test "run: attaches to one that is running and prints its result" {
  handler flow <<<'echo ran >>ran; until [ -e go ]; do sleep 0.02; done; echo result'
  start durable run --name exe ./flow
  wait_until 60 test -e ran
  durable run --name exe ./flow >second.out 2>second.err &
  second=$!
  wait_until 60 grep running second.err
  touch go
  ends_with 0
  run -0 cat start.out
  assert_output result
  wait "$second"
  assert_equal "$(cat second.out)" result
  assert_equal "$(lines_of ran)" 1
}

@test "run: --no-wait says until when it is suspended" {
  handler flow <<<'durable wait 1h'
  run -75 durable run --no-wait ./flow
  assert_output --regexp 'suspended until .*[0-9]'
}

@test "run: --keep-env records what a resume from another place restores" {
  handler flow <<<'durable wait 1s; echo "$KEPT,${OTHER-none},$(umask),$PWD"'
  export KEPT=kept OTHER=other
  umask 027
  run -75 durable run --no-wait --context f.jsonl --keep-env KEPT,NOT ./flow
  run -1 grep other f.jsonl
  unset KEPT OTHER
  umask 022
  cd /
  until durable resume "$BATS_TEST_TMPDIR/f.jsonl" >"$BATS_TEST_TMPDIR/out"; do
    [[ $? == 75 ]]
  done
  run -0 cat "$BATS_TEST_TMPDIR/out"
  assert_output "kept,none,0027,$BATS_TEST_TMPDIR"
}

@test "run: in a step it is an execution of its own" {
  handler inner <<<'durable step a -- echo inner'
  handler flow <<<'durable step a -- durable run --quiet --name in ./inner'
  run -0 --separate-stderr durable run --name out ./flow
  assert_output inner
  assert_exist "$XDG_STATE_HOME/durable/in.jsonl"
}

@test "run: the line that makes a script durable by itself" {
  handler flow <<'EOS'
[ "${DURABLE_EXECUTION-}" ] || exec durable run -- "$0" "$@"
durable step a -- echo "$1"
EOS
  run -0 --separate-stderr ./flow 'x y'
  assert_output 'x y'
}

@test "run: an operation that is open when the handler exits is named" {
  handler flow <<'EOS'
durable step late -- sh -c 'touch began; sleep 60; touch ended' &
until [ -e began ]; do sleep 0.01; done
exit 0
EOS
  run -0 durable run ./flow
  assert_output --partial late
  assert_not_exist ended
}

@test "run: a handler that is found on PATH" {
  mkdir bin
  handler bin/flow-on-path <<<'echo found'
  PATH=$PWD/bin:$PATH run -0 --separate-stderr durable run flow-on-path
  assert_output found
}

@test "run: its help names every option" {
  run -0 durable run --help
  for o in name input arg context no-wait timeout strict quiet verbose if-failed keep-env; do
    assert_output --partial -- "--$o"
  done
}

@test "run: waits for the same command line that is running, and prints its result" {
  handler flow <<'EOS'
durable step once -- sh -c 'echo ran >>ran; touch began; sleep 1; echo done'
EOS
  start durable run ./flow
  wait_until 60 test -e began
  run -0 --separate-stderr durable run ./flow
  assert_output done
  wait "$pid"
  [[ $(lines_of ran) == 1 ]]
}

@test "run: DURABLE_CONTEXT is the context file, but not the one around a step" {
  handler inner <<<'durable step one -- echo inner'
  handler outer <<<'durable step two -- durable run --quiet ./inner'
  DURABLE_CONTEXT=kept.jsonl run -0 durable run ./outer
  assert_exist kept.jsonl
  run -0 jq -r 'select(.Action == "START") | .Name' kept.jsonl
  assert_output two
}

@test "run: a context file that is replaced while it sleeps is told without a made-up command" {
  handler flow <<<'durable wait w 2s'
  start durable run --context f.jsonl ./flow
  wait_until 60 grep -q '"Outcome":"PENDING"' f.jsonl
  cp f.jsonl g.jsonl
  mv g.jsonl f.jsonl
  ends_with 125
  run -0 cat start.err
  assert_output --partial 'f.jsonl has been removed or replaced'
  refute_output --partial 'durable drive'
}
