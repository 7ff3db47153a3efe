#!/usr/bin/env bats
# checkpoint.bats - durable checkpoint: a value that stays.
load ../lib/durable

@test "checkpoint: prints the first value on every run" {
  replayed <<'EOS'
echo x >>count
durable checkpoint now -- "run $(grep -c x count)"
EOS
  assert_output 'run 1'
}

@test "checkpoint: without a value it reads stdin, on a replay too" {
  replayed <<'EOS'
{ i=0; while [ $i -lt 9000 ]; do echo 1234567890; i=$((i + 1)); done; echo ok >>writer; } |
  durable checkpoint big | wc -c | tr -d ' '
echo second | durable checkpoint small
EOS
  assert_output '99000
second'
  assert_equal "$(lines_of writer)" 2
}

@test "checkpoint: an empty value is a value" {
  replayed <<'EOS'
echo x >>count
[ -s second ] && v=full || v=
durable checkpoint none -- "$v" >got
echo full >second
[ ! -s got ] && echo empty
EOS
  assert_output empty
}

@test "checkpoint: a value that looks like an option" {
  first_run <<<'durable checkpoint v -- --json; durable checkpoint w -- --'
  assert_output -- '--json
--'
}

@test "checkpoint: --json takes one JSON value, -r prints it bare" {
  replayed <<'EOS'
durable checkpoint --json a -- '{"n":12345678901234567890}'
durable checkpoint --json -r b -- '"x"'
durable checkpoint --jq .n c -- '{"n":7}'
EOS
  assert_output '{"n":12345678901234567890}
x
7'
}

@test "checkpoint: --json of what is not JSON fails with Output.NotJSON" {
  first_run <<<'durable checkpoint --json a -- "{" || durable error -r a .ErrorType'
  assert_output Output.NotJSON
}

@test "checkpoint: --arg makes an object" {
  replayed <<'EOS'
durable checkpoint o --arg a=1 --arg 'b=x "y"' --arg c=
EOS
  run -0 jq -c . <<<"$output"
  assert_output '{"a":"1","b":"x \"y\"","c":""}'
}

@test "checkpoint: -q, --raw, --encode and --decode" {
  replayed <<'EOS'
durable checkpoint -q silent -- x
printf 'a\n\n' | durable checkpoint --raw raw | od -An -tx1
durable checkpoint --encode 'tr a b' --decode 'tr b c' enc -- a
EOS
  assert_output ' 61 0a 0a
c'
}

@test "checkpoint: bytes of any kind come back" {
  replayed <<<'printf "\377\000\n" | durable checkpoint b | od -An -tx1'
  assert_output ' ff 00 0a'
}

@test "checkpoint: a value over the limit fails with Output.TooLarge" {
  export DURABLE_PAYLOAD_MAX=1000
  first_run <<'EOS'
head -c 5000 /dev/zero | tr '\0' x | durable checkpoint big ||
  echo "$? $(durable error -r big .ErrorType)"
EOS
  assert_output '1 Output.TooLarge'
}

@test "checkpoint: a value and --arg exclude each other" {
  handler flow <<<'durable checkpoint --arg a=1 n -- v; touch went-on'
  run -2 durable run ./flow
  assert_not_exist went-on
}

@test "checkpoint: without a name it is a usage error" {
  handler flow <<<'durable checkpoint </dev/null; touch went-on'
  run -2 durable run ./flow
  assert_not_exist went-on
}

@test "checkpoint: what cannot be recorded is told with its reason" {
  first_run <<<'durable checkpoint --json c -- nojson || true'
  # shellcheck disable=SC2154 # run sets it
  assert_regex "$stderr" 'durable checkpoint: c is not recorded: the output is not JSON: .* .Output.NotJSON.'
}
