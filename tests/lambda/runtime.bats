#!/usr/bin/env bats
# durable lambda, with AWS's local engine on the other side: the same scripts
# as on one machine.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

# lambda NAME [OPTION...]: runs ./NAME as a durable function of that name.
lambda() {
  local name=$1
  shift
  bridge --function "$name=durable lambda $PWD/$name" --invoke "$name" "$@"
}

@test "lambda: a workflow goes on after a wait" {
  handler order <<'EOS'
who=$(durable input -r .who)
echo "run" >>runs
a=$(durable step greet -- sh -c 'echo greet >>did; echo "hello $1"' x "$who")
durable wait pause 1m
b=$(durable step shout -- sh -c 'echo "$1" | tr a-z A-Z' x "$a")
durable result "$b"
EOS
  run -0 lambda order --skip-time --input '{"who":"world"}'
  assert_equal "$(outcome '[.Status,.Result]')" \
    '["SUCCEEDED","\"HELLO WORLD\""]'
  assert_equal "$(outcome '[.counts | .invocations,.updates]')" '[2,5]'
  assert_equal "$(cat did)" greet
  assert_equal "$(wc -l <runs)" 2
}

# A step that takes more than 50 ms is two calls: a busy machine has some. The
# calls take half a second each, so that those of the branches have to be shared
# on any machine.
@test "lambda: a step is a call or two, branches share them" {
  handler steps <<'EOS'
for i in 1 2 3 4 5 6 7 8 9 10; do durable step "s$i" -- true; done
EOS
  handler branches <<'EOS'
seq 40 | durable map -q --lines m -- durable step s -- true
EOS
  run -0 lambda steps
  assert_equal "$(outcome .counts.updates)" 20
  (($(outcome .counts.checkpoints) <= 20))
  run -0 lambda branches --slow 500
  assert_equal "$(outcome .counts.updates)" 162
  (($(outcome .counts.checkpoints) <= 20))
}

@test "lambda: what a script prints is its result, and its failure an error" {
  handler json <<<'echo "{\"a\":1}"'
  run -0 lambda json
  assert_equal "$(outcome .Result)" '"{\"a\":1}"'
  handler none <<<'true'
  run -0 lambda none
  assert_equal "$(outcome .Result)" null
  handler fails <<<'durable step x -- sh -c "echo broken >&2; exit 3"'
  run -3 lambda fails
  assert_equal "$(outcome '[.Status,.Error.ErrorType,.Error.ErrorMessage]')" \
    '["FAILED","CommandFailed","broken"]'
}

@test "lambda: retries, polls and children" {
  handler all <<'EOS'
durable step --retry --retry-delay 5 flaky -- sh -c \
  'echo "$DURABLE_ATTEMPT" >>tries; [ "$DURABLE_ATTEMPT" = 3 ]'
n=$(durable wait-for-condition --poll-delay 5 --initial 0 ready -- \
  sh -c 'read n; echo $((n + 1)); [ $n -ge 2 ]')
k=$(durable child kid -- sh -c 'durable step k1 -- echo a; durable step k2 -- echo b')
durable result "$n $k"
EOS
  run -0 lambda all --skip-time
  assert_equal "$(outcome .Result)" '"\"3 a\\nb\""'
  assert_equal "$(paste -sd, tries)" 1,2,3
}

@test "lambda: one branch waits while another works" {
  handler fan <<'EOS'
durable parallel -q fan --branch a -- sh -c 'durable step a1 -- true
  durable wait 1s; durable step a2 -- touch a2' --branch b -- sh -c \
  'durable step b1 -- sh -c "until [ -e a2 ]; do sleep 0.1; done"'
EOS
  run -0 lambda fan
  assert_equal "$(outcome .counts.invocations)" 1
}

