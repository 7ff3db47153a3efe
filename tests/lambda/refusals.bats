#!/usr/bin/env bats
# Executions on Lambda, looked at and acted on from outside: what is sent, and
# what becomes of answers that are refusals, nonsense or none.
# shellcheck disable=SC2154 # variables of run and start
load ../lib/durable
load lambda

setup() {
  durable_setup
  command -v node >/dev/null || skip 'node is not installed'
  export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIDEXAMPLE
  export AWS_SECRET_ACCESS_KEY=secret AWS_MAX_ATTEMPTS=2
  arn='arn:aws:lambda:eu-west-1:123456789012:function:f:1/durable-execution/one/0b6c1f1e'
}

# answers <<'END' ... END: starts a server that gives them.
answers() {
  cat >answers
  rm -f start.out
  start node "$BATS_TEST_DIRNAME/scripted.mjs" answers requests
  wait_until 60 test -s start.out
  AWS_ENDPOINT_URL_LAMBDA=$(cat start.out)
  export AWS_ENDPOINT_URL_LAMBDA
}

# asked FILTER: of the requests.
asked() {
  jq -cr "$1" requests
}

@test "refusals: what is sent, to the letter" {
  answers <<<'{"headers":{"x-amz-durable-execution-arn":"arn:x"},"body":{"StopTimestamp":1}}'
  durable stop --type T --reason 'a "b"' "$arn"
  durable list --function 'f:live' --name 'n n' --status RUNNING,failed --since 2026-01-02T03:04:05Z --reverse
  durable callback success 'YWJj+/==' 'x y'
  durable callback failure 'YWJj' ''
  durable callback heartbeat 'YWJj'
  durable start --name n --tenant-id 't 1' --arg a=b f:2
  run -0 asked '[.method, .url, .headers["content-type"], .body]'
  assert_line -n 0 '["POST","/2025-12-01/durable-executions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af%3A1%2Fdurable-execution%2Fone%2F0b6c1f1e/stop","application/json","{\"ErrorType\":\"T\",\"ErrorMessage\":\"a \\\"b\\\"\"}"]'
  assert_line -n 1 '["GET","/2025-12-01/functions/f/durable-executions?MaxItems=100&Qualifier=live&DurableExecutionName=n%20n&ReverseOrder=true&Statuses=RUNNING&Statuses=FAILED&StartedAfter=2026-01-02T03%3A04%3A05.000Z",null,""]'
  assert_line -n 2 '["POST","/2025-12-01/durable-execution-callbacks/YWJj%2B%2F%3D%3D/succeed","application/octet-stream","x y"]'
  assert_line -n 3 '["POST","/2025-12-01/durable-execution-callbacks/YWJj/fail","application/json","{\"ErrorType\":\"Error\",\"ErrorMessage\":\"\"}"]'
  assert_line -n 4 '["POST","/2025-12-01/durable-execution-callbacks/YWJj/heartbeat",null,""]'
  assert_line -n 5 '["POST","/2015-03-31/functions/f%3A2/invocations","application/json","{\"a\":\"b\"}"]'
  run -0 asked 'select(.url | endswith("invocations")).headers
    | [.["x-amz-invocation-type"], .["x-amz-durable-execution-name"], .["x-amz-tenant-id"]]'
  assert_output '["Event","n","t 1"]'
}

@test "refusals: AccessDenied names the IAM action" {
  answers <<'END'
{"status":403,"headers":{"x-amzn-errortype":"AccessDeniedException"},"body":{"Message":"User: x is not authorized"}}
END
  refused() {
    local action=$1
    shift
    run -125 durable "$@"
    assert_output --partial "User: x is not authorized (403 AccessDeniedException): these credentials need the IAM action lambda:$action on"
  }
  refused GetDurableExecution status "$arn"
  refused GetDurableExecutionHistory history "$arn"
  refused StopDurableExecution stop "$arn"
  refused ListDurableExecutionsByFunction list --function f
  refused ListDurableExecutionsByFunction stop --function f one
  refused InvokeFunction start f:1
  refused SendDurableExecutionCallbackHeartbeat callback heartbeat YWJj
}

