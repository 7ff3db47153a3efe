#!/usr/bin/env bats
# durable cost: what an execution would use on AWS Lambda, and its limits.
# shellcheck disable=SC2154 # variables of run and start
load ../lib/durable

# cost_of EXECUTION FILTER: what jq finds in its cost.
cost_of() {
  run --separate-stderr durable cost --json "$1"
  run -0 jq -cr "$2" <<<"$output"
}

# limit NAME: a jq filter of that limit.
limit() {
  echo ".Limits[] | select(.Name == \"$1\") | $2"
}

# long_steps EXECUTION [NAME]: how many took longer than a START waits for them; a
# busy machine has some.
long_steps() {
  jq -s --arg name "${2-}" '[group_by(.Id)[]
    | select(.[0].Type == "STEP" and ($name == "" or .[0].Name == $name))
    | select(.[-1].time - .[0].time > 50)] | length' "$XDG_STATE_HOME/durable/$1.jsonl"
}

# is_old FILE SECONDS
is_old() {
  (($(date +%s) - $(date -r "$1" +%s) > $2))
}

runs_step() {
  durable status "$1" | grep -q "^ *step $2 .*STARTED"
}

@test "cost: counts operations by kind, a retry as one more" {
  handler flow <<'END'
durable step a -- true
durable step --max-attempts 3 --retry-delay 1 b -- sh -c '[ "$DURABLE_ATTEMPT" = 3 ]'
durable wait pause 5
durable parallel both --branch x -- durable step c -- true --branch y -- true
END
  durable run --skip-time --name one ./flow
  cost_of one '.Operations'
  assert_output '{"Total":9,"Contexts":3,"Steps":3,"Waits":1,"Callbacks":0,"ChainedInvokes":0,"Retries":2,"Crashes":0}'
  cost_of one '.Invocations, (.Cost.Operations == 9 * 8 / 1000000)'
  assert_output $'4\ntrue'
}

@test "cost: a step is one call, whatever their number, and START is one more for a long or careful one" {
  handler short <<<'for i in 1 2 3 4 5 6 7 8; do durable step "s$i" -- true; done'
  handler long <<<'durable step a -- sleep 0.3; durable step b -- true'
  handler careful <<<'durable step --at-most-once a -- true; durable step b -- true'
  for flow in short long careful; do durable run --name $flow ./$flow; done
  cost_of short '.Updates, .CheckpointCalls'
  assert_output $'16\n'"$((8 + $(long_steps short)))"
  cost_of long '.Updates, .CheckpointCalls'
  assert_output $'4\n'"$((2 + $(long_steps long)))"
  cost_of careful '.Updates, .CheckpointCalls'
  assert_output $'4\n'"$((3 + $(long_steps careful b)))"
}

@test "cost: a wait beside a running step is polled, one that is slept through is not" {
  handler beside <<'END'
durable parallel both --branch x -- durable wait pause 1 \
  --branch y -- durable step slow -- sleep 2
END
  handler alone <<<'durable wait pause 1'
  durable run --name beside ./beside
  durable run --name alone ./alone
  cost_of beside '.Polls, .Invocations'
  assert_output $'1\n1'
  cost_of alone '.Polls, .CheckpointCalls, .Invocations'
  assert_output $'0\n1\n2'
}

@test "cost: a callback beside a running step is asked for, at growing distance" {
  handler flow <<'END'
durable callback create answer >id
durable parallel both --branch x -- durable callback wait "$(cat id)" \
  --branch y -- durable step slow -- sh -c 'until [ -e ready ]; do sleep 0.1; done'
END
  start durable run --name one ./flow
  wait_until 60 runs_step one slow
  wait_until 60 is_old id 1
  durable callback success "$(cat id)" yes
  touch ready
  ends_with 0
  cost_of one '.Invocations, .Polls >= 1 and .Polls <= 5'
  assert_output $'1\ntrue'
}

@test "cost: bytes are those of input, results and errors, unescaped" {
  handler flow <<'END'
durable step -q a -- printf 'say "hi"\n\n'
durable checkpoint b -- 12345 >/dev/null
END
  durable run --name one --input '{"a": 1}' ./flow
  # {"a": 1}, "say \"hi\"", "12345"; no result.
  cost_of one '.BytesWritten'
  assert_output 27
}

@test "cost: a result over 256 KiB breaks a limit: status 1, and says which step" {
  handler flow <<'END'
durable step small -- echo x
durable step big -- sh -c "head -c 262143 /dev/zero | tr '\0' x"
END
  durable run --name one ./flow
  run -1 durable cost one
  assert_line --regexp "bytes of a step's result +262,145 +262,144 +100.0 %  BROKEN  step big"
  assert_line '  1 limit would be BROKEN'
  cost_of one "$(limit StepResult '[.Used, .Allowed, .Broken, .Operation]')"
  assert_output '[262145,262144,true,"step big"]'
  run -0 durable cost --prices <(echo limit-result 262145) one
  refute_output --partial BROKEN
}

@test "cost: a branch over 256 KiB is repeated there, and breaks nothing" {
  handler flow <<'END'
durable parallel -q p --branch a -- sh -c 'for s in x y; do durable step $s -- sh -c "head -c 200000 /dev/zero | tr \\\\0 x"; done'
END
  durable run --name one ./flow
  run -0 durable cost one
  cost_of one ".BytesWritten, ($(limit ContextResult .Broken))"
  assert_output $'400004\nfalse'
}

