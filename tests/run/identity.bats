#!/usr/bin/env bats
# identity.bats - names, occurrences, digests, and what is refused.
# shellcheck disable=SC2016,SC2154 # flows are quoted text; bats sets its variables
load ../lib/durable

# cut_off: runs ./flow, whose engine is killed behind its last line.
cut_off() {
  local text
  text=$(cat)
  handler flow <<<"$text"$'\nkill -KILL $PPID; exec sleep 60'
  run -137 durable run --context f.jsonl ./flow
}

# again OPTION...: runs the mended flow on what is recorded.
again() {
  handler flow
  run --separate-stderr durable run "$@" --context f.jsonl ./flow
}

@test "identity: a changed command line is told once, the recorded result used" {
  cut_off <<<'durable step a -- echo 1'
  again <<<'durable step a -- echo 2; echo end'
  assert_equal "$status" 0
  assert_output '1
end'
  assert_equal "$(grep -c 'another command line' <<<"$stderr")" 1
}

@test "identity: --strict and DURABLE_STRICT make it an error, left open" {
  cut_off <<<'durable step a -- echo 1'
  again --strict <<<'durable step a -- echo 2 || touch went-on; touch went-on'
  assert_equal "$status" 125
  DURABLE_STRICT=1 again <<<'durable step a -- echo 2 || touch went-on; touch went-on'
  assert_equal "$status" 125
  assert_not_exist went-on
  again <<<'durable step a -- echo 1'
  assert_equal "$status" 0
  assert_output 1
}

@test "identity: a name that is met twice and a changed command is refused" {
  cut_off <<<'for f in 1 2; do durable step load -- echo "$f"; done'
  again <<<'for f in 1 3; do durable step load -- sh -c "touch ran; echo $f"; done'
  assert_equal "$status" 125
  [[ $stderr == *'"load $f"'*'durable map'* ]]
  assert_not_exist ran
}

@test "identity: the same name with another type is refused, both are shown" {
  cut_off <<<'durable step a -- echo 1'
  again <<<'durable wait a 1s || touch went-on; touch went-on'
  assert_equal "$status" 125
  [[ $stderr == *"'a' is a wait"*step* ]]
  assert_not_exist went-on
}

@test "identity: the same name for two types in one run is refused" {
  again <<<'durable step a -- true; durable child a -- touch ran || touch went-on; touch went-on'
  assert_equal "$status" 125
  [[ $stderr == *"'a' is a child"* ]]
  assert_not_exist ran
  assert_not_exist went-on
}

@test "identity: the same name in another context is another operation" {
  again <<<'durable step a -- echo 1; durable child c -- durable wait a 1s; echo end'
  assert_equal "$status" 0
}

@test "identity: two open operations of one name are refused" {
  again <<'EOS'
durable step a -- sh -c 'touch began; sleep 60; touch ran' &
until [ -e began ]; do sleep 0.01; done
durable step a -- touch ran || touch went-on
touch went-on
EOS
  assert_equal "$status" 125
  [[ $stderr == *"step 'a'"*'still open'* ]]
  assert_not_exist ran
  assert_not_exist went-on
}

@test "identity: & does not disturb ids as long as names differ" {
  cut_off <<'EOS'
for n in 1 2 3 4; do durable step "s$n" -- sh -c "echo $n >>ran" & done
wait
EOS
  again <<'EOS'
for n in 4 3 2 1; do durable step "s$n" -- sh -c "echo $n >>ran" & done
wait
EOS
  assert_equal "$status" 0
  assert_equal "$(lines_of ran)" 4
}

@test "identity: what the script has skipped is named once" {
  cut_off <<<'durable step a -- true; durable step b -- true'
  again <<<'durable step c -- true; durable step d -- true'
  assert_equal "$status" 0
  assert_equal "$(grep -c "did not come to: step 'a', step 'b'" <<<"$stderr")" 1
}

@test "identity: what a child or a batch has skipped is named at the end" {
  handler body <<<'durable step a -- true; [ -e again ] || { durable step b -- true; kill -KILL $engine; sleep 60; }'
  handler flow <<<'export engine=$PPID; durable child c -- ./body'
  run -137 durable run --context f.jsonl ./flow
  touch again
  again --strict <<<'export engine=$PPID; durable child c -- ./body'
  assert_equal "$status" 125
  [[ $stderr == *"did not come to: step 'b'"* ]]
  handler z <<'EOS'
[ ! -e end ] || exit 0
until grep -q '"Name":"y","Action":"SUCCEED"' f.jsonl; do sleep 0.02; done
kill -KILL $engine; sleep 60
EOS
  again <<<'export engine=$PPID; durable child c -- ./body
durable parallel p --branch x -- true --branch y -- true --branch z -- ./z'
  assert_equal "$status" 137
  touch end
  again <<<'durable child c -- ./body; durable parallel p --branch x -- true --branch z -- ./z'
  assert_equal "$status" 0
  [[ $stderr == *"did not come to: branch 'y'"* ]]
}

@test "identity: what was skipped is an error with --strict" {
  cut_off <<<'durable step a -- true'
  again --strict <<<'durable step c -- touch ran || touch went-on; touch went-on'
  assert_equal "$status" 125
  assert_not_exist ran
  assert_not_exist went-on
  again --strict <<<'echo end'
  assert_equal "$status" 125
}

@test "identity: a branch is known by its name, wherever it stands" {
  cut_off <<'EOS'
durable parallel p --branch a -- sh -c 'echo a >>ran; echo A' \
  --branch b -- sh -c 'echo b >>ran; echo B; kill -KILL $(ps -o ppid= -p $(ps -o ppid= -p $PPID)); sleep 60'
EOS
  again <<'EOS'
durable parallel p --branch b -- echo B --branch new -- echo N --branch a -- echo A
EOS
  assert_equal "$status" 0
  assert_output 'B
N
A'
}

@test "identity: a name of 1 and of 4096 bytes, of any bytes" {
  handler flow <<'EOS'
durable step x -- echo 1
durable step "$(printf '%04096d' 7)" -- echo 2
durable step "$(printf '%04095d' 7)8" -- echo 3
durable step "$(printf 'a\nb\377\001"\\')" -- echo 4
durable step -- echo 5
[ -e again ] || { touch again; kill -KILL $PPID; exec sleep 60; }
EOS
  run -137 durable run --context f.jsonl ./flow
  run -0 --separate-stderr durable run --context f.jsonl ./flow
  assert_output '1
2
3
4
5'
  [[ $stderr == *'0 operations run, 5 replayed'* ]]
  run -0 jq -r 'select(.Action == "SUCCEED").Name | length <= 273' <(grep -v '"Name":null' f.jsonl | grep '"Name"')
  refute_output --partial false
}

@test "identity: a printable name shows other bytes as \\xNN" {
  again <<<'durable step "$(printf "a\\nb\\377")" -- true'
  run -0 jq -r 'select(.Action == "SUCCEED").Name' f.jsonl
  assert_output 'a\x0ab\xff'
}

@test "identity: ids are the same in every execution" {
  for n in 1 2; do
    handler flow <<<'durable step a -- echo "$DURABLE_EXECUTION"; durable wait w 1h'
    run -75 durable run --no-wait --context "f$n.jsonl" ./flow
    jq -r '.Id // empty' "f$n.jsonl" | sed 's/-.*//' >"ids$n"
  done
  run -0 diff ids1 ids2
}
