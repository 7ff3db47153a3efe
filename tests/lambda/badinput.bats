#!/usr/bin/env bats
# What a runtime on Lambda may be given, and what handlers do to it.

load ../lib/durable
load lambda

setup() {
  durable_setup
  bridge_needs
}

# lambda [OPTION...]: ./flow, which may fail twice.
lambda() {
  rm -f main.log
  bridge --skip-time --timeout 20 --max-failures 2 \
    --function 'main=durable lambda ./flow' --invoke main "$@"
}

# error TYPE TEXT: of the outcome; the log has the text as well.
error() {
  assert_equal "$(outcome .Error.ErrorType)" "\"$1\""
  run outcome .Error.ErrorMessage
  assert_output --partial "$2"
  run cat main.log
  assert_output --partial "$2"
}

@test "lambda: an event that is no durable invocation says what to configure" {
  handler flow <<<'durable step a -- touch WRONG'
  handler caller <<'EOT'
durable invoke call plain || durable error call | durable result --json
EOT
  run -0 bridge --skip-time --plain 'plain=durable lambda ./flow' \
    --function 'caller=durable lambda ./caller' --invoke caller
  assert_equal "$(outcome '.Result | fromjson.ErrorType')" '"Runtime.NotDurable"'
  run outcome '.Result | fromjson.ErrorMessage'
  assert_output --partial 'create the function with a DurableConfig'
  assert_file_not_exist WRONG
}

@test "lambda: no region, no credentials, a bad URL: said before any event" {
  handler flow <<<'durable step a -- touch WRONG'
  run -3 lambda --env AWS_REGION= --env AWS_DEFAULT_REGION=
  error Runtime.InitError 'no region: AWS_REGION is not set'
  run -3 lambda --env AWS_ACCESS_KEY_ID=
  error Runtime.InitError 'AWS_ACCESS_KEY_ID'
  run -3 lambda --env AWS_ENDPOINT_URL_LAMBDA=gopher://x
  error Runtime.InitError "'gopher://x' does not begin with https://"
  assert_file_not_exist WRONG
}

@test "lambda: nobody at the endpoint, an unknown host: invoked again" {
  handler flow <<<'durable step a -- sh -c "echo a >>log"; echo WRONG >>log'
  run -3 lambda --env AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:9
  error Runtime.CheckpointFailed 'cannot connect to 127.0.0.1:9'
  assert_equal "$(grep -c 'cannot connect' main.log)" 2 # once an invocation
  run -3 lambda --env AWS_ENDPOINT_URL_LAMBDA=http://nobody.invalid
  error Runtime.CheckpointFailed 'there is no address for nobody.invalid'
  assert_equal "$(sort -u log)" a
}

@test "lambda: a certificate that nobody vouches for is not believed" {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj /CN=localhost 2>/dev/null
  start node -e '
    const { readFileSync } = require("fs");
    const server = require("https").createServer({ key: readFileSync("key.pem"),
      cert: readFileSync("cert.pem") }, (request, response) => {
      console.log("WRONG", request.url);
      response.end("{}");
    });
    server.listen(0, () => console.log(server.address().port));'
  wait_until 60 test -s start.out
  handler flow <<<'durable step a -- true; touch WRONG'
  run -3 lambda --env "AWS_ENDPOINT_URL_LAMBDA=https://localhost:$(cat start.out)"
  error Runtime.CheckpointFailed 'no trust in the certificate of localhost'
  assert_equal "$(grep -c WRONG start.out)" 0
  assert_file_not_exist WRONG
  durable_teardown
}

@test "lambda: a handler that is missing, no program, or a folder" {
  run -3 lambda
  error Runtime.InvalidEntrypoint 'flow does not exist'
  touch flow
  run -3 lambda
  error Runtime.InitError 'not executable (chmod +x it)'
  printf '#!/no/such/shell\n' >flow
  chmod +x flow
  run -3 lambda
  error HandlerMissing 'the interpreter in its first line does not exist'
  rm flow
  mkdir flow
  run -3 lambda
  error Runtime.InvalidEntrypoint 'flow is no file'
}

@test "lambda: a task root that is missing is told before any event" {
  handler flow <<<'touch WRONG'
  for handler in ./flow "$PWD/flow"; do
    run -3 bridge --timeout 20 --max-failures 2 --env LAMBDA_TASK_ROOT="$PWD/no" \
      --function "main=durable lambda $handler" --invoke main
    error Runtime.InitError "LAMBDA_TASK_ROOT=$PWD/no: No such file or directory"
    rm main.log
  done
  run -3 lambda --env LAMBDA_TASK_ROOT="$PWD/flow"
  error Runtime.InitError "LAMBDA_TASK_ROOT=$PWD/flow: Not a directory"
  assert_file_not_exist WRONG
}