@test "lambda: branches that print more than 256 KiB are repeated for their value" {
  handler big <<'EOS'
for s in x y; do durable step "$s" -- sh -c 'echo "$1" >>did; head -c 200000 /dev/zero | tr "\0" "$1"' - "$1$s"; done
EOS
  handler large <<'EOS'
durable parallel p --branch a -- ./big a --branch w -- sh -c 'durable wait w 1h; echo w' --branch b -- ./big b >p.out
durable wait later 1h
printf '%s\n' c d | durable map --lines -j 1 --min-successful 1 --batch m -- ./big >m.out
durable wait later 1h
durable result "$(md5sum <p.out) $(jq -r '[.completionReason, (.all[0].result | length)] | @csv' m.out)"
EOS
  wanted="$({ for n in a '' b; do
    [ "$n" ] || { echo w && continue; }
    for _ in 1 2; do head -c 200000 /dev/zero | tr '\0' "$n" && echo; done
  done; } | md5sum) \"MIN_SUCCESSFUL_REACHED\",400001"
  for at in 99 5 10 15; do
    rm -f did
    run -0 lambda large --skip-time --kill "after:$at"
    assert_equal "$(outcome '.Result | fromjson')" "$(jq -Rn --arg w "$wanted" '$w')"
    ((at < 99)) || assert_equal "$(sort did | tr '\n' ' ')" 'ax ay bx by cx cy '
    assert_equal "$(sort -u did | tr '\n' ' ')" 'ax ay bx by cx cy '
  done
  assert_file_empty violations
}

@test "lambda: callbacks, answered from outside and timed out" {
  handler ask <<'EOS'
id=$(durable callback create answer)
durable step tell -- sh -c 'printf %s "$1" >id' x "$id"
durable result "$(durable callback wait answer)"
EOS
  run -0 lambda ask --skip-time=all --actions \
    '[{"CallbackName":"answer","Operation":"success","Payload":"yes","Delay":2}]'
  assert_equal "$(outcome .Result)" '"\"yes\""'
  assert_file_not_empty id
  handler late <<'EOS'
durable wait-for-callback --timeout 5s late -- true || s=$?
durable result "$s"
EOS
  run -0 lambda late --skip-time=all
  assert_equal "$(outcome .Result)" '"\"124\""'
}

@test "lambda: another function is invoked" {
  handler child <<<'durable result "got $(durable input -r .x)"'
  handler parent <<'EOS'
durable invoke ok 'child:$LATEST' --payload '{"x":7}'
durable invoke none 'nobody:$LATEST' || echo "failed $?"
EOS
  run -0 lambda parent --function "child=durable lambda $PWD/child"
  assert_equal "$(outcome .Result)" '"\"got 7\\nfailed 1\""'
}

# What is over a limit of the API's shapes would fail the whole execution.
@test "lambda: a name that leaves no room for a qualifier is not a function's" {
  handler parent <<'EOS'
for n in 248 249 256; do
  durable invoke "$(printf "%${n}s" x | tr ' ' x)" || echo "$n $?"
done
EOS
  run -0 lambda parent
  assert_equal "$(outcome '.Result | fromjson')" '"248 1\n249 1\n256 1"'
  assert_file_empty violations
}

@test "lambda: a changed script is refused with both sides" {
  handler twice <<'EOS'
n=$(cat n 2>/dev/null || echo 0)
echo $((n + 1)) >n
if [ "$n" = 0 ]; then durable step a -- true; else durable wait a 1s; fi
durable wait b 1s
EOS
  run -3 lambda twice --skip-time
  assert_equal "$(outcome '[.Status,.Error.ErrorType]')" \
    '["FAILED","NonDeterministicExecutionError"]'
  run outcome .Error.ErrorMessage
  assert_output --partial "'a' is a wait in the script and a step in the log"
}

@test "lambda: as bootstrap it takes the function's handler" {
  handler hello <<<'durable result hi'
  ln -s "$(command -v durable-lambda || echo "$DURABLE_BUILDDIR/durable-lambda")" \
    bootstrap
  run -0 bridge --handlers "$PWD/../$(basename "$PWD")" \
    --runtime "$PWD/bootstrap" --invoke hello
  assert_equal "$(outcome .Result)" '"\"hi\""'
}

@test "lambda: outside Lambda it says what it is" {
  run -2 env -u AWS_LAMBDA_RUNTIME_API durable lambda ./x
  assert_output --partial 'AWS_LAMBDA_RUNTIME_API is not set'
  assert_output --partial 'durable run'
  run -2 durable lambda
  run -2 durable lambda --bogus x
}
