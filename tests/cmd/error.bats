#!/usr/bin/env bats
# error.bats - durable error: the error object of a failed operation.
# shellcheck disable=SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

@test "error: prints the object of a failed step, on every run" {
  replayed <<'EOS'
durable step s -- sh -c 'echo out; echo first >&2; echo last >&2; echo >&2; exit 3' || durable error s
EOS
  run -0 jq -c '[.ErrorType, .ErrorMessage, .ErrorData.exitStatus, .ErrorData.stdout, .ErrorData.stderr]' \
    <<<"$output"
  assert_output '["CommandFailed","last",3,"out\n","first\nlast\n\n"]'
}

@test "error: a filter, and -r" {
  first_run <<'EOS'
durable step s -- sh -c 'exit 3' || true
durable error s .ErrorType
durable error -r s .ErrorType
durable error s '.ErrorData.exitStatus + 1'
durable error --raw-output s .ErrorMessage
EOS
  assert_output '"CommandFailed"
CommandFailed
4
exited with status 3'
}

@test "error: of a name met more than once it is the last one met" {
  first_run <<'EOS'
for n in 3 4; do durable step --digest none s -- sh -c "exit $n" || true; done
durable error s .ErrorData.exitStatus
EOS
  assert_output 4
}

@test "error: of an operation that has not failed, or is not there, exits 1" {
  handler flow <<'EOS'
durable step good -- true
for n in good nothing; do
  s=0; durable error $n || s=$?
  echo $s
done
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output '1
1'
  [[ $stderr == *good* && $stderr == *nothing* ]]
}

@test "error: keeps 4 KiB of each output's end" {
  first_run <<'EOS'
durable step s -- sh -c 'head -c 100000 /dev/zero | tr "\0" o; echo END
  head -c 100000 /dev/zero | tr "\0" e >&2; echo LAST >&2; exit 1' 2>/dev/null || true
durable error s '[.ErrorData | .stdout, .stderr | length, endswith("END\n"), endswith("LAST\n")]'
EOS
  run -0 jq -c . <<<"$output"
  assert_output '[4096,true,false,4096,false,true]'
}

@test "error: a message is at most 1 KiB" {
  first_run <<'EOS'
durable step s -- sh -c 'head -c 5000 /dev/zero | tr "\0" e >&2; exit 1' || true
durable error s '.ErrorMessage | length'
EOS
  assert_output 1024
}

@test "error: the whole update stays under 32,768 bytes" {
  first_run <<'EOS'
durable step s -- sh -c 'head -c 9000 /dev/zero; head -c 9000 /dev/zero >&2; exit 1' 2>/dev/null || true
durable error s '.ErrorData.exitStatus'
EOS
  assert_output 1
  run -0 awk 'length > 32768' f.jsonl
  assert_output ''
}

@test "error: a filter that does not compile exits 1" {
  first_run <<<'durable step s -- false || durable error s ".a |" || echo $?'
  assert_output 1
}

@test "error: of a batch whose result is encoded, too large or flat, too" {
  replayed <<'EOS'
branch='case $1 in b) durable fail --type Bad no ;; c) exit 4 ;; *) printf "%300000s" x ;; esac'
for o in '--encode base64 --decode "base64 -d"' '--flat --encode base64 --decode "base64 -d"' '' '--flat'; do
  eval "durable map -q $o \"m \$o\" -- sh -c '$branch' - ::: a b c" || s=$?
  echo "$s $(durable error -r "m $o" 'map(.ErrorType) | join(" ")')"
done
EOS
  assert_output '1 Bad CommandFailed
1 Bad CommandFailed
1 Bad CommandFailed
1 Bad CommandFailed'
}

@test "error: in a child it is the child's operations" {
  first_run <<'EOS'
durable step s -- sh -c 'exit 3' || true
durable child c -- sh -c 'durable error s || echo none'
EOS
  assert_output none
}

@test "error: needs a name" {
  handler flow <<<'durable error; touch went-on'
  run -2 durable run ./flow
  assert_not_exist went-on
}