@test "lambda: rubbish on stdout is a result, and never the protocol" {
  handler flow <<'EOT'
printf '\033[31m{"Status":"PENDING"}\n{"Status":'
EOT
  run -0 lambda
  assert_equal "$(outcome '.Result | fromjson')" \
    '"\u001b[31m{\"Status\":\"PENDING\"}\n{\"Status\":"'
  handler flow <<<"head -c 1000 /dev/urandom | tee bytes"
  run -0 lambda
  assert_equal "$(jq -r '.Result | fromjson."$base64"' outcome.json | base64 -d |
    sha256sum)" "$(sha256sum <bytes)"
}

@test "lambda: a result of 7 MiB is too large, one of 3 MiB of quotes is not" {
  handler flow <<<'head -c 7340032 /dev/zero | tr "\0" x'
  run -3 lambda
  error Output.TooLarge '7340034 bytes, the limit is 6291456'
  handler flow <<<'head -c 3145720 /dev/zero | tr "\0" "\""'
  run -0 lambda
  assert_equal "$(outcome .counts.checkpoints)" 1
  assert_equal "$(outcome '.Result | fromjson | length')" 3145720
  handler flow <<<'head -c 3145720 /dev/zero | tr "\0" "\"" | durable result'
  run -0 lambda
  assert_equal "$(outcome '.Result | fromjson | length')" 3145720
}

@test "lambda: daemons that leave the session are ended before the answer" {
  handler flow <<'EOT'
setsid sleep 300 &
(setsid sh -c 'trap "" TERM HUP; echo $$ >deaf; exec sleep 301' >/dev/null 2>&1 &)
durable step a -- sh -c 'setsid sleep 302 >/dev/null & echo $! >left'
while [ ! -e deaf ]; do sleep 0.01; done
durable wait nap 1s
durable result ok
EOT
  run -0 lambda # the bridge looks who is left
  assert_equal "$(outcome .Result)" '"\"ok\""'
  refute kill -0 "$(cat deaf)"
  refute kill -0 "$(cat left)"
}

@test "lambda: closed descriptors, another directory, another environment" {
  handler flow <<'EOT'
for fd in 3 4 5 6 7 8 9; do eval "exec $fd<&-"; done
cd /
unset HOME TMPDIR AWS_LAMBDA_RUNTIME_API AWS_REGION AWS_ACCESS_KEY_ID \
  AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL_LAMBDA
umask 777
durable wait nap 1s
v=$(durable step a -- pwd)
exec 0<&- 1>&- 2>&-
durable step b -- true
durable result "$v"
EOT
  run -0 lambda
  assert_equal "$(outcome .Result)" '"\"/\""'
}

@test "lambda: no step more than 256 KiB, to the byte" {
  handler print <<<'head -c "$1" /dev/zero | tr "\0" x'
  handler flow <<'EOT'
durable step fits -- ./print 262142 | wc -c
durable step quoted -- ./print 262143 && echo WRONG
durable step more --retry -- ./print 300000 && echo WRONG
durable error more .ErrorType
EOT
  sed -i 's/set -eu/set -u/' flow
  run -0 lambda
  assert_equal "$(outcome '.Result | fromjson')" '"262143\n\"Output.TooLarge\""'
  run cat main.log
  assert_output --partial \
    'printed 262143 bytes, which are 262145 as a record: the limit is 262144'
  assert_output --partial 'printed 300000 bytes: the limit is 262144'
}

@test "lambda: a command that is killed, out of memory say, is a failed attempt" {
  handler flow <<'EOT'
durable step again --retry --retry-delay 1s -- sh -c '
  [ "$DURABLE_ATTEMPT" = 2 ] || { echo 1 >>log; kill -KILL $$; }; echo fine'
durable step limit -- sh -c 'ulimit -v 100000; x=$(head -c 500000000 /dev/zero | tr "\0" x)' ||
  echo failed
EOT
  run -0 lambda
  assert_equal "$(outcome '.Result | fromjson')" '"fine\nfailed"'
  assert_equal "$(outcome .counts.failed)" 0
  assert_equal "$(jq -r '[.Events[].StepFailedDetails | values
    | .Error.Payload.ErrorType][0]' history.json)" CommandKilled
}

@test "lambda: an input of 6 MiB, and one that is no JSON" {
  handler flow <<<'durable input -r . | wc -c'
  { printf '"'; head -c 6291454 /dev/zero | tr '\0' x; printf '"'; } >input
  run -0 lambda --input @input
  assert_equal "$(outcome '.Result | fromjson')" '"6291455"'
  handler flow <<<'durable input -r .x'
  run -3 lambda --input 'no JSON'
  assert_equal "$(outcome .Error.ErrorType)" '"HandlerFailed"'
  run cat main.log
  assert_output --partial Input.Missing
}