@test "refusals: expired credentials, too many requests, and an answer of no known form" {
  answers <<'END'
{"status":403,"headers":{"x-amzn-errortype":"ExpiredTokenException"},"body":{"message":"expired"}}
END
  run -125 durable stop "$arn"
  assert_output --partial 'expired (403 ExpiredTokenException): the credentials are not accepted in eu-west-1'
  kill "$pid"
  answers <<<'{"status":503,"body":"<html>busy</html>"}'
  run -125 durable stop "$arn"
  assert_output --partial '<html>busy</html>'
  kill "$pid"
  answers <<<'{"status":200,"body":"<html>login</html>"}'
  run -125 durable status "$arn"
  assert_output --partial 'is no JSON object: is that Lambda?'
}

@test "refusals: pages are followed to the end, but not in a circle" {
  answers <<'END'
{"body":{"DurableExecutions":[{"DurableExecutionName":"a","Status":"RUNNING","StartTimestamp":1767323045.5}],"NextMarker":"m+1"}}
{"body":{"DurableExecutions":[],"NextMarker":"m2"}}
{"body":{"DurableExecutions":[{"DurableExecutionName":"b\u001b[2J","Status":"ODD","StartTimestamp":1767323046}],"NextMarker":null}}
{"body":{"DurableExecutions":[],"NextMarker":"again"}}
END
  TZ=UTC run -0 durable list --function f
  assert_line -n 0 --regexp '^a         RUNNING    2026-01-02 03:04:05  [0-9]'
  assert_line -n 1 'b\x1b[2J  ODD        2026-01-02 03:04:06'
  assert_equal "$(asked '.url | sub(".*Marker="; "")' | tr '\n' ' ')" \
    '/2025-12-01/functions/f/durable-executions?MaxItems=100&Qualifier=%24LATEST m%2B1 m2 '
  run -125 durable list --function f
  assert_output --partial 'answers with the same page again and again'
}

@test "refusals: a history of another SDK, of events of a later version, of nothing" {
  jq -c . >answers.new <<'END'
{"body":{"NextMarker":"","Events":[
 {"EventType":"ExecutionStarted","EventId":1,"EventTimestamp":1767323045,"Id":"x","ExecutionStartedDetails":{"Input":{},"ExecutionTimeout":60}},
 {"EventType":"ContextStarted","EventId":2,"EventTimestamp":1767323046,"Id":"c4ca","Name":"out","SubType":"Map","ParentId":"x","ContextStartedDetails":{}},
 {"EventType":"StepStarted","EventId":3,"EventTimestamp":1767323047,"Id":"1-1","Name":"in","ParentId":"c4ca","StepStartedDetails":{}},
 {"EventType":"StepStarted","EventId":4,"EventTimestamp":1767323047,"Id":"1-1","Name":"in","ParentId":"c4ca"},
 {"EventType":"NewThing","EventId":5,"EventTimestamp":1767323048,"Id":"9","Name":"what"},
 {"EventType":"WaitSucceeded","EventId":6,"EventTimestamp":1767323048,"Id":"nowhere","Name":"lost"},
 {"EventType":7}]}}
END
  answers <answers.new
  TZ=UTC run -0 durable history "$arn"
  assert_line -n 0 --regexp '^2026-01-02 03:04:05  \+0.000s +ExecutionStarted +one$'
  assert_line -n 1 --regexp ' ContextStarted +map out$'
  assert_line -n 2 --regexp ' StepStarted +  step in$'
  assert_line -n 4 --regexp ' NewThing +what$'
  assert_line -n 5 --regexp ' WaitSucceeded +'
}

