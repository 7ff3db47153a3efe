#!/usr/bin/env bats
# step.bats - durable step: output, retries, limits, environment.
# shellcheck disable=SC2016,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "step: prints what its command printed, and records it once" {
  replayed <<<'durable step greet -- sh -c "echo ran >>ran; echo hello"'
  assert_output hello
  assert_equal "$(lines_of ran)" 1
}

@test "step: all trailing newlines become one" {
  replayed <<'EOS'
durable step nl -- printf 'a\n\nb\n\n\n' >got
od -An -c got | tr -d ' \n'
EOS
  assert_output 'a\n\nb\n'
}

@test "step: empty output prints nothing" {
  replayed <<'EOS'
durable step none -- true >got
[ ! -s got ] && echo empty
EOS
  assert_output empty
}

@test "step: output of newlines alone prints nothing" {
  replayed <<'EOS'
durable step none -- printf '\n\n' >got
[ ! -s got ] && echo empty
EOS
  assert_output empty
}

@test "step: NUL and bytes that are not UTF-8 are kept byte for byte" {
  replayed <<'EOS'
durable step bytes -- printf '\000\377a\n\n' >got
od -An -tx1 got
EOS
  assert_output ' 00 ff 61 0a 0a'
}

@test "step: --raw keeps every byte, nothing is cut or added" {
  replayed <<'EOS'
durable step --raw a -- printf 'x\n\n' >got
durable step b --raw -- printf y >>got
durable step --raw c -- printf '\200\000' >>got
od -An -tx1 got
EOS
  assert_output ' 78 0a 0a 79 80 00'
}

@test "step: -q and --quiet record and print nothing" {
  replayed <<'EOS'
durable step -q a -- echo one
durable step --quiet b -- echo two
EOS
  assert_output ''
  run -0 grep -c '"Payload":"\\"\(one\|two\)\\""' f.jsonl
  assert_output 2
}

@test "step: --json records one JSON value as it is" {
  replayed <<'EOS'
durable step --json a -- printf ' {"n": 12345678901234567890, "f":1.0}\n\n'
EOS
  assert_output '{"n": 12345678901234567890, "f":1.0}'
}

@test "step: --json refuses what is not one strict JSON value" {
  handler flow <<'EOS'
for bad in 007 nan '1 2' '{"a":1,}' '' "'x'" '"\x"'; do
  status=0
  durable step --json "bad $bad" -- printf '%s' "$bad" || status=$?
  echo "$status $(durable error -r "bad $bad" .ErrorType)"
done
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output "$(yes '1 Output.NotJSON' | head -n 7)"
}

@test "step: --jq transforms before it is recorded" {
  replayed <<'EOS'
durable step --jq .a.b[1] path -- echo '{"a":{"b":[1,12345678901234567890]}}'
durable step --jq '.n + 1' sum -- echo '{"n":2}'
durable step -r --jq .s bare -- echo '{"s":"a b"}'
EOS
  assert_output '12345678901234567890
3
a b'
}

@test "step: --jq that does not compile fails the step" {
  handler flow <<'EOS'
durable step --jq '.a |' bad -- echo '{}' || durable error -r bad .ErrorType
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output Output.Filter
}

@test "step: -r prints a JSON string without its quotes" {
  replayed <<<'durable step --json -r s -- echo '\''"a\u00e9\n"'\'
  assert_output "a$(printf '\303\251')"
}

@test "step: --encode and --decode see the bytes by stdin alone" {
  replayed <<'EOS'
durable step --encode 'tr a-z b-za' --decode 'tr b-za a-z' enc -- echo hal
durable step --encode 'base64' only -- echo hal
EOS
  assert_output 'hal
aGFs'
  run -0 grep -c ibm f.jsonl
}

@test "step: an --encode that fails fails the step with Output.Encode" {
  handler flow <<'EOS'
durable step --encode 'exit 3' a -- echo x || durable error -r a .ErrorType
durable step --encode 'printf "\377"' b -- echo x || durable error -r b .ErrorType
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 'Output.Encode
Output.Encode'
}

@test "step: with 2>&1 both outputs are recorded, in order" {
  replayed <<<'durable step m -- sh -c "echo 1; echo 2 >&2; echo 3" 2>&1'
  assert_output '1
2
3'
}

