#!/usr/bin/env bats
# encode.bats - --encode and --decode: filters around what is recorded.
# shellcheck disable=SC2154 # stderr is set by run, pid by start
load ../lib/durable

@test "encode: what is printed is the same on the first run and on a replay" {
  handler flow <<'EOS'
{
durable step --encode base64 --decode 'base64 -d' s -- printf 'a\nb\n'
durable step --encode 'gzip | base64 -w0' --decode 'base64 -d | gunzip' z -- seq 3
durable step --json --encode 'rev' --decode 'rev' j -- echo '{"n": 1.0}'
durable step --raw --encode 'base64 -w0' --decode 'base64 -d' r -- printf 'x\000\n\n' | od -An -tx1
durable child --encode base64 --decode 'base64 -d' c -- echo in a child
} >>"out$1"
[ "$1" != kill ] || [ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }
EOS
  run -0 durable run --context a.jsonl ./flow once
  run -137 durable run --context b.jsonl ./flow kill
  mv outkill outfirst
  run -0 durable run --context b.jsonl ./flow kill
  run -0 cmp outonce outfirst
  run -0 cmp outonce outkill
  assert_equal "$(cat outonce)" $'a\nb\n1\n2\n3\n{"n": 1.0}\n 78 00 0a 0a\nin a child'
}

@test "encode: what is recorded is what the encoder printed, verbatim" {
  first_run <<'EOS'
durable step --encode 'cat >/dev/null; printf "two\nlines \"q\"\n"' s -- echo secret
EOS
  assert_output $'two\nlines "q"'
  run -1 grep -q secret f.jsonl
  run -0 jq -r 'select(.Name == "s" and .Action == "SUCCEED") | .Payload' f.jsonl
  assert_output $'two\nlines "q"'
}

@test "encode: the commands are handed to sh as they are, data by stdin alone" {
  first_run <<'EOS'
durable step --encode 'tr a-z A-Z | sed "s/.(TOUCH X)/[&]/"' s -- echo '$(touch x)'
EOS
  assert_output '[$(TOUCH X)]'
  assert_not_exist X
  assert_not_exist x
}

@test "encode: an encoder that fails fails the operation, which is not tried again" {
  replayed <<'EOS'
s=0; durable step --retry --encode 'cat >/dev/null; echo why >&2; exit 9' s -- sh -c 'echo x >>ran' || s=$?
echo "$s $(durable error -r s .ErrorType)"
s=0; durable child --encode false c -- true || s=$?
echo "$s $(durable error -r c .ErrorType)"
EOS
  assert_output $'1 Output.Encode\n1 Output.Encode'
  assert_equal "$(lines_of ran)" 1
}

@test "encode: an encoder that prints nothing, or no text" {
  replayed <<'EOS'
durable step --encode 'cat >/dev/null' s -- echo x
durable step --encode "printf '\377'" t -- echo x || durable error -r t .ErrorType
EOS
  assert_output Output.Encode
}

@test "encode: a decoder need not invert, and sees the record on every run" {
  replayed <<'EOS'
durable step --encode base64 --decode 'cat >>seen; echo "shown $(wc -l <seen)"' s -- echo x
EOS
  assert_output 'shown 2'
  assert_equal "$(cat seen)" $'eA==\neA=='
}

@test "encode: a decoder that fails is no outcome: the script does not go on" {
  handler flow <<'EOS'
durable step --encode cat --decode 'test -e mended && cat' s -- sh -c 'echo x >>ran; echo x' || touch went-on
EOS
  run -125 --separate-stderr durable run --context f.jsonl ./flow
  [[ $stderr == *'test -e mended'* ]]
  assert_not_exist went-on
  touch mended
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output x
  assert_equal "$(lines_of ran)" 1
}

@test "encode: --decode alone is a usage error" {
  handler flow <<<'durable step --decode cat s -- touch ran'
  run -2 durable run ./flow
  assert_not_exist ran
}

@test "encode: the limit is of what is recorded" {
  export DURABLE_PAYLOAD_MAX=1000
  first_run <<'EOS'
durable step --encode 'gzip | base64 -w0' --decode 'base64 -d | gunzip' big -- sh -c 'yes | head -c 800' | wc -c
durable step --encode 'cat; cat /etc/services' more -- echo x || durable error -r more .ErrorType
EOS
  assert_line --index 0 800
  assert_line --index 1 Output.TooLarge
}

@test "encode: of a parallel and its branches, first run and replay" {
  replayed <<'EOS'
durable parallel --encode 'tr a-z A-Z' --decode 'tr A-Z a-z' p --branch a -- echo one --branch b -- echo two
durable map --branch-encode base64 --branch-decode 'base64 -d' m -- echo ::: x y
durable map --array --branch-encode base64 --branch-decode 'base64 -d' n -- echo ::: x y
durable parallel --encode base64 q --branch a -- sh -c 'exit 5' || echo "status $?"
EOS
  assert_line --index 0 one
  assert_line --index 1 two
  assert_line --index 2 x
  assert_line --index 3 y
  assert_line --index 4 '["x","y"]'
  assert_line --index -1 'status 5'
}

@test "encode: the state of a condition goes through both" {
  handler flow <<'EOS'
durable wait-for-condition --initial a --poll-delay 1s --encode base64 --decode 'base64 -d' c -- \
  sh -c 's=$(cat); echo "$s" >>seen; echo "${s}a"; [ "$s" = aaa ]'
EOS
  run -0 --separate-stderr durable run --skip-time --context f.jsonl ./flow
  assert_output aaaa
  assert_equal "$(cat seen)" $'a\naa\naaa'
}