@test "cost: operations are held against a limit that can be given" {
  handler flow <<<'for i in 1 2 3; do durable checkpoint "c$i" -- "$i"; done'
  durable run --name one ./flow
  run -0 durable cost one
  assert_line --regexp '  operations +3 +3,000 +0.1 %  \(limit unconfirmed\)'
  echo 'limit-operations 2 # as measured' >mine
  DURABLE_PRICES=mine run -1 durable cost one
  assert_line --regexp '  operations +3 +2 +150.0 %  BROKEN$'
}

@test "cost: --sync holds length and result against what a waiting caller gets" {
  handler flow <<'END'
durable wait long 20m
head -c 1100000 /dev/zero | tr '\0' x | durable result
END
  durable run --skip-time --name one ./flow
  run -1 durable cost one
  assert_line --regexp 'bytes of the result +1,100,002 +1,048,576 +104.9 %  BROKEN'
  assert_line --regexp 'seconds from start to end +120[0-9.]+ +31,622,400 '
  run -1 durable cost --sync one
  assert_line --regexp 'bytes of the result +1,100,002 +6,291,456 +17.5 %$'
  assert_line --regexp 'seconds from start to end +120[0-9.]+ +900 .* BROKEN'
}

@test "cost: an attempt longer than an invocation breaks a limit, also while it runs" {
  handler flow <<<'durable step slow -- sleep 60'
  echo limit-invocation 1 >short
  start durable run --name one ./flow
  wait_until 60 runs_step one slow
  wait_until 60 is_old "$XDG_STATE_HOME/durable/one.jsonl" 1
  run -1 durable cost --prices short one
  assert_line --regexp "seconds of a step's attempt +[1-9].* BROKEN  step slow"
}

@test "cost: an error near its limit is shown, a callback's result is held against its own" {
  handler flow <<'END'
id=$(durable callback create approval)
echo "$id" >id
durable callback wait approval >/dev/null || true
durable step bad -- sh -c 'echo no >&2; exit 3' || true
END
  run -75 durable run --no-wait --name one ./flow
  durable callback success "$(cat id)" "$(printf '%1000s' x)"
  durable run --name one ./flow
  cost_of one "$(limit CallbackResult '[.Used, .Operation]')"
  assert_output '[1000,"callback approval"]'
  cost_of one "$(limit ErrorUpdate '.Used > 256 and .Used < 1000, .Operation')"
  assert_output $'true\nstep bad'
}

@test "cost: a crash is one more operation and invocation, a killed engine neither" {
  handler flow <<'END'
durable step a -- true
[ -e once ] || { touch once; kill -KILL $$; }
[ -e twice ] || { touch twice; kill -KILL $PPID; exec sleep 60; }
END
  run -137 durable run --name one ./flow
  durable run --name one ./flow
  cost_of one '.Operations.Crashes, .Operations.Total, .Invocations'
  assert_output $'1\n2\n2'
}

@test "cost: prices of a file count, and what it leaves out stays" {
  handler flow <<<'durable step a -- true'
  durable run --name one ./flow
  cat >mine <<'END'
# ours
currency EUR
operations-per-million  2000000   # two each

region   here
END
  run -0 durable cost --prices mine one
  assert_line --regexp '^  COST +EUR$'
  assert_line --regexp '^  operations +2.00000000$'
  assert_line --regexp '^  prices of here, 20.*, unconfirmed; 128 MB, kept 14 days$'
  durable cost --print-prices >all
  run -0 durable cost --prices all one
  refute_output --partial unconfirmed
  run -0 durable cost --print-prices --prices mine
  assert_line --regexp '^operations-per-million  2000000 +# price of'
}

@test "cost: a prices file with a mistake is refused, with its line" {
  handler flow <<<'true'
  durable run --name one ./flow
  refused() {
    printf '%b' "$1" >bad
    run -2 durable cost --prices bad one
    assert_output --partial "$2"
  }
  refused 'region x\nprice 3\n' "bad: line 2: there is no key 'price'"
  refused 'memory-mb -3\n' "memory-mb: '-3' is not a number"
  refused 'memory-mb 1x\n' "'1x' is not a number"
  refused 'memory-mb inf\n' "'inf' is not a number"
  refused 'memory-mb 1 2\n' 'a line is a key and one value'
  refused 'memory-mb\n' 'a line is a key and one value'
  refused 'memory-mb 1\nmemory-mb 1\n' 'bad: line 2: memory-mb is given twice'
  refused 'region x\0y\n' 'holds a NUL byte'
  refused "region $(printf '%40s' x | tr ' ' y)\n" 'is longer than 31 bytes'
  run -125 durable cost --prices nowhere one
  assert_output --partial 'open nowhere: No such file'
}

@test "cost: says what it was when opened again, and refuses a journal" {
  handler flow <<<'durable step a -- test -e there'
  run -1 durable run --name one ./flow
  touch there
  durable retry one
  run -0 durable cost one
  assert_line --partial 'opened again by durable retry, which Lambda has not'
  DURABLE_CONTEXT=$PWD/j.jsonl durable step a -- true
  run -125 durable cost ./j.jsonl
  assert_output --partial 'j.jsonl is a journal'
}

@test "cost: of an execution that there is not is 1, of none a usage error" {
  run -1 durable cost nobody
  assert_output --partial 'nobody.jsonl does not exist'
  run -2 durable cost
  assert_output --partial 'of which execution?'
  run -2 durable cost one two
  run -2 durable cost --print-prices one
}