@test "step: stderr passes through as it comes and not on a replay" {
  handler flow <<'EOS'
durable step noisy -- sh -c 'echo noise >&2'
[ -e mended ] || exit 9
EOS
  run -9 --separate-stderr durable run --context f.jsonl ./flow
  [[ $stderr == *noise* ]]
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  [[ $stderr != *noise* ]]
}

@test "step: --tee copies the output to stderr" {
  first_run <<<'durable step --tee t -- echo seen'
  assert_output seen
  assert_line --index 0 seen
  [[ $stderr == *seen* ]]
}

@test "step: a failing status is returned on every run, nothing printed" {
  replayed <<'EOS'
s=0
durable step bad -- sh -c 'echo ran >>ran; echo out; echo why >&2; exit 7' || s=$?
echo "status $s"
durable error bad .ErrorData.stdout
durable error -r bad .ErrorMessage
EOS
  assert_output 'status 7
"out\n"
why'
  assert_equal "$(lines_of ran)" 1
}

@test "step: a command killed by signal N is 128+N and CommandKilled" {
  replayed <<'EOS'
s=0
durable step killed -- sh -c 'kill -KILL $$' || s=$?
echo "$s $(durable error -r killed .ErrorType)" \
  "$(durable error -r killed .ErrorData.signal)"
EOS
  assert_output '137 CommandKilled KILL'
}

@test "step: 127 for a command that is not there, 126 for one that cannot" {
  : >plain
  replayed <<'EOS'
for c in ./nothing ./plain /; do
  s=0
  durable step --retry --retry-delay 1s "run $c" -- "$c" || s=$?
  echo $s
done
EOS
  assert_output '127
126
126'
}

@test "step: stdin of its command is /dev/null" {
  replayed <<'EOS'
printf 'a\nb\n' | while read -r x; do durable step "cat $x" -- cat; echo "$x"; done
EOS
  assert_output 'a
b'
}

@test "step: --stdin and -i give stdin to every attempt, and read it on a replay" {
  handler flow <<'EOS'
i=0; while [ $i -lt 9000 ]; do echo 1234567890; i=$((i + 1)); done >big
{ cat big && echo whole >>writer; } | durable step --stdin --max-attempts 2 \
  --retry-delay 1s --retry-jitter none eat -- sh -c \
  'wc -c >>counts; [ "$DURABLE_ATTEMPT" = 2 ] && echo ok'
echo x | durable step -i short -- cat
[ -e mended ] || exit 9
EOS
  run -9 --separate-stderr durable run --context f.jsonl ./flow
  touch mended
  run -0 --separate-stderr durable retry f.jsonl
  assert_output 'ok
x'
  assert_equal "$(tr -d ' ' <counts | sort | uniq -c | tr -s ' ')" ' 2 99000'
  assert_equal "$(lines_of writer)" 3
}

@test "step: the environment of its command" {
  handler flow <<'EOS'
durable step --retry --retry-delay 1s --retry-jitter none 'my step' -- sh -c '
  echo "$DURABLE_ATTEMPT $DURABLE_IDEMPOTENCY_KEY $DURABLE_STEP $DURABLE_EXECUTION" >>env
  [ "$DURABLE_ATTEMPT" = 2 ] && echo "$DURABLE_OPERATION"'
EOS
  run -0 --separate-stderr durable run --name exe ./flow
  assert_output --regexp '^[0-9a-f]{32}-[0-9a-f]{16}$'
  assert_equal "$(cut -d' ' -f1 env | tr '\n' ' ')" '1 2 '
  assert_equal "$(cut -d' ' -f2 env | sort -u | wc -l)" 1
  assert_equal "$(cut -d' ' -f3- env | sort -u)" 'my step exe'
}

@test "step: an unnamed one is known by its place among the unnamed" {
  replayed <<'EOS'
durable step -- sh -c 'echo a >>ran; echo 1'
durable step -- sh -c 'echo b >>ran; echo 2'
EOS
  assert_output '1
2'
  assert_equal "$(lines_of ran)" 2
}

@test "step: options may stand before and behind the name" {
  first_run <<<'durable step --json n -r -- echo '\''"v"'\'
  assert_output v
}

@test "step: everything behind the first -- is the command's" {
  first_run <<<'durable step n -- echo --json -- -q --help'
  assert_output -- '--json -- -q --help'
}

