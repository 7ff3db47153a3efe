#!/usr/bin/env bats
# suspension.bats - from a suspension on the script runs nothing more. Each
# flow counts its side effects in a file: what stands there ran.
load ../lib/durable

# suspends: runs ./flow until it is suspended in `durable wait`.
suspends() {
  handler flow
  run -75 durable run --no-wait --context f.jsonl ./flow
  assert_not_exist went-on
}

@test "suspension: behind || && and without set -e nothing runs" {
  suspends <<'EOS'
#!/bin/sh
echo top >>tops
durable wait w 1h || touch went-on
touch went-on
durable wait w 1h && touch went-on
touch went-on
EOS
  assert_equal "$(lines_of tops)" 1
}

@test "suspension: in \$(...) and backquotes" {
  suspends <<'EOS'
#!/bin/sh
x=$(durable wait w 1h; touch went-on) || touch went-on
touch went-on; echo "`durable wait v 1h`" >went-on
EOS
}

@test "suspension: in a pipe, at either end" {
  suspends <<'EOS'
#!/bin/sh
durable wait w 1h | { cat; touch went-on; }
touch went-on
EOS
  rm f.jsonl
  suspends <<'EOS'
#!/bin/sh
echo x | { durable wait w 1h; touch went-on; }
touch went-on
EOS
}

@test "suspension: in a subshell, a function, if, while, ! and eval" {
  suspends <<'EOS'
#!/bin/sh
f() { (eval 'if ! durable wait w 1h; then touch went-on; fi'); touch went-on; }
while ! f; do touch went-on; done
touch went-on
EOS
}

@test "suspension: in a background job that is waited for" {
  suspends <<'EOS'
#!/bin/sh
{ durable wait w 1h; touch went-on; } &
wait
touch went-on
EOS
}

@test "suspension: no TERM, EXIT, HUP or INT trap runs" {
  for shell in sh bash dash; do
    command -v "$shell" >/dev/null || continue
    rm -f f.jsonl
    handler flow <<EOS
#!$(command -v "$shell")
for s in EXIT TERM HUP INT QUIT; do trap 'touch went-on' "\$s"; done
durable wait w 1h || touch went-on
touch went-on
EOS
    run -75 durable run --no-wait --context f.jsonl ./flow
    assert_not_exist went-on
  done
}

@test "suspension: no DEBUG or ERR trap of bash runs" {
  suspends <<'EOS'
#!/bin/bash
set -E
trap 'touch went-on' ERR
trap 'echo "$BASH_COMMAND" >>debug' DEBUG
durable wait w 1h
touch went-on
EOS
  run -0 cat debug
  assert_output 'durable wait w 1h'
}

@test "suspension: under timeout, setsid, nohup, env, nice and xargs" {
  for prefix in 'timeout 60' 'setsid -w' 'nohup' 'env A=b' nice 'xargs -I@'; do
    rm -f f.jsonl
    handler flow <<<"echo x | $prefix durable wait w 1h || touch went-on; touch went-on"
    run -75 durable run --no-wait --context f.jsonl ./flow
    assert_not_exist went-on
  done
}

@test "suspension: with set -m, whose jobs have groups of their own" {
  suspends <<'EOS'
#!/bin/bash
set -m
(durable wait w 1h; touch went-on) &
durable wait v 1h
touch went-on
EOS
}

@test "suspension: with set -o pipefail in bash" {
  suspends <<'EOS'
#!/bin/bash
set -o pipefail
durable wait w 1h | tee went-on.not || touch went-on
touch went-on
EOS
}

@test "suspension: through exec, coproc and process substitution" {
  suspends <<'EOS'
#!/bin/bash
coproc { durable wait w 1h; touch went-on; }
read -r x < <(durable wait v 1h; touch went-on; echo x)
touch went-on
EOS
  rm f.jsonl
  suspends <<'EOS'
#!/bin/sh
trap 'touch went-on' EXIT
exec durable wait w 1h
EOS
}

@test "suspension: a step that runs holds it, then it is suspended" {
  suspends <<'EOS'
#!/bin/sh
durable step busy -- sh -c 'until [ -e go ]; do sleep 0.01; done; echo done >>steps' &
(durable wait w 1h; touch went-on) &
sleep 0.2; touch go
wait
touch went-on
EOS
  assert_equal "$(lines_of steps)" 1
}

@test "suspension: a background command that is no operation is ended and named" {
  suspends <<'EOS'
#!/bin/sh
sleep 983 &
durable wait w 1h
touch went-on
EOS
  assert_output --partial 'sleep was ended by a suspension: make it a step'
  run -1 pgrep -f 'sleep 983'
}

@test "suspension: what runs in the background has a second at most" {
  suspends <<'EOS'
#!/bin/sh
(while :; do :; done) &
durable wait w 1h
EOS
}

@test "suspension: temporary files of TMPDIR are removed with the invocation" {
  suspends <<'EOS'
#!/bin/sh
f=$(mktemp); echo "$f" >name
durable wait w 1h
touch went-on
EOS
  assert_not_exist "$(cat name)"
}

@test "suspension: a retry delay suspends too" {
  suspends <<'EOS'
#!/bin/sh
durable step --retry --retry-delay 1h --retry-jitter none s -- sh -c 'echo >>ran; exit 3' ||
  touch went-on
touch went-on
EOS
  assert_equal "$(lines_of ran)" 1
}

@test "suspension: in a child of a branch, with a wait in every branch" {
  suspends <<'EOS'
#!/bin/sh
durable parallel p --branch a -- durable child c -- sh -c 'durable wait w 1h; touch went-on' \
  --branch b -- sh -c 'trap "touch went-on" EXIT TERM; durable wait w 1h; touch went-on' ||
  touch went-on
touch went-on
EOS
}

@test "suspension: every side effect of a long flow once, in order" {
  handler flow <<'EOS'
#!/bin/sh
for i in 1 2 3; do
  durable step "s$i" -- sh -c "echo s$i >>effects" || echo bad >>effects
  durable wait "w$i" 1s || echo bad >>effects
done
durable step last -- sh -c 'echo last >>effects'
EOS
  run -0 durable run ./flow
  assert_equal "$(tr '\n' ' ' <effects)" 's1 s2 s3 last '
}