@test "refusals: what may have arrived is sent again only where that is safe" {
  answers <<<'{"drop":true}'
  run -125 durable start f:1
  assert_output --partial 'it may have begun, and without a --name it is not begun again'
  assert_equal "$(lines_of requests)" 1
  run -125 durable callback success YWJj x
  assert_output --partial 'it is not known whether the outcome has arrived'
  assert_equal "$(lines_of requests)" 2
  rm requests
  run -125 durable start --name one f:1
  assert_output --partial "it may have begun: 'durable status --function f:1 one' tells"
  (($(lines_of requests) >= 2))
}

@test "refusals: a function that is not durable, and a result of any text" {
  answers <<'END'
{"status":202}
{"status":200,"body":"\"a\\nb\""}
{"status":200,"body":"plain"}
{"status":200,"body":"\"half"}
{"status":200,"body":""}
END
  run -125 durable start f:1
  assert_output --partial 'began no durable execution: has the function a DurableConfig?'
  run -0 durable start --wait f:1
  assert_output $'a\nb'
  run -0 durable start --wait f:1
  assert_output plain
  run -0 durable start --wait f:1
  assert_output '"half'
  run -0 durable start --wait f:1
  refute_output
}

@test "refusals: wrong words ask nobody" {
  answers <<<'{}'
  run -2 durable start
  run -2 durable start --name 'a b' f:1
  run -2 durable start --name "$(printf '%65s' x | tr ' ' y)" f:1
  run -2 durable start --input '{' f:1
  run -2 durable start --input 1 --arg a=b f:1
  run -2 durable start --tenant-id $'a\nb' f:1
  head -c 1048577 /dev/zero | tr '\0' 1 >big
  run -2 durable start --input @big f:1
  assert_output --partial 'the input has 1048577 bytes, the limit is 1048576; with --wait'
  run -2 durable list --function f --status SUSPENDED
  assert_output --partial 'Lambda does not tell what is SUSPENDED'
  run -2 durable list --function f --since soon
  run -2 durable list --name x
  assert_output --partial '--name is for executions on Lambda: give their --function'
  run -2 durable status --region x here
  assert_output --partial '--region is for what is on Lambda'
  run -2 durable status arn:aws:lambda:eu-west-1:1:function:f:1
  assert_output --partial 'is not the ARN of an execution'
  run -2 durable stop --function f "$arn"
  assert_output --partial 'leave --function out'
  run -2 durable callback success '' x
  run -2 durable callback success 'not base64!' x
  assert_output --partial 'Invalid callback id'
  assert_file_not_exist requests
}

@test "refusals: a function without a name is asked for nowhere" {
  answers <<<'{}'
  for name in '' : :live arn:aws:lambda:eu-west-1:123456789012:function: \
    123456789012:function::1; do
    for words in 'list --function' 'start --name n'; do
      # shellcheck disable=SC2086 # two words
      run -2 durable $words "$name"
      assert_output --partial "'$name': the name of the function is empty"
    done
  done
  run -2 durable status --function '' n1
  assert_output --partial 'the name of the function is empty'
  run -2 durable stop --function '' n1
  assert_output --partial 'the name of the function is empty'
  assert_file_not_exist requests
}

@test "refusals: no region, no credentials, nobody there: says what to do" {
  AWS_REGION='' run -2 durable list --function f
  assert_output --partial 'no region: set AWS_REGION'
  AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' run -1 durable list --function f
  assert_output --partial 'credentials'
  run -125 durable list --function f --endpoint-url http://127.0.0.1:9
  assert_output --partial 'list the executions of f: after 2 attempts'
  run -2 durable list --function f --endpoint-url ftp://x
}

@test "refusals: an installation without its part for Lambda says so" {
  mkdir bin
  cp "$DURABLE_BUILDDIR/durable" "$DURABLE_BUILDDIR/durable-engine" bin
  run -125 bin/durable status "$arn"
  assert_output --partial 'is not there: durable was installed without its part for Lambda'
  run -125 bin/durable start f:1
  assert_output --partial 'installed without its part for Lambda'
}