@test "step: --accept records other statuses as success with their output" {
  replayed <<'EOS'
for n in 0 1 2; do
  s=0
  durable step --accept 1,2 "diff $n" -- sh -c "echo out$n; exit $n" || s=$?
  echo $s
done
s=0; durable step --accept 1 other -- sh -c 'echo no; exit 2' || s=$?; echo $s
EOS
  assert_output 'out0
0
out1
1
out2
2
2'
}

@test "step: --accept takes statuses only" {
  handler flow <<<'durable step --accept 1-2 a -- true'
  run -2 durable run ./flow
  assert_output --partial "--accept 1-2: a list of statuses"
}

@test "step: --accept of one that -q silences still returns its status" {
  replayed <<<'s=0; durable step -q --accept 3 a -- sh -c "echo x; exit 3" || s=$?; echo $s'
  assert_output 3
}

@test "step: --timeout ends the command and all below it: 124" {
  handler flow <<'EOS'
s=0
durable step --timeout 1s slow -- sh -c 'setsid sleep 987 & sleep 986; echo no' || s=$?
echo "$s $(durable error -r slow .ErrorType)"
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output '124 CommandTimedOut'
  run -1 pgrep -f 'sleep 98[67]'
}

@test "step: --timeout sends the signal of -s" {
  handler flow <<'EOS'
s=0
durable step --timeout 1s -s USR1 slow -- sh -c \
  'trap "echo usr1 >>sig; exit 5" USR1; while :; do sleep 0.05; done' || s=$?
echo $s
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 124
  assert_equal "$(cat sig)" usr1
}

@test "step: --timeout sends it once, to the group and to what has left it" {
  handler waits <<'EOS'
trap 'echo "$1" >>sig; rm -f "$1"' USR1
touch "$1"
while [ ! -e end ]; do sleep 0.02; done
EOS
  handler flow <<'EOS'
durable step --timeout 3s -s USR1 -k 10 slow -- sh -c 'setsid ./waits left & ./waits group &
  until [ -e left ] && [ -e group ]; do sleep 0.01; done
  trap "echo own >>sig" USR1; while [ -e left ] || [ -e group ]; do sleep 0.02; done
  sleep 0.3; touch end; wait' || echo $?
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 124
  assert_equal "$(sort sig)" $'group\nleft\nown'
}

@test "step: --timeout ends nothing of another execution of the same script" {
  handler flow <<'EOS'
durable step s --timeout "$1" -k 1s -- sh -c 'touch "began.$$"; until [ -e go ]; do sleep 0.02; done; echo fine'
echo "status $?"
EOS
  sed -i 's/-eu/-u/' flow
  start durable run --name slow ./flow 5m
  wait_until 60 compgen -G 'began.*'
  run -0 --separate-stderr durable run --name short ./flow 1s
  assert_output 'status 124'
  touch go
  ends_with 0
  assert_equal "$(cat start.out)" $'fine\nstatus 0'
}

@test "step: -k kills what does not heed the signal" {
  handler flow <<'EOS'
s=0
durable step --timeout 1s -k 1s deaf -- sh -c 'trap "" TERM; while :; do sleep 0.1; done' || s=$?
echo $s
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 124
}

@test "step: --sensitive records neither output nor stderr" {
  replayed <<'EOS'
durable step --sensitive key -- sh -c 'echo ran >>ran; echo geheim; echo auch >&2'
s=0; durable step --sensitive bad -- sh -c 'echo geheim; echo auch >&2; exit 4' || s=$?
echo "status $s"
EOS
  assert_output 'status 4'
  run -1 grep -e geheim -e auch f.jsonl
  assert_equal "$(lines_of ran)" 1
}

@test "step: --no-output neither records nor limits the output" {
  export DURABLE_PAYLOAD_MAX=100
  replayed <<'EOS'
durable step --no-output big -- sh -c 'echo ran >>ran; head -c 100000 /dev/zero'
echo after
EOS
  assert_output after
  assert_equal "$(lines_of ran)" 1
}

@test "step: --digest none leaves the command line out of the check" {
  handler flow <<'EOS'
durable step --digest none stamp -- echo "$(cat n)"
[ -e mended ] || exit 9
EOS
  echo 1 >n
  run -9 durable run --context f.jsonl ./flow
  echo 2 >n
  touch mended
  run -0 --separate-stderr durable retry --strict f.jsonl
  assert_output 1
}

@test "step: --at-most-once does not start a command again after a kill" {
  handler flow <<'EOS'
s=0
durable step --at-most-once pay -- sh -c 'echo ran >>ran; kill -KILL "$(cat engine)"; sleep 60' || s=$?
echo "$s $(durable error -r pay .ErrorType)"
EOS
  start sh -c 'echo $$ >engine; exec durable run --context f.jsonl ./flow'
  ends_with 137
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output '1 StepInterruptedError'
  assert_equal "$(lines_of ran)" 1
}

@test "step: --at-most-once is not tried again, unless a retry option is given" {
  handler flow <<'EOS'
durable step --at-most-once a -- sh -c 'echo a >>ran; exit 75' || echo $?
durable step --at-most-once --retry-delay 1s --retry-jitter none b -- \
  sh -c 'echo b >>ran; [ "$DURABLE_ATTEMPT" = 2 ]'
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 75
  assert_equal "$(tr -d '\n' <ran)" abb
}

@test "step: a step without --at-most-once is started again after a kill" {
  handler flow <<'EOS'
durable step pay -- sh -c 'echo ran >>ran; [ "$(wc -l <ran)" -ge 2 ] || {
  kill -KILL "$(cat engine)"; sleep 60; }; echo ok'
EOS
  start sh -c 'echo $$ >engine; exec durable run --context f.jsonl ./flow'
  ends_with 137
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output ok
  assert_equal "$(lines_of ran)" 2
}

@test "step: a file without #! is run by /bin/sh" {
  echo 'echo "from $0 $1"' >plain
  chmod +x plain
  first_run <<<'durable step n -- ./plain x'
  assert_output 'from ./plain x'
}

@test "step: what its command leaves running is left alone" {
  first_run <<'EOS'
durable step daemon -- sh -c 'setsid sleep 985 >/dev/null 2>&1 & echo $! >daemon.pid; echo up'
durable wait 1s
EOS
  assert_output up
  run -0 kill -0 "$(cat daemon.pid)"
  kill "$(cat daemon.pid)"
}

@test "step: --help names every option" {
  run -0 durable step --help
  for o in json raw encode decode jq raw-output quiet tee sensitive \
    no-output digest at-most-once accept timeout kill-after signal stdin retry \
    max-attempts retry-delay retry-max-delay retry-rate retry-jitter retry-on \
    no-retry-on retry-command no-retry; do
    assert_output --partial -- "--$o"
  done
}

@test "step: prints what failed once, on stderr" {
  handler flow <<'EOS'
durable step bad -- sh -c 'exit 7' || true
[ -e mended ] || exit 9
EOS
  run -9 --separate-stderr durable run --context f.jsonl ./flow
  [[ $stderr == *"step bad failed: exited with status 7"* ]]
}

@test "step: a name cannot steer the terminal on which its failure is told" {
  handler flow <<'EOS'
durable step "$(printf 'a\033[2Jb')" -- false || true
durable callback create --timeout 1s "$(printf 'c\033[2J')" >/dev/null
durable callback wait "$(printf 'c\033[2J')" || true
EOS
  run -0 --separate-stderr durable run --skip-time=all ./flow
  [[ $stderr == *'step a\x1b[2Jb failed'* ]]
  [[ $stderr == *'callback c\x1b[2J timed out'* ]]
  [[ $stderr != *$'\e'* ]]
}

@test "step: --output leaves nothing of a failed attempt while the run sleeps" {
  handler flow <<'EOF'
durable step --output out.txt --retry-delay 5m --retry-jitter none a -- sh -c 'echo part; exit 3'
EOF
  run -75 durable run --no-wait --context f.jsonl ./flow
  run -0 find . -name 'out.txt*'
  assert_output ''
}

@test "step: --output with a name that is not UTF-8 fails before the command runs" {
  first_run <<'EOS'
s=0; durable step --output "$(printf 'a\377')" a -- touch ran || s=$?
echo "$s $(durable error -r a .ErrorType)"
EOS
  assert_output '1 Output.File'
  assert_not_exist ran
  assert_not_exist a$'\377'
}
